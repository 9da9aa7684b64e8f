"""Pauses of all that an advertiser sends and of its mailings, in memory."""

from typing import Any

from contracts import smpp_gateway
from contracts.errors import Forbidden, Malformed
from contracts.wire import many_to_wire, to_wire
from services.smpp_gateway.pausing import NOT_YOURS
from tests.unit.gateway_api.fakes_accounts import NOW


class FakePauses:
    def __init__(self) -> None:
        super().__init__()
        self.orders: list[tuple[smpp_gateway.AcceptOrder, list[smpp_gateway.AcceptItem]]] = []
        self.pauses: dict[str, smpp_gateway.SendingPause] = {}
        self.paused_mailings: dict[tuple[str, str], tuple[str, str, str]] = {}

    def mailings(self, advertiser_id: str) -> Any:
        named = {order.mailing for order, _ in self.orders if order.advertiser_id == advertiser_id and order.mailing}
        paused = {name for owner, name in self.paused_mailings if owner == advertiser_id}
        return many_to_wire(self._mailing(advertiser_id, name) for name in sorted(named | paused))

    def _mailing(self, advertiser_id: str, name: str) -> smpp_gateway.Mailing:
        found = self.paused_mailings.get((advertiser_id, name))
        if found is None:
            return smpp_gateway.Mailing(mailing=name, paused=False)
        author, reason, side = found
        return smpp_gateway.Mailing(mailing=name, paused=True, author=author, reason=reason, at=NOW, side=side)

    def pause_mailing(
        self, partner_id: str, advertiser_id: str, mailing: str, author: str, reason: str, side: str
    ) -> Any:
        self.paused_mailings[advertiser_id, mailing] = (author, reason, side)
        return to_wire(self._mailing(advertiser_id, mailing))

    def resume_mailing(self, partner_id: str, advertiser_id: str, mailing: str, side: str) -> bool:
        held, rank = self.paused_mailings.get((advertiser_id, mailing)), smpp_gateway.PAUSE_SIDES.index
        if held is not None and rank(held[2]) > rank(side):
            raise Forbidden(NOT_YOURS)
        return self.paused_mailings.pop((advertiser_id, mailing), None) is not None

    def sending_pause(self, advertiser_id: str) -> Any:
        found = self.pauses.get(advertiser_id)
        return found and to_wire(found)

    def pause_sending(self, partner_id: str, advertiser_id: str, author: str, reason: str, side: str) -> Any:
        if len(reason) > 200:
            told = "A reason has at most 200 characters."
            raise Malformed(told, {"errors": [{"pointer": "/reason", "code": "reason_too_long", "detail": told}]})
        made = smpp_gateway.SendingPause(advertiser_id=advertiser_id, author=author, reason=reason, at=NOW, side=side)
        rank = smpp_gateway.PAUSE_SIDES.index
        held = self.pauses.get(advertiser_id)
        if held is None or rank(held.side) < rank(side):
            self.pauses[advertiser_id] = made
        return to_wire(self.pauses[advertiser_id])

    def resume_sending(self, partner_id: str, advertiser_id: str, side: str) -> bool:
        held, rank = self.pauses.get(advertiser_id), smpp_gateway.PAUSE_SIDES.index
        if held is not None and rank(held.side) > rank(side):
            raise Forbidden(NOT_YOURS)
        return self.pauses.pop(advertiser_id, None) is not None
