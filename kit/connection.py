"""psycopg2 connections whose transactions take few round trips.

Between two processes on one machine a round trip costs about as much as running a short statement does, on both sides. So
BEGIN travels with the first statement of a transaction, a statement whose answer nobody waits for (`kit.prepared.later`)
with the next one, and the last of them with COMMIT: several statements in one message of PostgreSQL's simple query
protocol, which stops at the first that fails. psycopg2 itself is in its autocommit mode, in which it adds nothing.
"""

import itertools
import re
from collections.abc import Mapping
from typing import Any

from psycopg2 import InternalError, NotSupportedError, extensions
from psycopg2.errors import FeatureNotSupported, InvalidSqlStatementName

#: In front of a statement that is to be prepared (`kit.prepared`).
MARK = "/* prepared */ "
#: Together the values of a statement are shorter where it is worth preparing: some twenty rows.
MOST_CHARACTERS = 12_000
#: So much of statements that wait goes at the latest without the next one.
MOST_WAITING_BYTES = 1_000_000
_PLACE = re.compile(r"%\((\w+)\)s|%%")
_IDLE = extensions.TRANSACTION_STATUS_IDLE


class PipeliningConnection(extensions.connection):
    """Also remembers what it has prepared: the name and the order of the parameters of each statement."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.autocommit = True
        self.prepared: dict[str, tuple[str, tuple[str, ...]]] = {}
        self.cursor_factory = PipeliningCursor
        self._numbers = itertools.count(1)
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        #: Statements go without BEGIN: each is a transaction of its own.
        self.alone = False

    def cursor(self, name: str | None = None, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        if name is None:
            return super().cursor(*args, **kwargs)
        # psycopg2 does not see that a transaction is open, and allows no other named cursor then.
        kwargs["withhold"] = True
        return super().cursor(name, *args, **kwargs)

    def set_isolation_level(self, level: int | None) -> None:
        """What SQLAlchemy calls for `AUTOCOMMIT` and for the way back; a single transaction says its level by itself."""
        if level not in (extensions.ISOLATION_LEVEL_AUTOCOMMIT, extensions.ISOLATION_LEVEL_READ_COMMITTED):
            raise NotSupportedError("other levels are set for a transaction, by SET TRANSACTION")
        self.alone = level == extensions.ISOLATION_LEVEL_AUTOCOMMIT

    def next_name(self) -> str:
        return f"golub_{next(self._numbers)}"

    def later(self, statement: str, values: Mapping[str, Any]) -> None:
        """Run it before the next statement or the commit; what fails then is told there."""
        with PipeliningCursor(self) as cursor:
            self._waiting.append(cursor.rendered(statement, values))
        self._waiting_bytes += len(self._waiting[-1])
        if self._waiting_bytes > MOST_WAITING_BYTES:
            self.flush()

    def with_waiting(self, statement: bytes) -> bytes:
        """The statement behind those that wait, and behind BEGIN where there is no transaction yet."""
        waiting, self._waiting, self._waiting_bytes = self._waiting, [], 0
        begin = [b"BEGIN"] if self.get_transaction_status() == _IDLE and not self.alone else []
        return b"; ".join([*begin, *waiting, statement]) if begin or waiting else statement

    def flush(self) -> None:
        """Begin, and run what waits."""
        if self._waiting or self.get_transaction_status() == _IDLE:
            self._run(self.with_waiting(b"SELECT"))

    def commit(self) -> None:
        if not self._waiting and self.get_transaction_status() == _IDLE:
            return
        answer = self._run(self.with_waiting(b"COMMIT"))
        if answer != "COMMIT":
            # What a statement broke whose error was not let through is rolled back instead.
            raise InternalError(f"the transaction could not be committed: {answer}")

    def rollback(self) -> None:
        self._waiting, self._waiting_bytes = [], 0
        if self.get_transaction_status() != _IDLE:
            self._run(b"ROLLBACK")

    def _run(self, statement: bytes) -> str:
        cursor = extensions.cursor(self)
        try:
            with _Preparations(self):
                cursor.execute(statement)
            return cursor.statusmessage or ""
        finally:
            cursor.close()


class PipeliningCursor(extensions.cursor):
    def execute(self, query: Any, vars: Any = None) -> None:
        connection: Any = self.connection
        with _Preparations(connection):
            if self.name is not None:
                # psycopg2 puts a DECLARE in front of it.
                connection.flush()
                super().execute(query, vars)
                return
            rendered = self.rendered(query, vars)
            super().execute(connection.with_waiting(rendered))

    def executemany(self, query: Any, vars_list: Any) -> None:
        self.connection.flush()  # type: ignore[attr-defined]
        super().executemany(query, vars_list)

    def copy_expert(self, sql: Any, file: Any, size: int = 8192) -> None:
        self.connection.flush()  # type: ignore[attr-defined]
        super().copy_expert(sql, file, size)

    def rendered(self, query: Any, values: Any) -> bytes:
        """The statement with its values in it; EXECUTE of one that is worth preparing."""
        if type(query) is not str or not query.startswith(MARK) or not _is_short(values):
            return self.mogrify(query, values)
        name, order = self._prepare(query)
        if not order:
            return f"EXECUTE {name}".encode()
        places = ", ".join(["%s"] * len(order))
        return self.mogrify(f"EXECUTE {name} ({places})", [values[one] for one in order])

    def _prepare(self, query: str) -> tuple[str, tuple[str, ...]]:
        connection: Any = self.connection
        known = connection.prepared.get(query)
        if known is not None:
            return known  # type: ignore[no-any-return]
        order: dict[str, int] = {}

        def numbered(place: re.Match[str]) -> str:
            return f"${order.setdefault(place[1], len(order) + 1)}" if place[1] else "%"

        statement = _PLACE.sub(numbered, query.removeprefix(MARK))
        name = connection.next_name()
        super().execute(f"PREPARE {name} AS {statement}")
        connection.prepared[query] = name, tuple(order)
        return connection.prepared[query]  # type: ignore[no-any-return]


class _Preparations:
    """A migration may change what a prepared statement answers, or somebody deallocate it: all are prepared anew then."""

    __slots__ = ("_connection",)

    def __init__(self, connection: PipeliningConnection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if isinstance(error, FeatureNotSupported | InvalidSqlStatementName):
            self._connection.prepared.clear()


def _is_short(values: Any) -> bool:
    if values is None:
        return True
    if not isinstance(values, Mapping):
        return False
    return sum(len(one) for one in values.values() if isinstance(one, str)) <= MOST_CHARACTERS
