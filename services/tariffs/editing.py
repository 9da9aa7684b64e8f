"""Changes of tariffs and assignments: what happens inside one transaction.

Every change begins with `begin`, which raises the revision of the prices: whoever else changes something waits, and the
rows a change is built on are those that the one before has committed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from contracts.errors import PROBLEMS, Conflict, NotFound
from contracts.tariffs import TariffRow
from kit.clock import Clock
from kit.ids import uuid7
from services.tariffs import assignment_repository, repository, tariff_repository
from services.tariffs.checks import error
from services.tariffs.pricing import same_rows
from services.tariffs.quote import EVERYBODY_ELSE
from services.tariffs.repository import PRICES
from services.tariffs.versions import Version, in_force, shown_version, version_from_now, version_to_come

MOST_TARIFFS = 1_000

Edit = Callable[[list[TariffRow]], list[TariffRow]]


@dataclass(slots=True, frozen=True)
class Change:
    """`now` is read under the lock, so that changes which wait for each other don't start in another order."""

    connection: Connection
    owner: str
    revision: int
    now: datetime


def begin(connection: Connection, owner: str, clock: Clock) -> Change:
    revision = repository.raise_revision(connection, PRICES)
    return Change(connection, owner, revision, clock.now())


def own(connection: Connection, owner: str, tariff_id: str) -> Any:
    """The owner's tariff of that id; `NotFound` for everything else, another owner's included."""
    found = tariff_repository.tariffs_of(connection, owner, tariff_id=_uuid(tariff_id))
    if not found:
        raise NotFound("There is no such tariff.")
    return found[0]


def save(
    change: Change,
    name: str,
    rows: Sequence[TariffRow],
    tariff_id: str | None,
    start: datetime | None,
    was: int | None = None,
) -> UUID:
    """One whole version, of the tariff given or of a new one.

    `Conflict` for a name that is taken, and where the tariff given has another revision than `was`. What is there
    already is neither: the same request came before, and its answer may have been lost.
    """
    if tariff_id is None:
        return _save_new(change, name, rows, start)
    known = own(change.connection, change.owner, tariff_id)
    if was not in (None, known.revision):
        if known.name == name and _is_written(change, known.id, rows, start):
            return known.id
        raise _conflict("", "changed_meanwhile", PROBLEMS["changed_meanwhile"])
    _rename(change, known, name)
    write_version(change, known.id, start, lambda _: list(rows))
    return known.id


def _save_new(change: Change, name: str, rows: Sequence[TariffRow], start: datetime | None) -> UUID:
    of_name = tariff_repository.tariffs_of(change.connection, change.owner, name=name)
    if of_name and _is_written(change, of_name[0].id, rows, start):
        return of_name[0].id
    _require_free(change, name)
    made = _add(change, name)
    write_version(change, made, start, lambda _: list(rows))
    return made


def _is_written(change: Change, tariff_id: UUID, rows: Sequence[TariffRow], start: datetime | None) -> bool:
    """Whether the version in force, or the one that starts at `start`, has these rows."""
    versions = tariff_repository.versions_of(change.connection, [tariff_id])[tariff_id]
    if start is None:
        version = in_force(versions, change.now)
    else:
        version = next((one for one in versions if one.valid_from == start), None)
    return version is not None and same_rows(rows, _rows(change, tariff_id, version))


def edit(change: Change, tariff_id: str, start: datetime | None, edited: Edit) -> UUID:
    """A version with the rows that would hold at `start`, edited."""
    known = own(change.connection, change.owner, tariff_id)
    write_version(change, known.id, start, edited)
    return known.id


def copy(change: Change, tariff_id: str, name: str) -> UUID:
    known = own(change.connection, change.owner, tariff_id)
    _require_free(change, name)
    source = shown_version(tariff_repository.versions_of(change.connection, [known.id])[known.id], change.now)
    rows = _rows(change, known.id, source)
    made = _add(change, name)
    write_version(change, made, None, lambda _: rows)
    return made


