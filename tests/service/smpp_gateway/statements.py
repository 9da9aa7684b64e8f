"""Which statements a piece of work makes of the database."""

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
