"""Importing ported numbers: a whole file takes the place of the list, or is added to it, at once, or nothing changes."""

import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import eventlet.tpool
from sqlalchemy import Connection

from contracts.errors import Conflict, Malformed, NotFound
from contracts.tariffs_ported import MOST_BLOCK_BYTES, NumberingState, PortedReport
from kit.clock import to_rfc3339
from kit.ids import uuid7
from services.tariffs import ported_repository, repository
from services.tariffs.numbering import Numbering
from services.tariffs.ported_file import MOST_ERRORS_SHOWN, Lines, Reader, errors_of, layout_of
from services.tariffs.repository import PORTED

MOST_SOURCE_CHARACTERS = 200
#: An import that nobody ended by then never will be.
ABANDONED_AFTER = timedelta(hours=2)


def key(import_id: str) -> UUID:
    try:
        return UUID(import_id)
    except ValueError:
        raise _over() from None


def begin(connection: Connection, source: str, replaces: bool, author: str, now: datetime) -> UUID:
    """A new import; those that were left half-way are forgotten."""
    for left in ported_repository.abandoned(connection, now - ABANDONED_AFTER):
        ported_repository.drop(connection, left)
    import_id = uuid7(now)
    name = "".join(one for one in source if one.isprintable())[:MOST_SOURCE_CHARACTERS]
    ported_repository.begin(connection, import_id, name, replaces, author, now)
    return import_id


def add_block(connection: Connection, import_id: UUID, after_lines: int, block: str) -> int:
    """Read and stage the next lines; how many lines of the file that makes. `Malformed` where one is broken."""
    data = block.encode()
    if len(data) > MOST_BLOCK_BYTES:
        raise Malformed(f"A block has at most {MOST_BLOCK_BYTES} bytes.")
    known = _known(connection, import_id)
    if after_lines < known.lines:
        # It came before, and its answer was lost on the way.
        return int(known.lines)
    if after_lines > known.lines:
        raise Conflict("Lines are missing: begin the import again.")
    reader = Reader(layout_of(known.layout), known.lines + 1)
    found = eventlet.tpool.execute(reader.read, data)
    if found.errors:
        raise broken(found.errors)
    ported_repository.stage(connection, import_id, found, str(reader.layout or ""), found.read)
    return found.read


def end(connection: Connection, import_id: UUID, now: datetime, *, dry_run: bool) -> PortedReport:
    """Merge what was staged. After a dry run the list is what it was."""
    ported_repository.be_patient(connection)
    known = _known(connection, import_id)
    if not known.numbers:
        raise broken([(1, "the file holds no number")])
    if ported_repository.staged(connection, import_id) != known.numbers:
        raise Conflict("The lines were lost when the database stopped: begin the import again.")
    attempt = connection.begin_nested()
    # Imports go one after the other, and whoever quotes from the commit on sees that there is a list.
    repository.raise_revision(connection, PORTED)
    counts = ported_repository.merge(connection, import_id, replaces=known.replaces)
    counts["repeated"] = known.numbers - counts.pop("distinct")
    if dry_run:
        attempt.rollback()
    else:
        ported_repository.finish(connection, import_id, now, counts)
        attempt.commit()
    return _told(known, now, counts)


def drop(connection: Connection, import_id: UUID) -> None:
    ported_repository.drop(connection, import_id)


def import_blocks(
    connection: Connection,
    blocks: Iterable[bytes],
    *,
    source: str,
    replaces: bool,
    author: str,
    now: datetime,
    dry_run: bool = False,
) -> PortedReport:
    """A whole file in this transaction, by COPY: for a process of its own, whose psycopg2 does not wait for greenlets.

    `blocks` end where lines end. `Malformed` names the first broken lines; roll back then.
    """
    import_id = begin(connection, source, replaces, author, now)
    rows = _CopyRows(import_id, blocks)
    ported_repository.be_patient(connection)
    ported_repository.copy(connection, rows)
    if rows.broken:
        raise broken(rows.broken)
    ported_repository.count_copied(connection, import_id, rows.lines, rows.numbers)
    report = end(connection, import_id, now, dry_run=dry_run)
    if dry_run:
        drop(connection, import_id)
    return report


class _CopyRows(io.TextIOBase):
    """The lines of a file as COPY reads them. After a broken line the rest is read only for the sentences about it."""

    def __init__(self, import_id: UUID, blocks: Iterable[bytes]) -> None:
        self.broken: list[tuple[int, str]] = []
        self.lines = self.numbers = 0
        self._import_id, self._texts_left = str(import_id), self._texts(blocks)
        self._text = io.StringIO()

    def read(self, size: int | None = -1) -> str:
        given = self._text.read(size)
        if not given:
            self._text = io.StringIO(next(self._texts_left, ""))
            given = self._text.read(size)
        return given

    def _texts(self, blocks: Iterable[bytes]) -> Iterator[str]:
        reader = Reader()
        for block in blocks:
            found = reader.read(block)
            self.lines, self.numbers = found.read, self.numbers + len(found.numbers)
            self.broken += found.errors
            if len(self.broken) >= MOST_ERRORS_SHOWN or (self.broken and reader.layout is None):
                return
            if not self.broken and found.numbers:
                yield _copy_text(self._import_id, found)


def _copy_text(import_id: str, found: Lines) -> str:
    columns = (found.lines, found.numbers, found.mccs, found.mncs, found.dates)
    return "".join(
        [
            f"{import_id}\t{line}\t{number}\t{mcc}\t{mnc}\t{since or chr(92) + 'N'}\n"
            for line, number, mcc, mnc, since in zip(*columns, strict=True)
        ]
    )


def state(connection: Connection, plan: Numbering) -> NumberingState:
    in_force, last = repository.plan_in_force(connection), ported_repository.newest(connection)
    return NumberingState(
        plan_source=plan.source,
        plan_imported_at=to_rfc3339(in_force.imported_at) if in_force else None,
        plan_ranges=len(plan.firsts),
        ported=last.total if last else 0,
        last_import=_told(last, last.imported_at, last._mapping) if last else None,
    )


def broken(errors: list[tuple[int, str]]) -> Malformed:
    told = errors_of(errors[:MOST_ERRORS_SHOWN])
    return Malformed(f"Nothing was imported: {told[0]['detail']}", {"errors": told})


def _known(connection: Connection, import_id: UUID) -> Any:
    found = ported_repository.under_way(connection, import_id)
    if found is None:
        raise _over()
    return found


def _over() -> NotFound:
    return NotFound("There is no such import, or it is over.")


def _told(known: Any, imported_at: datetime, counts: Mapping[str, int]) -> PortedReport:
    return PortedReport(
        source=known.source,
        replaces=known.replaces,
        author=known.author,
        imported_at=to_rfc3339(imported_at),
        lines=known.lines,
        numbers=known.numbers,
        repeated=counts["repeated"],
        added=counts["added"],
        changed=counts["changed"],
        removed=counts["removed"],
        total=counts["total"],
    )
