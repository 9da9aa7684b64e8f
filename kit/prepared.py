"""Statements that a connection prepares once: in a transaction for a few rows, planning takes longer than running.

`prepared("UPDATE …")` instead of `text("UPDATE …")`. PostgreSQL then plans it once per connection, without knowing the values
(`plan_cache_mode = force_generic_plan`, which `kit.database` asks for as it connects: what is SET in a transaction ends if
that rolls back), so this is for statements whose plan never depends on them. Values of large batches
are long, and there a plan made for them, which reads only the partitions they are in, is worth its time: such a call goes
the usual way. psycopg2 knows no prepared statements of its own; these are PREPARE and EXECUTE, in the session, so a pooler
in front of the database must keep sessions.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, TextClause, text
from sqlalchemy.dialects.postgresql import psycopg2

from kit.connection import MARK, PipeliningConnection

_DIALECT = psycopg2.dialect()


def prepared(statement: str) -> TextClause:
    """A statement whose parameters have types that PostgreSQL can tell: `CAST(:ids AS uuid[])`, not a bare `:ids`."""
    return text(MARK + statement)


def later(connection: Connection, statement: TextClause, values: Mapping[str, Any]) -> None:
    """Run a statement whose answer is not needed together with the next one of this transaction, or with its commit.

    Whatever it fails with is raised there. The statement is a constant of its module: it is compiled once.
    """
    own = connection.connection.dbapi_connection
    if isinstance(own, PipeliningConnection):
        own.later(_compiled(statement), values)
    else:
        connection.execute(statement, values)


@lru_cache(maxsize=512)
def _compiled(statement: TextClause) -> str:
    return str(statement.compile(dialect=_DIALECT))
