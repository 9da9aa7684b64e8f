"""Writes that are expected to find each row as it was read, so that nobody waits to hear whether they did.

A compare-and-set answers which rows it changed, and nearly always that is all of them. In `Transactions.expecting` such a
statement travels with the next one or with the commit (`kit.prepared.later`) and fails where it changed fewer rows than it
was given; all of that transaction is then rolled back and done once more, each answer waited for. Elsewhere it answers.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, TextClause
from sqlalchemy.exc import DBAPIError

from kit.prepared import later, prepared

#: In `Connection.info`: this transaction is repeated if a statement of it finds other rows than it expects.
EXPECTING = "expecting"
#: What PostgreSQL can't make a number of, and says in its error: by this it is known from every other failure.
_DIFFERENT = "other rows than expected: "
_INVALID_TEXT = "22P02"
_UNLESS_ALL = (
    "SELECT CASE WHEN count(*) <> CAST(:expected AS integer) "
    f"THEN CAST('{_DIFFERENT}' || count(*) AS integer) END FROM "
)


class Writing(NamedTuple):
    """A statement that answers what it changed, and the same that fails unless these are `:expected` rows."""

    answering: TextClause
    expecting: TextClause


def writing(statement: str, returning: str, *, before: str = "") -> Writing:
    """An INSERT, UPDATE or DELETE, without and with its RETURNING; `before`: what stands in a WITH in front of it."""
    head = f"WITH {before} " if before else ""
    changed = f"WITH {before + ', ' if before else ''}changed AS ({statement} RETURNING 1)"
    return Writing(
        prepared(f"{head}{statement} RETURNING {returning}"),
        prepared(f"{changed} {_UNLESS_ALL}changed"),
    )


def finding(select: str) -> TextClause:
    """A SELECT that locks, for `kit.prepared.later`: it fails where it finds other than `:expected` rows (`rows_differ`)."""
    return prepared(f"{_UNLESS_ALL}({select}) AS found")


def write(connection: Connection, what: Writing, values: Mapping[str, Any], expected: int) -> list[Any] | None:
    """The rows of what was changed, None where that is all of the `expected` rows, or the transaction will not commit."""
    if connection.info.get(EXPECTING):
        later(connection, what.expecting, {**values, "expected": expected})
        return None
    rows = list(connection.execute(what.answering, values).all())
    return None if len(rows) == expected else rows


def rows_differ(error: DBAPIError) -> bool:
    """Whether that is how a statement failed which expected other rows."""
    return getattr(error.orig, "pgcode", None) == _INVALID_TEXT and _DIFFERENT in str(error.orig)
