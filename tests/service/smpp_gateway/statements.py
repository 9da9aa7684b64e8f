"""Which statements a piece of work makes of the database, and with how many round trips."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from sqlalchemy import Engine, event

from kit.connection import PipeliningConnection


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collects the statements that are executed in the block, of whatever engine."""
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    later = PipeliningConnection.later

    def note_later(connection: PipeliningConnection, statement: str, values: Any) -> None:
        seen.append(statement)
        later(connection, statement, values)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        with patch.object(PipeliningConnection, "later", note_later):
            yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@contextmanager
def round_trips() -> Iterator[list[bytes]]:
    """Collects what is sent to any database in the block, each message of it once; what is prepared for the first time aside."""
    sent: list[bytes] = []
    with_waiting = PipeliningConnection.with_waiting

    def noted(connection: PipeliningConnection, statement: bytes) -> bytes:
        sent.append(with_waiting(connection, statement))
        return sent[-1]

    with patch.object(PipeliningConnection, "with_waiting", noted):
        yield sent
