"""Keys of the operator's programs."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row
from sqlalchemy.dialects.postgresql import insert

from services.accounts.models import operator_keys
from services.accounts.sessions import TOUCH_INTERVAL

MOST_WITHDRAWN_LISTED = 50
#: Any number that nothing else of this database uses: makes the bound on the number of keys exact.
_LOCK = 7_402_611


def lock(connection: Connection) -> None:
    """Let nobody else add a key until the end of the transaction."""
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def in_use(connection: Connection) -> int:
    query = sa.select(sa.func.count()).select_from(operator_keys).where(operator_keys.c.withdrawn_at.is_(None))
    return connection.execute(query).scalar_one()


def add(connection: Connection, values: dict[str, Any]) -> bool:
    """False where a key in use has the name."""
    free = insert(operator_keys).values(values).on_conflict_do_nothing(
        index_elements=["name"], index_where=operator_keys.c.withdrawn_at.is_(None)
    )  # fmt: skip
    return connection.execute(free).rowcount == 1


def find(connection: Connection, key_id: str) -> Row | None:
    return connection.execute(sa.select(operator_keys).where(operator_keys.c.key_id == key_id)).one_or_none()


def listed(connection: Connection) -> list[Row]:
    """Those in use, newest first, then those that were withdrawn last."""
    used = sa.select(operator_keys).where(operator_keys.c.withdrawn_at.is_(None))
    gone = sa.select(operator_keys).where(operator_keys.c.withdrawn_at.is_not(None))
    return [
        *connection.execute(used.order_by(operator_keys.c.created_at.desc(), operator_keys.c.key_id)),
        *connection.execute(gone.order_by(operator_keys.c.withdrawn_at.desc()).limit(MOST_WITHDRAWN_LISTED)),
    ]


def withdraw(connection: Connection, key_id: str, author: str, now: datetime) -> None:
    used = sa.and_(operator_keys.c.key_id == key_id, operator_keys.c.withdrawn_at.is_(None))
    connection.execute(operator_keys.update().where(used).values(withdrawn_at=now, withdrawn_by=author))


def touch(connection: Connection, key_id: str, now: datetime) -> None:
    """The condition keeps concurrent requests from queueing for the row to write the same."""
    last = operator_keys.c.last_used_at
    stale = sa.or_(last.is_(None), last <= now - TOUCH_INTERVAL)
    connection.execute(operator_keys.update().where(operator_keys.c.key_id == key_id, stale).values(last_used_at=now))
