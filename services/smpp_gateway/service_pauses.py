"""Calls that pause the sending of an advertiser and let it go on."""

from typing import Any

from contracts.errors import Malformed
from contracts.wire import many_to_wire, to_wire
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

    @rpc
    def mailings(self, advertiser_id: str) -> list[dict[str, Any]]:
        return many_to_wire(self.gateway.mailings.of(canonical(advertiser_id)))

    @rpc
    def pause_mailing(
        self, partner_id: str, advertiser_id: str, mailing: str, author: str, reason: str, side: str
    ) -> dict[str, Any]:
        if type(author) is not str or type(reason) is not str:
            raise Malformed("The author and the reason are texts.")
        owner = numbering.own_advertiser(self.accounts, partner_id, advertiser_id)
        found = self.gateway.mailings.pause(
            canonical(partner_id), owner, mailing, author=author, reason=reason, side=side
        )
        return to_wire(found)

    @rpc
    def resume_mailing(self, partner_id: str, advertiser_id: str, mailing: str, side: str) -> bool:
        owner = numbering.own_advertiser(self.accounts, partner_id, advertiser_id)
        return self.gateway.mailings.resume(owner, mailing, side)

    @loop(every_seconds=1.0)
    def look_for_pauses(self) -> bool:
        """In a loop of its own: the others ask services, whose absence must not keep a pause from being known."""
        self.gateway.pausing.refresh()
        return self.gateway.mailings.refresh()
