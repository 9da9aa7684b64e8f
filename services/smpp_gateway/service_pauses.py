"""Calls that pause the sending of an advertiser and let it go on."""

from typing import Any

from contracts.errors import Malformed
from contracts.wire import to_wire
from kit.service import loop, rpc
from services.smpp_gateway import numbering
from services.smpp_gateway.admission import canonical
from services.smpp_gateway.core import GatewayCore


class PauseEntrypoints:
    """Part of `SmppGatewayService`, whose dependencies these are."""

    accounts: Any
    gateway: GatewayCore

    @rpc
    def sending_pause(self, advertiser_id: str) -> dict[str, Any] | None:
        found = self.gateway.pausing.of(canonical(advertiser_id))
        return None if found is None else to_wire(found)

    @rpc
    def pause_sending(self, partner_id: str, advertiser_id: str, author: str, reason: str, side: str) -> dict[str, Any]:
        if type(author) is not str or type(reason) is not str:
            raise Malformed("The author and the reason are texts.")
        owner = numbering.own_advertiser(self.accounts, partner_id, advertiser_id)
        return to_wire(self.gateway.pausing.pause(canonical(partner_id), owner, author, reason, side))

    @rpc
    def resume_sending(self, partner_id: str, advertiser_id: str, side: str) -> bool:
        return self.gateway.pausing.resume(numbering.own_advertiser(self.accounts, partner_id, advertiser_id), side)

    @loop(every_seconds=1.0)
    def look_for_pauses(self) -> None:
        """In a loop of its own: the others ask services, whose absence must not keep a pause from being known."""
        self.gateway.pausing.refresh()
