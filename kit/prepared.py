"""Statements that a connection prepares once: in a transaction for a few rows, planning takes longer than running.

`prepared("UPDATE …")` instead of `text("UPDATE …")`. PostgreSQL then plans it once per connection, without knowing the values
(`plan_cache_mode = force_generic_plan`, which `kit.database` asks for as it connects: what is SET in a transaction ends if
that rolls back), so this is for statements whose plan never depends on them. Values of large batches
are long, and there a plan made for them, which reads only the partitions they are in, is worth its time: such a call goes
the usual way. psycopg2 knows no prepared statements of its own; these are PREPARE and EXECUTE, in the session, so a pooler
in front of the database must keep sessions.
"""

import itertools
import re
from collections.abc import Mapping
from typing import Any

from psycopg2 import extensions
from psycopg2.errors import FeatureNotSupported, InvalidSqlStatementName
from sqlalchemy import TextClause, text

_MARK = "/* prepared */ "
#: Together the values of a statement are shorter where it is worth preparing: some twenty rows.
MOST_CHARACTERS = 12_000
_PLACE = re.compile(r"%\((\w+)\)s|%%")


def prepared(statement: str) -> TextClause:
    """A statement whose parameters have types that PostgreSQL can tell: `CAST(:ids AS uuid[])`, not a bare `:ids`."""
    return text(_MARK + statement)


class PreparingConnection(extensions.connection):
    """A connection that remembers what it has prepared: the name and the order of the parameters of each statement."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.prepared: dict[str, tuple[str, tuple[str, ...]]] = {}
        self._numbers = itertools.count(1)
        self.cursor_factory = PreparingCursor

    def next_name(self) -> str:
        return f"golub_{next(self._numbers)}"


class PreparingCursor(extensions.cursor):
    def execute(self, query: Any, vars: Any = None) -> None:
        if type(query) is not str or not query.startswith(_MARK) or not _is_short(vars):
            return super().execute(query, vars)
        name, order = self._prepare(query)
        places = ", ".join(["%s"] * len(order))
        call = f"EXECUTE {name} ({places})" if order else f"EXECUTE {name}"
        try:
            super().execute(call, [vars[one] for one in order] or None)
        except (FeatureNotSupported, InvalidSqlStatementName):
            # A migration changed what the statement answers, or somebody deallocated it: the next call prepares it anew.
            self.connection.prepared.clear()  # type: ignore[attr-defined]
            raise
        return None

    def _prepare(self, query: str) -> tuple[str, tuple[str, ...]]:
        connection: Any = self.connection
        known = connection.prepared.get(query)
        if known is not None:
            return known  # type: ignore[no-any-return]
        order: dict[str, int] = {}

        def numbered(place: re.Match[str]) -> str:
            return f"${order.setdefault(place[1], len(order) + 1)}" if place[1] else "%"

        statement = _PLACE.sub(numbered, query.removeprefix(_MARK))
        name = connection.next_name()
        super().execute(f"PREPARE {name} AS {statement}")
        connection.prepared[query] = name, tuple(order)
        return connection.prepared[query]  # type: ignore[no-any-return]


def _is_short(values: Any) -> bool:
    if values is None:
        return True
    if not isinstance(values, Mapping):
        return False
    return sum(len(one) for one in values.values() if isinstance(one, str)) <= MOST_CHARACTERS
