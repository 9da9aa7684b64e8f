"""The queries of ported numbers and of their imports; nothing here commits.

A list is merged into the one in force by their differences: readers see the old one until the commit and wait for
nothing, and the list of a new day, which is mostly that of the day before, writes little.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from services.tariffs.models import ported_imports, ported_staged
from services.tariffs.numbering import MOST_DIGITS, Carrier, Ported
from services.tariffs.ported_file import Lines

#: Merging some millions of numbers takes longer than a statement of the message path may.
MERGE_TIMEOUT_SECONDS = 900
#: What COPY is given at once.
COPY_CHARACTERS = 256 * 1024

_IS_ANY = sa.text("SELECT EXISTS (SELECT FROM ported_number)")
# The planner must not weigh each of the numbers by itself.
_FIND = sa.text(
    "SELECT number, mcc, mnc, ported_at FROM ported_number "
    "WHERE number = ANY(ARRAY(SELECT unnest(CAST(:numbers AS bigint[]))))"
)
_COPY = "COPY ported_staged (import_id, line, number, mcc, mnc, ported_at) FROM STDIN"
_STAGE = sa.text(
    "INSERT INTO ported_staged (import_id, line, number, mcc, mnc, ported_at) SELECT CAST(:import_id AS uuid), * "
    "FROM unnest(CAST(:lines AS bigint[]), CAST(:numbers AS bigint[]), CAST(:mccs AS text[]), CAST(:mncs AS text[]), "
    "CAST(:dates AS date[]))"
)
#: Of a number that a file has twice the last line counts.
_NEXT = (
    "CREATE TEMP TABLE ported_next ON COMMIT DROP AS SELECT DISTINCT ON (number) number, mcc, mnc, ported_at "
    "FROM ported_staged WHERE import_id = CAST(:import_id AS uuid) ORDER BY number, line DESC"
)
_REMOVE = "DELETE FROM ported_number p WHERE NOT EXISTS (SELECT FROM ported_next n WHERE n.number = p.number)"
_CHANGE = (
    "UPDATE ported_number p SET mcc = n.mcc, mnc = n.mnc, ported_at = n.ported_at FROM ported_next n "
    "WHERE p.number = n.number AND (p.mcc, p.mnc, p.ported_at) IS DISTINCT FROM (n.mcc, n.mnc, n.ported_at)"
)
_ADD = (
    "INSERT INTO ported_number (number, mcc, mnc, ported_at) SELECT n.number, n.mcc, n.mnc, n.ported_at "
    "FROM ported_next n LEFT JOIN ported_number p ON p.number = n.number WHERE p.number IS NULL ORDER BY n.number"
)


def is_any(connection: Connection) -> bool:
    return bool(connection.execute(_IS_ANY).scalar_one())


def carriers(connection: Connection, recipients: Iterable[str]) -> dict[str, Carrier]:
    """The operators of those recipients (E.164 digits) that took their number along, by one statement."""
    return {str(number): (mcc, mnc) for number, mcc, mnc, _since in _rows(connection, recipients)}


def ported(connection: Connection, recipients: Iterable[str]) -> dict[str, Ported]:
    """The same with the day."""
    return {str(number): Ported((mcc, mnc), since) for number, mcc, mnc, since in _rows(connection, recipients)}


def _rows(connection: Connection, recipients: Iterable[str]) -> Sequence[Any]:
    numbers = {one for one in recipients if one.isascii() and one.isdigit() and len(one) <= MOST_DIGITS}
    # One literal: a list would become an expression with a node per number.
    return connection.execute(_FIND, {"numbers": f"{{{','.join(numbers)}}}"}).all() if numbers else ()


def begin(connection: Connection, import_id: UUID, source: str, replaces: bool, author: str, now: datetime) -> None:
    row = {"id": import_id, "source": source, "replaces": replaces, "author": author, "began_at": now}
    connection.execute(sa.insert(ported_imports), row)


def under_way(connection: Connection, import_id: UUID) -> Any | None:
    """The import, locked; None where there is none such or it has ended."""
    wanted = sa.and_(ported_imports.c.id == import_id, ported_imports.c.imported_at.is_(None))
    return connection.execute(sa.select(ported_imports).where(wanted).with_for_update()).first()


def stage(connection: Connection, import_id: UUID, found: Lines, layout: str, lines: int) -> None:
    """Put lines away for the merge. `lines`: how many lines of the file have been read with them."""
    if found.numbers:
        connection.execute(
            _STAGE,
            {
                "import_id": import_id,
                "lines": _array(found.lines),
                "numbers": _array(found.numbers),
                "mccs": _array(found.mccs),
                "mncs": _array(found.mncs),
                "dates": _array(date or "NULL" for date in found.dates),
            },
        )
    read = {"layout": layout, "lines": lines, "numbers": ported_imports.c.numbers + len(found.numbers)}
    connection.execute(sa.update(ported_imports).where(ported_imports.c.id == import_id).values(read))


def copy(connection: Connection, source: Any) -> None:
    """Put the rows of a text stream in COPY's format away; not in a process whose psycopg2 waits for other greenlets."""
    raw: Any = connection.connection.dbapi_connection
    with raw.cursor() as cursor:
        cursor.copy_expert(_COPY, source, COPY_CHARACTERS)


