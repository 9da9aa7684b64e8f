"""The price book of a process: read once, then only what has changed, and never older than the batch it answers.

Versions to come are in it beforehand, so that a price changes on time on every replica, whatever the database does then.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from nameko.extensions import DependencyProvider
from sqlalchemy import Connection

from kit.database import Transactions
from services.tariffs import assignment_repository, ported_repository, repository, tariff_repository
from services.tariffs.numbering import Numbering, first_numbering, numbering
from services.tariffs.price_list import price_list
from services.tariffs.quote import PriceBook
from services.tariffs.repository import NUMBERING, PORTED, PRICES
from services.tariffs.versions import ALWAYS, Schedule, Version, in_force, schedule, window

#: Tariffs whose rows are read by one statement.
TARIFFS_AT_ONCE = 50


@dataclass(slots=True, frozen=True)
class _Loaded:
    """What was read at these revisions; `schedules` by tariff id; `ported`: whether any number is."""

    revisions: dict[str, int]
    numbering: Numbering
    schedules: dict[str, Schedule] = field(default_factory=dict)
    assigned: dict[tuple[str, str], str] = field(default_factory=dict)
    ported: bool = False

    def has(self, wanted: dict[str, int]) -> bool:
        return all(self.revisions.get(kind, -1) >= value for kind, value in wanted.items())


@dataclass(slots=True, frozen=True)
class _View:
    """The book that holds from `since` on and before `until`, made of what was read."""

    loaded: _Loaded
    book: PriceBook
    since: datetime
    until: datetime

    def holds(self, wanted: dict[str, int], now: datetime) -> bool:
        return self.loaded.has(wanted) and self.since <= now < self.until


class CachedBook:
    """`current(db, now)` costs one tiny query while nothing changes; a change is read once per process."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        plan = first_numbering()
        self._view = _View(_Loaded({}, plan), PriceBook(plan), ALWAYS, ALWAYS)

    def current(self, db: Transactions, now: datetime) -> PriceBook:
        """The book of that moment, with everything that was committed before the call; it never changes afterwards."""
        with db.at_once() as connection:
            wanted = repository.read_revisions(connection)
        view = self._view
        if not view.holds(wanted, now):
            with self._guard:
                view = self._view
                if not view.holds(wanted, now):
                    loaded = view.loaded if view.loaded.has(wanted) else _reload(db, view.loaded, now)
                    self._view = view = _view_of(loaded, now)
        return view.book


def _view_of(loaded: _Loaded, now: datetime) -> _View:
    lists = {tariff_id: one.at(now) for tariff_id, one in loaded.schedules.items()}
    book = PriceBook(loaded.numbering, lists, loaded.assigned, loaded.ported)
    return _View(loaded, book, *window(loaded.schedules.values(), now))


def _reload(db: Transactions, known: _Loaded, now: datetime) -> _Loaded:
    with db.begin() as connection:
        repository.one_snapshot(connection)
        found = repository.read_revisions(connection)
        plan, schedules, assigned, ported = known.numbering, known.schedules, known.assigned, known.ported
        if found[NUMBERING] != known.revisions.get(NUMBERING):
            plan = read_numbering(connection)
        if found[PRICES] != known.revisions.get(PRICES):
            since = known.revisions.get(PRICES, -1)
            schedules = _schedules_since(connection, schedules, since, now)
            assigned = assigned | _assigned_since(connection, since)
        if found.get(PORTED, 0) != known.revisions.get(PORTED, 0):
            ported = ported_repository.is_any(connection)
    return _Loaded(found, plan, schedules, assigned, ported)


def read_numbering(connection: Connection) -> Numbering:
    """The imported plan, or the built-in one while there is none."""
    plan = repository.plan_in_force(connection)
    return first_numbering() if plan is None else numbering(plan.source, repository.plan_ranges(connection))


def _schedules_since(
    connection: Connection, known: dict[str, Schedule], revision: int, now: datetime
) -> dict[str, Schedule]:
    changed, deleted = tariff_repository.changed_since(connection, revision)
    schedules = dict(known)
    for tariff_id in deleted:
        schedules.pop(str(tariff_id), None)
    for start in range(0, len(changed), TARIFFS_AT_ONCE):
        schedules |= _read_schedules(connection, changed[start : start + TARIFFS_AT_ONCE], now)
    return schedules


def _read_schedules(connection: Connection, tariff_ids: Sequence[UUID], now: datetime) -> dict[str, Schedule]:
    """Of what is over, nothing is read."""
    current: dict[UUID, Version | None] = {}
    to_come: dict[UUID, list[Version]] = {}
    for tariff_id, versions in tariff_repository.versions_of(connection, tariff_ids).items():
        current[tariff_id] = in_force(versions, now)
        to_come[tariff_id] = [one for one in versions if not one.has_started(now)]
    needed = [(of, one.valid_from) for of, one in current.items() if one is not None]
    needed += [(of, one.valid_from) for of, versions in to_come.items() for one in versions]
    rows = tariff_repository.rows_of(connection, needed)
    lists = {key: price_list(str(key[0]), found) for key, found in rows.items()}
    return {
        str(of): schedule(
            str(of),
            None if now_valid is None else lists[of, now_valid.valid_from],
            [(one.valid_from, lists[of, one.valid_from]) for one in to_come[of]],
        )
        for of, now_valid in current.items()
    }


def _assigned_since(connection: Connection, revision: int) -> dict[tuple[str, str], str]:
    """The empty tariff id is that of a subject which went back to the default."""
    return {
        (owner, subject): "" if tariff_id is None else str(tariff_id)
        for owner, subject, tariff_id in assignment_repository.assignments_since(connection, revision)
    }


class Book(DependencyProvider):
    """`book = Book()`: `self.book.current(self.db, now)` in an entrypoint; one for all workers of the process."""

    def setup(self) -> None:
        self._cached = CachedBook()

    def get_dependency(self, worker_ctx: Any) -> CachedBook:
        return self._cached
