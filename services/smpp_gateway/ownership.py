"""A link belongs to one process at a time: an advisory lock on a connection of its own, gone with the process."""

import logging

from sqlalchemy import Connection, Engine, text

log = logging.getLogger(__name__)


class Ownership:
    """`try_take()` until it is True; `still_held()` tells whether the connection that holds the lock lives."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine, self._name = engine, name
        self._connection: Connection | None = None

    def try_take(self) -> bool:
        if self._connection is not None:
            return self.still_held()
        self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        statement = text("SELECT pg_try_advisory_lock(hashtextextended(:name, 1))")
        try:
            taken = bool(self._connection.execute(statement, {"name": f"link {self._name}"}).scalar())
        except BaseException:
            # A broken connection would refuse every later try as well.
            self.release()
            raise
        if not taken:
            self.release()
        return taken

    def still_held(self) -> bool:
        if self._connection is None:
            return False
        try:
            self._connection.execute(text("SELECT 1"))
        except Exception as error:
            log.warning("the ownership of link %s was lost: %s", self._name, type(error).__name__)
            self.release()
            return False
        return True

    def release(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()
