"""The tariffs service: quotes for the message path, tariffs and assignments for people."""

from typing import Any
from uuid import UUID

from contracts.errors import Malformed, NotFound
from contracts.tariffs import QuoteItem, Tariff, TariffRow
from contracts.wire import many_from_wire, many_to_wire, to_wire
from kit.clock import to_rfc3339
from kit.ids import uuid7
from kit.service import ClockProvider, Database, Drain, rpc
from services.tariffs import repository
from services.tariffs.cache import Book, tariff_row
from services.tariffs.numbering import known_directions, number_info
from services.tariffs.pricing import check_name, check_rows
from services.tariffs.quote import MOST_ITEMS, quote
from services.tariffs.repository import PRICES


class TariffsService:
    name = "tariffs"

    db = Database()
    clock = ClockProvider()
    book = Book()
    drain = Drain()

    @rpc
    def quote(self, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        asked = many_from_wire(QuoteItem, _at_most(items))
        book = self.book.current(self.db)
        return many_to_wire([quote(book, item) for item in asked])

    @rpc
    def look_up(self, recipients: list[str]) -> list[dict[str, Any]]:
        plan = self.book.current(self.db).numbering
        return many_to_wire([number_info(plan, str(recipient)) for recipient in _at_most(recipients)])

    @rpc
    def directions(self) -> list[dict[str, Any]]:
        return many_to_wire(known_directions())

    @rpc
    def save_tariff(self, owner: str, name: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
        wanted = many_from_wire(TariffRow, rows)
        name = check_name(name)
        check_rows(wanted, {(one.mcc, one.mnc) for one in known_directions()})
        now = self.clock.now()
        with self.db.begin() as connection:
            revision = repository.raise_revision(connection, PRICES)
            tariff_id = repository.put_tariff(connection, uuid7(now), owner, name, now, revision)
            repository.replace_rows(connection, tariff_id, many_to_wire(wanted))
            (saved,) = _tariffs(connection, owner, tariff_id)
        return to_wire(saved)

    @rpc
    def list_tariffs(self, owner: str) -> list[dict[str, Any]]:
        with self.db.begin() as connection:
            return many_to_wire(_tariffs(connection, owner))

    @rpc
    def assign(self, owner: str, tariff_id: str, subject_id: str) -> None:
        with self.db.begin() as connection:
            revision = repository.raise_revision(connection, PRICES)
            found = repository.tariffs_of(connection, owner, _uuid(tariff_id))
            if not found:
                raise NotFound("There is no such tariff.")
            repository.put_assignment(connection, owner, subject_id, found[0].id, self.clock.now(), revision)

    @rpc
    def assigned(self, owner: str, subject_id: str) -> dict[str, Any] | None:
        with self.db.begin() as connection:
            tariff_id = repository.assigned_tariff(connection, owner, subject_id)
            found = [] if tariff_id is None else _tariffs(connection, owner, tariff_id)
        return to_wire(found[0]) if found else None


def _tariffs(connection: Any, owner: str, tariff_id: UUID | None = None) -> list[Tariff]:
    """The owner's tariffs with their rows, by name."""
    found = repository.tariffs_of(connection, owner, tariff_id)
    rows: dict[UUID, list[TariffRow]] = {one.id: [] for one in found}
    for of, *values in repository.rows_of(connection, list(rows)):
        rows[of].append(tariff_row(*values))
    return [
        Tariff(id=str(one.id), owner=one.owner, name=one.name, rows=rows[one.id], created_at=to_rfc3339(one.created_at))
        for one in found
    ]


def _at_most(items: Any) -> Any:
    if not isinstance(items, list) or len(items) > MOST_ITEMS:
        raise Malformed(f"A list of at most {MOST_ITEMS} items is expected.")
    return items


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound("There is no such tariff.") from error
