"""Statements that a connection prepares once: in a transaction for a few rows, planning takes longer than running.

`prepared("UPDATE …")` instead of `text("UPDATE …")`. PostgreSQL then plans it once per connection, without knowing the values
(`plan_cache_mode = force_generic_plan`, which `kit.database` asks for as it connects: what is SET in a transaction ends if
that rolls back), so this is for statements whose plan never depends on them. Values of large batches
are long, and there a plan made for them, which reads only the partitions they are in, is worth its time: such a call goes
the usual way. psycopg2 knows no prepared statements of its own; these are PREPARE and EXECUTE, in the session, so a pooler
in front of the database must keep sessions.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from psycopg2 import Error
from sqlalchemy import Connection, TextClause, text
from sqlalchemy.dialects.postgresql import psycopg2
from sqlalchemy.exc import DBAPIError

from kit.connection import MARK, PipeliningConnection

_DIALECT = psycopg2.dialect()


def prepared(statement: str) -> TextClause:
    """A statement whose parameters have types that PostgreSQL can tell: `CAST(:ids AS uuid[])`, not a bare `:ids`."""
    return text(MARK + statement)


def together(*selects: str) -> TextClause:
    """One statement that answers several: a row with a list for each of these, in their order.

    Each selects one column, `json_build_array(…)`, so it is a list of lists, in the order that it asks for itself. All of them
    see the same moment.
    """
    return prepared("SELECT " + ", ".join(f"array_to_json(ARRAY({one}))" for one in selects))


def later(connection: Connection, statement: TextClause, values: Mapping[str, Any]) -> None:
    """Run a statement whose answer is not needed together with the next one of this transaction, or with its commit.

    Whatever it fails with is raised there. The statement is a constant of its module: it is compiled once.
    """
    own = connection.connection.dbapi_connection
    if isinstance(own, PipeliningConnection):
        with _told_as_of(connection):
            own.later(_compiled(statement), values)
    else:
        connection.execute(statement, values)


@contextmanager
def _told_as_of(connection: Connection) -> Iterator[None]:
    """To prepare a statement, or to make room behind many, the database is asked at once: what fails then looks like the
    failure of any other statement, and a connection on which somebody was stopped meanwhile is not used again."""
    try:
        yield
    except Error as error:
        raise DBAPIError.instance(None, None, error, Error, hide_parameters=True, dialect=_DIALECT) from error
    except Exception:
        # Values that can't be written: the database was not asked, and the connection is as it was.
        raise
    except BaseException as stopped:
        connection.invalidate(stopped)
        raise


@lru_cache(maxsize=512)
def _compiled(statement: TextClause) -> str:
    return str(statement.compile(dialect=_DIALECT))
