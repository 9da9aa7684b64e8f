"""What accounts spent on whole days. Nothing here commits or locks."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import Connection, text

from services.billing import entries_days
from services.billing.entries import id_bounds

# Days that are summed up, and those that are over but not summed up yet: an hour of each day, or after an outage.
SPENT = text("""
    SELECT CAST(account_id AS text), day, sum(CASE kind WHEN 'refund' THEN -amount ELSE amount END)
    FROM (
        SELECT account_id, day, kind, amount FROM ledger_day
        WHERE account_id = ANY (CAST(:ids AS uuid[])) AND day >= :first AND day < :until
        UNION ALL
        SELECT account_id, CAST(created_at AT TIME ZONE 'UTC' AS date), kind, amount FROM ledger_entry
        WHERE account_id = ANY (CAST(:ids AS uuid[])) AND id >= CAST(:low AS uuid) AND id < CAST(:high AS uuid)
    ) AS moved
    WHERE kind IN ('debit', 'capture', 'refund') GROUP BY account_id, day
""")


def spent_by_day(
    connection: Connection, account_ids: Sequence[str], days: Sequence[date]
) -> dict[str, dict[date, int]]:
    """By account and day, what was charged less what was refunded; days without either are left out."""
    first, end = days[0], days[-1] + timedelta(days=1)
    until = max(first, min(end, entries_days.closed_until(connection) or first))
    bounds = id_bounds(entries_days.first_moment(until), entries_days.first_moment(end))
    found: dict[str, dict[date, int]] = {}
    arguments = {"ids": list(account_ids), "first": first, "until": until}
    for account_id, day, amount in connection.execute(SPENT, arguments | bounds):
        found.setdefault(account_id, {})[day] = int(amount)
    return found
