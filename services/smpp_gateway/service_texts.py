"""Entrypoints about messages that wait for a moderator of texts."""

from typing import Any

from contracts.senders import TextsDecided
from contracts.wire import many_to_wire
from kit.outbox import first_time
from kit.service import on_event, rpc
from services.smpp_gateway.admission import canonical
from services.smpp_gateway.core import GatewayCore

MOST_ITEMS = 1_000


class TextEntrypoints:
    """Part of `SmppGatewayService`, whose dependencies these are."""

    db: Any
    gateway: GatewayCore

    @rpc
    def held_texts(self, item_ids: list[str]) -> list[dict[str, Any]]:
        return many_to_wire(self.gateway.moderating.counts([canonical(one) for one in item_ids[:MOST_ITEMS]]))

    @on_event(TextsDecided)
    def texts_decided(self, envelope: Any, payload: TextsDecided) -> None:
        with self.db.begin() as connection:
            if first_time(connection, "smpp_gateway.texts_decided", envelope.id):
                self.gateway.moderating.texts_decided(connection, payload)