def delete(change: Change, tariff_id: str) -> None:
    known = own(change.connection, change.owner, tariff_id)
    subjects, is_default = assignment_repository.uses(change.connection, change.owner).get(known.id, (0, False))
    particulars = {"subjects": subjects, "is_default": is_default}
    if is_default:
        raise Conflict("The tariff is the default: choose another default first.", particulars)
    if subjects:
        raise Conflict("The tariff is assigned: assign another one first.", particulars)
    tariff_repository.change_tariff(change.connection, known.id, change.owner, change.revision, deleted_at=change.now)


def drop_version(change: Change, tariff_id: str, start: datetime) -> UUID:
    known = own(change.connection, change.owner, tariff_id)
    versions = tariff_repository.versions_of(change.connection, [known.id])[known.id]
    dropped = next((one for one in versions if one.valid_from == start), None)
    if dropped is None:
        raise NotFound("The tariff has no version that starts then.")
    if dropped.has_started(change.now):
        raise Conflict("This version has started: it stays in the history.")
    if len(versions) == 1:
        raise Conflict("This is the tariff's only version: delete the tariff.")
    tariff_repository.drop_version(change.connection, known.id, start)
    tariff_repository.change_tariff(change.connection, known.id, change.owner, change.revision)
    return known.id


def assign(change: Change, subject_id: str, tariff_id: str | None, author: str) -> None:
    """A line of the subject's history; none where the subject has that tariff already."""
    wanted = None if tariff_id is None else own(change.connection, change.owner, tariff_id).id
    if wanted == assignment_repository.own_tariff(change.connection, change.owner, subject_id):
        return
    assignment_repository.put_assignment(
        change.connection,
        change.owner,
        subject_id,
        wanted,
        now=change.now,
        author=author,
        revision=change.revision,
    )


def assign_default(change: Change, tariff_id: str | None, author: str) -> None:
    assign(change, EVERYBODY_ELSE, tariff_id, author)


def write_version(change: Change, tariff_id: UUID, start: datetime | None, edited: Edit) -> None:
    """Rows from `start` on (None: from now on). What changes nothing makes no version: a repeat leaves one trace."""
    versions = tariff_repository.versions_of(change.connection, [tariff_id])[tariff_id]
    if start is None:
        version = version_from_now(versions, change.now)
    else:
        version = version_to_come(versions, start, change.now)
    base = in_force(versions, version.valid_from)
    before = _rows(change, tariff_id, base)
    rows = edited(before)
    if base is not None and start in (None, base.valid_from) and same_rows(rows, before):
        return
    tariff_repository.put_version(change.connection, tariff_id, version, rows)
    tariff_repository.change_tariff(change.connection, tariff_id, change.owner, change.revision)


def _rows(change: Change, tariff_id: UUID, version: Version | None) -> list[TariffRow]:
    if version is None:
        return []
    key = (tariff_id, version.valid_from)
    return tariff_repository.rows_of(change.connection, [key])[key]


def _add(change: Change, name: str) -> UUID:
    if tariff_repository.count_tariffs(change.connection, change.owner) >= MOST_TARIFFS:
        raise Conflict(f"There are {MOST_TARIFFS} tariffs already: delete one first.")
    made = uuid7(change.now)
    tariff_repository.add_tariff(change.connection, made, change.owner, name, change.now, change.revision)
    return made


def _rename(change: Change, known: Any, name: str) -> None:
    if known.name != name:
        _require_free(change, name)
        tariff_repository.change_tariff(change.connection, known.id, change.owner, change.revision, name=name)


def _require_free(change: Change, name: str) -> None:
    if tariff_repository.tariffs_of(change.connection, change.owner, name=name):
        raise _conflict("/name", "taken", "There is a tariff of that name already.")


def _conflict(pointer: str, code: str, detail: str) -> Conflict:
    return Conflict(detail, {"errors": [error(pointer, code, detail)]})


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except (ValueError, TypeError, AttributeError) as failure:
        raise NotFound("There is no such tariff.") from failure
