"""The tariffs service: quotes for the message path. Tariffs and assignments, for people, are mixins beside it."""

from collections.abc import Mapping
from typing import Any

from contracts.batches import Batch, batch_from_wire, batch_to_wire
from contracts.errors import Malformed
from contracts.tariffs import QuoteItem
from contracts.wire import many_to_wire
from kit.service import ClockProvider, Database, Drain, rpc
from services.tariffs import ported_repository
from services.tariffs.cache import Book
from services.tariffs.numbering import Carrier, known_directions, number_info
from services.tariffs.quote import MOST_ITEMS, NOBODY_PORTED, quotes
from services.tariffs.service_assignments import AssignmentsRpc
from services.tariffs.service_ported import PortedRpc
from services.tariffs.service_tariffs import TariffsRpc


class TariffsService(TariffsRpc, AssignmentsRpc, PortedRpc):
    name = "tariffs"

    db: Any = Database()
    clock: Any = ClockProvider()
    book = Book()
    drain = Drain()

    @rpc
    def quote(self, items: Batch) -> Batch:
        asked = _at_most(batch_from_wire(QuoteItem, items))
        book = self.book.current(self.db, self.clock.now())
        # Most platforms have no such list, and then nothing is asked.
        ported = self._carriers(asked) if book.ported else NOBODY_PORTED
        return batch_to_wire(quotes(book, asked, ported))

    def _carriers(self, asked: list[QuoteItem]) -> Mapping[str, Carrier]:
        with self.db.begin() as connection:
            return ported_repository.carriers(connection, [one.recipient for one in asked])

    @rpc
    def look_up(self, recipients: list[str]) -> list[dict[str, Any]]:
        plan = self.book.current(self.db, self.clock.now()).numbering
        numbers = [str(one) for one in _at_most(recipients)]
        with self.db.begin() as connection:
            ported = ported_repository.ported(connection, numbers)
        return many_to_wire([number_info(plan, one, ported.get(one)) for one in numbers])

    @rpc
    def directions(self) -> list[dict[str, Any]]:
        return many_to_wire(known_directions())


def _at_most(items: Any) -> Any:
    if not isinstance(items, list) or len(items) > MOST_ITEMS:
        raise Malformed(f"A list of at most {MOST_ITEMS} items is expected.")
    return items
