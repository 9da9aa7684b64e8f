"""The tariffs service: quotes for the message path. Tariffs and assignments, for people, are mixins beside it."""

from typing import Any

from contracts.batches import Batch, batch_from_wire, batch_to_wire
from contracts.errors import Malformed
from contracts.tariffs import QuoteItem
from contracts.wire import many_to_wire
from kit.service import ClockProvider, Database, Drain, rpc
from services.tariffs.cache import Book
from services.tariffs.numbering import known_directions, number_info
from services.tariffs.quote import MOST_ITEMS, quotes
from services.tariffs.service_assignments import AssignmentsRpc
from services.tariffs.service_tariffs import TariffsRpc


class TariffsService(TariffsRpc, AssignmentsRpc):
    name = "tariffs"

    db: Any = Database()
    clock: Any = ClockProvider()
    book = Book()
    drain = Drain()

    @rpc
    def quote(self, items: Batch) -> Batch:
        asked = _at_most(batch_from_wire(QuoteItem, items))
        book = self.book.current(self.db, self.clock.now())
        return batch_to_wire(quotes(book, asked))

    @rpc
    def look_up(self, recipients: list[str]) -> list[dict[str, Any]]:
        plan = self.book.current(self.db, self.clock.now()).numbering
        return many_to_wire([number_info(plan, str(recipient)) for recipient in _at_most(recipients)])

    @rpc
    def directions(self) -> list[dict[str, Any]]:
        return many_to_wire(known_directions())


def _at_most(items: Any) -> Any:
    if not isinstance(items, list) or len(items) > MOST_ITEMS:
        raise Malformed(f"A list of at most {MOST_ITEMS} items is expected.")
    return items
