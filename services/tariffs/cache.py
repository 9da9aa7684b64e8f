"""The price book of a process: read once, then only what has changed, and never older than the batch it answers."""

import threading
from typing import Any

from nameko.extensions import DependencyProvider
from sqlalchemy import Connection

from contracts.tariffs import TariffRow
from kit.database import Transactions
from services.tariffs import repository
from services.tariffs.numbering import Numbering, first_numbering, numbering
from services.tariffs.pricing import PriceList, price_list
from services.tariffs.quote import PriceBook
from services.tariffs.repository import NUMBERING, PRICES

#: Tariffs whose rows are read by one statement.
TARIFFS_AT_ONCE = 200


class CachedBook:
    """`current(db)` costs one tiny query while nothing changes; a change is read once per process."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._revisions: dict[str, int] = {}
        self._book = PriceBook(first_numbering())

    def current(self, db: Transactions) -> PriceBook:
        """A book at least as new as everything that was committed before the call; it never changes afterwards."""
        with db.begin() as connection:
            wanted = repository.read_revisions(connection)
        if not self._has(wanted):
            with self._guard:
                if not self._has(wanted):
                    self._reload(db)
        return self._book

    def _has(self, wanted: dict[str, int]) -> bool:
        return all(self._revisions.get(kind, -1) >= value for kind, value in wanted.items())

    def _reload(self, db: Transactions) -> None:
        with db.begin() as connection:
            repository.one_snapshot(connection)
            found = repository.read_revisions(connection)
            plan, lists, assigned = self._book.numbering, self._book.lists, self._book.assigned
            if found[NUMBERING] != self._revisions.get(NUMBERING):
                plan = read_numbering(connection)
            if found[PRICES] != self._revisions.get(PRICES):
                known = self._revisions.get(PRICES, -1)
                lists = lists | _lists_since(connection, known)
                assigned = assigned | _assigned_since(connection, known)
        self._book = PriceBook(plan, lists, assigned)
        self._revisions = found


def read_numbering(connection: Connection) -> Numbering:
    """The imported plan, or the built-in one while there is none."""
    plan = repository.plan_in_force(connection)
    return first_numbering() if plan is None else numbering(plan.source, repository.plan_ranges(connection))


def _lists_since(connection: Connection, revision: int) -> dict[str, PriceList]:
    changed = repository.tariffs_since(connection, revision)
    rows: dict[str, list[TariffRow]] = {str(tariff_id): [] for tariff_id in changed}
    for start in range(0, len(changed), TARIFFS_AT_ONCE):
        for tariff_id, *values in repository.rows_of(connection, changed[start : start + TARIFFS_AT_ONCE]):
            rows[str(tariff_id)].append(tariff_row(*values))
    return {tariff_id: price_list(tariff_id, found) for tariff_id, found in rows.items()}


def _assigned_since(connection: Connection, revision: int) -> dict[tuple[str, str], str]:
    return {
        (owner, subject): str(tariff_id)
        for owner, subject, tariff_id in repository.assignments_since(connection, revision)
    }


def tariff_row(mcc: str, mnc: str, sms_type: str, by_delivered: bool, price: int) -> TariffRow:
    return TariffRow(mcc=mcc, mnc=mnc, sms_type=sms_type, by_delivered=by_delivered, price=price)


class Book(DependencyProvider):
    """`book = Book()`: `self.book.current(self.db)` in an entrypoint; one for all workers of the process."""

    def setup(self) -> None:
        self._cached = CachedBook()

    def get_dependency(self, worker_ctx: Any) -> CachedBook:
        return self._cached
