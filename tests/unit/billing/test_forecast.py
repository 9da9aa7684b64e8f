"""How long money lasts at the rate of the last full days."""

from datetime import UTC, date, datetime

import pytest

from contracts.billing_packages import Forecast
from contracts.errors import Malformed
from services.billing.forecast import check_forecast, forecast_of, last_days
from tests.unit.billing.examples import ADVERTISER_ID

NOW = datetime(2026, 11, 22, 0, 0, 1, tzinfo=UTC)
DAYS = last_days(NOW, 3)


def forecast(available: int, *spent: int, unlimited: bool = False) -> Forecast:
    return forecast_of(ADVERTISER_ID, available, DAYS, dict(zip(DAYS, spent, strict=False)), unlimited=unlimited)


def test_the_days_are_full_ones_oldest_first() -> None:
    assert last_days(NOW, 3) == [date(2026, 11, 19), date(2026, 11, 20), date(2026, 11, 21)]


def test_the_rest_lasts_as_long_as_the_mean_of_the_days_says() -> None:
    said = forecast(1_000, 100, 200)
    assert [(day.day, day.amount) for day in said.days] == [("2026-11-19", 100), ("2026-11-20", 200), ("2026-11-21", 0)]
    assert (said.per_day, said.days_left) == (100, 10)


def test_a_day_that_is_begun_but_not_covered_is_no_day() -> None:
    assert forecast(1_099, 100, 200).days_left == 10
    assert forecast(99, 100, 200).days_left == 0


def test_a_rate_below_one_a_day_is_not_rounded_to_nothing() -> None:
    said = forecast(10, 1)
    assert (said.per_day, said.days_left) == (0, 30)


@pytest.mark.parametrize("available", [0, -500])
def test_no_money_lasts_no_day(available: int) -> None:
    assert forecast(available, 100).days_left == 0


def test_without_spending_or_limit_money_never_ends() -> None:
    assert forecast(1_000).days_left is None
    assert forecast(1_000, 100, -300).days_left is None
    assert forecast(-1_000, 100, unlimited=True).days_left is None
    assert forecast(10**17, 1).days_left is None


@pytest.mark.parametrize(("ids", "days"), [(["x"], 7), ("x", 7), ([], 0), ([], 32), ([], True)])
def test_what_can_not_be_forecast_is_refused(ids: object, days: object) -> None:
    with pytest.raises(Malformed):
        check_forecast(ids, days)
