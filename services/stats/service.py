"""The stats service: adds up differences, answers with totals."""

from datetime import timedelta
from typing import Any

from contracts.events import Envelope
from contracts.smpp_gateway import MessageTotalsChanged
from contracts.stats import TotalsRow
from contracts.wire import many_to_wire
from kit.outbox import first_time, forget_old
from kit.service import ClockProvider, Database, Drain, loop, on_event, rpc
from services.stats import repository
from services.stats.query import totals_query

#: Messages live at most this long between states, so older rows at zero stay there.
ZEROS_KEPT = timedelta(days=7)


class StatsService:
    name = "stats"

    db = Database()
    clock = ClockProvider()
    drain = Drain()

    @on_event(MessageTotalsChanged)
    def message_totals_changed(self, envelope: Envelope, payload: MessageTotalsChanged) -> None:
        with self.db.begin() as connection:
            if first_time(connection, "stats.message_totals_changed", envelope.id):
                repository.add(connection, payload.items)

    @rpc
    def totals(
        self, partner_id: str, date_from: str, date_to: str, group_by: str, advertiser_id: str | None = None
    ) -> list[dict[str, Any]]:
        query = totals_query(partner_id, date_from, date_to, group_by, advertiser_id)
        with self.db.begin() as connection:
            rows = repository.grouped(connection, query)
        return many_to_wire(_row(*row) for row in rows)

    @loop(every_seconds=3600.0)
    def tidy(self) -> bool:
        """Forget what no redelivery can bring back; True while there is more of it."""
        with self.db.begin() as connection:
            forget_old(connection)
            dropped = repository.drop_zeros(connection, (self.clock.now() - ZEROS_KEPT).date())
        return dropped == repository.TIDY_ROWS


def _row(key: str, messages: int, parts: int, delivered: int, charged: int, cost: int) -> TotalsRow:
    return TotalsRow(key=key, messages=messages, parts=parts, delivered=delivered, charged=charged, cost=cost)
