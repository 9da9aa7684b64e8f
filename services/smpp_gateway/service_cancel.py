"""Calls that take messages back."""

from typing import Any

from contracts.errors import Malformed
from contracts.smpp_gateway import Cancelled, CancelMatch
from contracts.wire import from_wire, many_to_wire, to_wire
from kit.clock import from_rfc3339
from kit.service import rpc
from services.smpp_gateway.admission import MOST_ITEMS, canonical
from services.smpp_gateway.core import GatewayCore


class CancelRpc:
    gateway: GatewayCore

    @rpc
    def cancel(self, advertiser_id: str, ids: list[str]) -> list[dict[str, Any]]:
        if type(ids) is not list or not 1 <= len(ids) <= MOST_ITEMS or not all(type(one) is str for one in ids):
            raise Malformed(f"1 to {MOST_ITEMS} ids of messages are expected.")
        names = [canonical(one) for one in ids]
        verdicts = self.gateway.changing.cancel(canonical(advertiser_id), set(names))
        return many_to_wire([Cancelled(id=one, verdict=verdicts[one]) for one in names])

    @rpc
    def cancel_matching(self, advertiser_id: str, match: dict[str, Any], cursor: str | None) -> dict[str, Any]:
        asked = from_wire(CancelMatch, match)
        if asked.since is not None:
            _check_moment(asked.since)
        behind = None if cursor is None else canonical(cursor)
        return to_wire(self.gateway.changing.cancel_matching(canonical(advertiser_id), asked, behind))


def _check_moment(text: str) -> None:
    try:
        from_rfc3339(text)
    except ValueError:
        raise Malformed("`since` is a time as RFC 3339 writes it.") from None
