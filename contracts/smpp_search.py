"""smpp_gateway: messages as their advertiser finds them."""

from contracts.client import Client
from contracts.wire import from_wire, to_wire, wire


@wire
class PartView:
    """`price`: the advertiser's for this part, None until the message is priced."""

    number: int
    state: str
    price: int | None
    error_code: str | None
    submitted_at: str | None
    final_at: str | None


@wire
class MessageView:
    """`price` for all parts, None until priced; `charged` what it has cost the advertiser so far (holds excluded).

    `direction`, `mcc` and `mnc` are of the operator that serves the number, `estimated_mcc` and `estimated_mnc` of the
    one whose range it is in: they differ where the number was ported. Empty until priced, or where unknown. `waits_until`:
    when a message goes on that waits for its time or for the hours of its recipient. `note`: why its text was refused, in
    the words of who did it.
    """

    id: str
    advertiser_id: str
    recipient: str
    sender: str
    text: str
    client_ref: str | None
    state: str
    reason: str | None
    direction: str
    parts: list[PartView]
    parts_total: int
    price: int | None
    charged: int
    accepted_at: str
    submitted_at: str | None
    final_at: str | None
    mcc: str = ""
    mnc: str = ""
    estimated_mcc: str = ""
    estimated_mnc: str = ""
    waits_until: str | None = None
    sms_type: str = ""
    source: str = ""
    mailing: str | None = None
    note: str | None = None


@wire
class MessageMatch:
    """Messages that agree with all that is given; empty: whatever it is.

    `sender` whole, `text` a piece of it, both in letters of any size; `state`: one of `contracts.smpp_gateway.STATES`.
    `since`, `until`: accepted at that time or later, and before (RFC 3339).
    """

    sender: str = ""
    text: str = ""
    state: str = ""
    mailing: str = ""
    since: str | None = None
    until: str | None = None


EVERYTHING = MessageMatch()


@wire
class MessagePage:
    """Newest first; `next_cursor` continues after the last item, None at the end."""

    items: list[MessageView]
    next_cursor: str | None


class SearchCalls(Client):
    def message(self, advertiser_id: str, message_id: str) -> MessageView:
        """`NotFound` for an unknown id or another advertiser's."""
        return from_wire(MessageView, self._call("message", advertiser_id=advertiser_id, message_id=message_id))

    def messages(
        self,
        advertiser_id: str,
        *,
        cursor: str | None = None,
        limit: int = 50,
        search: str = "",
        match: MessageMatch = EVERYTHING,
    ) -> MessagePage:
        """`search`: a number, a piece of one, or a client_ref. A page may be empty though there are more: where a search
        or `match` is for what is rare, so many messages are looked through at a time as a call has time for."""
        arguments = {"advertiser_id": advertiser_id, "cursor": cursor, "limit": limit, "search": search}
        return from_wire(MessagePage, self._call("messages", match=to_wire(match), **arguments))
