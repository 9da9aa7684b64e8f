"""Arrays as PostgreSQL reads them (`{a,b,NULL}`), one string per column of a batch.

A list handed to psycopg2 becomes an expression with a node per element, which both sides have to build and read; one
literal costs a tenth of that. Pure.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from kit.ids import FIRST_ID, LAST_ID

#: Of so few ids a statement is told between which they are (`within`). One with more is planned for its values, and sees them.
MOST_BOUNDED = 20
_EVERYWHERE = {"least": FIRST_ID, "most": LAST_ID}


def plain(values: Iterable[Any]) -> str:
    """Of ids, numbers, booleans or moments; None becomes NULL. What may hold any character goes through `quoted`."""
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def within(column: str) -> str:
    """A condition beside `= ANY(…)`, with the values of `bounds`: a plan that does not know the ids leaves out partitions by it.

    Written with ALL it fits no index, and the planner can't take it for a short stretch of one.
    """
    return f"{column} >= ALL (ARRAY[CAST(:least AS uuid)]) AND {column} <= ALL (ARRAY[CAST(:most AS uuid)])"


def bounds(ids: Collection[str]) -> dict[str, str]:
    """Values for `within`: ids as PostgreSQL writes them. Of many ids none, lest statistics that are older than all of them
    make one row of the whole batch."""
    return {"least": min(ids), "most": max(ids)} if 0 < len(ids) <= MOST_BOUNDED else _EVERYWHERE


def repeated(values: Iterable[Any]) -> str:
    """The same for values that are mostly the same few objects, such as moments: each is written out once."""
    known: dict[Any, str] = {None: "NULL"}
    texts = []
    for value in values:
        text = known.get(value)
        if text is None:
            text = known[value] = str(value)
        texts.append(text)
    return "{" + ",".join(texts) + "}"


def quoted(values: Iterable[str | None]) -> str:
    """Of texts without NUL."""
    return "{" + ",".join(["NULL" if value is None else _quote(value) for value in values]) + "}"


def lists(values: Iterable[Sequence[int] | None]) -> str:
    """Of whole arrays of numbers, each a text of its own: an array of arrays would have to be a rectangle."""
    return quoted(None if value is None else plain(value) for value in values)


def octets(values: Iterable[bytes | None]) -> str:
    """Of bytea, in its hexadecimal form."""
    return "{" + ",".join(["NULL" if value is None else f'"\\\\x{value.hex()}"' for value in values]) + "}"


def _quote(text: str) -> str:
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
