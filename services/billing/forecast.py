"""How long an account's money lasts at the rate of its last days. No SQL, no clock."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from contracts.billing_packages import DaySum, Forecast
from services.billing.checks import Problems, check_ids

MOST_DAYS = 31
#: Cents of spending against a great balance would say a date that no calendar has.
MOST_DAYS_LEFT = 36_500


def check_forecast(account_ids: object, days: object) -> None:
    check_ids(account_ids, "/account_ids")
    problems = Problems()
    problems.require(type(days) is int and 1 <= days <= MOST_DAYS, "/days", f"a number from 1 to {MOST_DAYS}")
    problems.refuse_if_any()


def last_days(now: datetime, days: int) -> list[date]:
    """The last full days, UTC, oldest first: today is not over."""
    today = now.astimezone(UTC).date()
    return [today - timedelta(days=before) for before in range(days, 0, -1)]


def forecast_of(
    account_id: str, available: int, days: Sequence[date], spent: Mapping[date, int], *, unlimited: bool
) -> Forecast:
    """`spent`: what each day cost, refunds taken off; a day that is not in it cost nothing.

    `days_left` is None where nothing limits the account, where it spends nothing, and beyond a hundred years.
    """
    sums = [DaySum(day=day.isoformat(), amount=spent.get(day, 0)) for day in days]
    total = max(0, sum(one.amount for one in sums))
    left = None if unlimited or total == 0 else max(0, available) * len(days) // total
    return Forecast(
        account_id=account_id,
        available=available,
        days=sums,
        per_day=total // len(days),
        days_left=None if left is None or left > MOST_DAYS_LEFT else left,
    )