def count_copied(connection: Connection, import_id: UUID, lines: int, numbers: int) -> None:
    read = {"lines": lines, "numbers": numbers}
    connection.execute(sa.update(ported_imports).where(ported_imports.c.id == import_id).values(read))


def be_patient(connection: Connection) -> None:
    """Let what follows in this transaction take its time, and sort in memory."""
    connection.execute(sa.text(f"SET LOCAL statement_timeout = '{MERGE_TIMEOUT_SECONDS}s'"))
    connection.execute(sa.text("SET LOCAL work_mem = '128MB'"))


def staged(connection: Connection, import_id: UUID) -> int:
    counted = sa.select(sa.func.count()).select_from(ported_staged).where(ported_staged.c.import_id == import_id)
    return connection.execute(counted).scalar_one()


def merge(connection: Connection, import_id: UUID, *, replaces: bool) -> dict[str, int]:
    """Make the staged lines part of the list, or the whole of it; how many numbers these are and what became of them."""
    connection.execute(sa.text(_NEXT), {"import_id": import_id})
    connection.execute(sa.text("ANALYZE ported_next"))
    distinct = connection.execute(sa.text("SELECT count(*) FROM ported_next")).scalar_one()
    removed = connection.execute(sa.text(_REMOVE)).rowcount if replaces else 0
    changed = connection.execute(sa.text(_CHANGE)).rowcount
    added = connection.execute(sa.text(_ADD)).rowcount
    # A list that was just imported is asked at once, long before the server would look at it by itself.
    connection.execute(sa.text("ANALYZE ported_number"))
    total = connection.execute(sa.text("SELECT count(*) FROM ported_number")).scalar_one()
    connection.execute(sa.text("DROP TABLE ported_next"))
    return {"distinct": distinct, "added": added, "changed": changed, "removed": removed, "total": total}


def finish(connection: Connection, import_id: UUID, now: datetime, counts: dict[str, int]) -> None:
    """`counts`: columns of the import by their names."""
    ended = sa.update(ported_imports).where(ported_imports.c.id == import_id)
    connection.execute(ended.values(imported_at=now, **counts))
    forget_lines(connection, import_id)


def forget_lines(connection: Connection, import_id: UUID) -> None:
    connection.execute(sa.delete(ported_staged).where(ported_staged.c.import_id == import_id))


def drop(connection: Connection, import_id: UUID) -> None:
    """Forget an import that is under way."""
    forget_lines(connection, import_id)
    wanted = sa.and_(ported_imports.c.id == import_id, ported_imports.c.imported_at.is_(None))
    connection.execute(sa.delete(ported_imports).where(wanted))


def abandoned(connection: Connection, before: datetime) -> list[UUID]:
    """Imports that began before that and were never ended."""
    left = sa.and_(ported_imports.c.imported_at.is_(None), ported_imports.c.began_at < before)
    return list(connection.scalars(sa.select(ported_imports.c.id).where(left).with_for_update(skip_locked=True)))


def newest(connection: Connection) -> Any | None:
    """The last import that ended."""
    ended = sa.select(ported_imports).where(ported_imports.c.imported_at.is_not(None))
    return connection.execute(ended.order_by(ported_imports.c.imported_at.desc()).limit(1)).first()


def _array(values: Iterable[Any]) -> str:
    """A literal of numbers and other plain words."""
    return "{" + ",".join(map(str, values)) + "}"
