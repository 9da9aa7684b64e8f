"""Failed binds by key: a bounded table that all processes share."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from services.accounts.lockout import FORGOTTEN, KNOWN, NONE, Failures
from services.accounts.models import smpp_attempts

#: About 100 bytes each. Strangers can't add rows faster than their passwords are verified.
MOST_ROWS = 200_000
PURGE_BATCH = 5_000

_table = smpp_attempts


def failures_of(connection: Connection, login: bytes, place: bytes) -> tuple[Failures, Failures]:
    rows = connection.execute(sa.select(_table).where(_table.c.key.in_((login, place))))
    found = {bytes(row.key): Failures(row.failures, row.failed_at, row.known_until) for row in rows}
    return found.get(login, NONE), found.get(place, NONE)


def add_failure(connection: Connection, login: bytes, place: bytes, now: datetime) -> tuple[int, int]:
    """How many failures each has now, this one included; what failed at the same time elsewhere is counted too."""
    # Always in this order, so that two processes can't wait for each other.
    rows = [{"key": key, "failures": 1, "failed_at": now, "touched_at": now} for key in (login, place)]
    added = insert(_table).values(rows)
    stale = sa.func.coalesce(_table.c.failed_at < now - FORGOTTEN, True)
    changed = {
        "failures": sa.case((stale, 1), else_=_table.c.failures + 1),
        "failed_at": sa.func.greatest(_table.c.failed_at, added.excluded.failed_at),
        "touched_at": sa.func.greatest(_table.c.touched_at, added.excluded.touched_at),
    }
    told = added.on_conflict_do_update(index_elements=["key"], set_=changed).returning(_table.c.key, _table.c.failures)
    counts = {bytes(row.key): row.failures for row in connection.execute(told)}
    return counts[login], counts[place]


def put_known(connection: Connection, login: bytes, now: datetime) -> None:
    """The failures of the place stay: one good password of its own must not buy anybody guesses at others'."""
    values = {"failures": 0, "failed_at": None, "known_until": now + KNOWN, "touched_at": now}
    added = insert(_table).values(values | {"key": login})
    connection.execute(added.on_conflict_do_update(index_elements=["key"], set_=values))


def purge(connection: Connection, now: datetime) -> int:
    """Drop up to `PURGE_BATCH` rows that mean nothing any more, or are too many: those touched longest ago. How many."""
    old = sa.select(_table.c.key).where(_table.c.touched_at < now - KNOWN).order_by(_table.c.touched_at)
    dropped = connection.execute(_table.delete().where(_table.c.key.in_(old.limit(PURGE_BATCH)))).rowcount
    over = connection.execute(sa.select(sa.func.count()).select_from(_table)).scalar_one() - MOST_ROWS
    if over > 0:
        oldest = sa.select(_table.c.key).order_by(_table.c.touched_at).limit(min(over, PURGE_BATCH))
        dropped += connection.execute(_table.delete().where(_table.c.key.in_(oldest))).rowcount
    return dropped
