"""The queries of the ledger's sums by day, so that a total costs days, not entries. Nothing here commits.

A day is summed up once it can't change any more: an entry carries the time at which its transaction began, and no
transaction of ours lives for an hour (timeouts of statements, locks and idle connections end it before).
"""

from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Connection, text

from kit.ids import moment_of
from services.billing.entries import id_bounds

SETTLING_HOURS = 1
STATEMENT_TIMEOUT_MINUTES = 10
ONE_DAY = timedelta(days=1)

CLOSE = text("""
    INSERT INTO ledger_day (account_id, day, kind, package_id, entries, amount)
    SELECT account_id, CAST(:day AS date), kind, package_id, count(*), sum(amount)
    FROM ledger_entry WHERE id >= CAST(:low AS uuid) AND id < CAST(:high AS uuid)
    GROUP BY account_id, kind, package_id
""")

SET_CLOSED = text("""
    INSERT INTO ledger_closed (until) VALUES (:until) ON CONFLICT (one) DO UPDATE SET until = EXCLUDED.until
""")

# Two replicas can't sum up one day: the second does nothing.
LOCK = text("SELECT pg_try_advisory_xact_lock(hashtext('ledger_day'))")


def closed_until(connection: Connection) -> date | None:
    """The first day that is not summed up; None before the first one was."""
    return connection.execute(text("SELECT until FROM ledger_closed")).scalar_one_or_none()


def close_next_day(connection: Connection, now: datetime) -> bool:
    """Sum up the oldest day that is over and not summed up; whether there was one."""
    if not connection.execute(LOCK).scalar_one():
        return False
    day = closed_until(connection) or _first_day(connection)
    if day is None or now < first_moment(day + ONE_DAY) + timedelta(hours=SETTLING_HOURS):
        return False
    connection.execute(text(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT_MINUTES}min'"))
    bounds = id_bounds(first_moment(day), first_moment(day + ONE_DAY))
    connection.execute(CLOSE, {"day": day} | bounds)
    connection.execute(SET_CLOSED, {"until": day + ONE_DAY})
    return True


def first_moment(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _first_day(connection: Connection) -> date | None:
    # By order and not by min(), which has no meaning for ids before PostgreSQL 18.
    first = connection.execute(text("SELECT id FROM ledger_entry ORDER BY id LIMIT 1")).scalar_one_or_none()
    return None if first is None else moment_of(first).date()
