"""Transactions of a test that stand in each other's way, in an order that the test gives."""

from collections.abc import Callable
from typing import Any

import eventlet
from sqlalchemy import text

from kit.database import Transactions

#: On a machine that is busy with other things too.
MOST_SECONDS = 30

_WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
_LOCK = text("SELECT id FROM message WHERE id = CAST(:id AS uuid) FOR UPDATE")
_LOCK_NOW = text("SELECT id FROM message WHERE id = CAST(:id AS uuid) FOR UPDATE NOWAIT")


def lock(connection: Any, message_id: str, *, now: bool = False) -> None:
    """`now`: or raise, where somebody else has it."""
    connection.execute(_LOCK_NOW if now else _LOCK, {"id": message_id})


def begun(
    db: Transactions, action: Callable[..., Any], *arguments: Any, waiting: int = 1
) -> eventlet.greenthread.GreenThread:
    """The action under way, as soon as so many transactions in all wait for others."""
    action_of = eventlet.spawn(action, *arguments)
    with eventlet.Timeout(MOST_SECONDS, AssertionError("nobody waits for a lock")):
        while True:
            with db.begin() as connection:
                if connection.execute(_WAITING).scalar_one() >= waiting:
                    return action_of
            eventlet.sleep(0.01)
