"""smpp_gateway: accepts messages durably, prices, pays and submits them, and knows how each ended.

States: accepted → held(moderation | schedule | funds | partner_funds | link) → charged → submitting → submitted →
delivered | undelivered | expired | rejected | unknown; refused(code) for what was never charged. What its advertiser
took back has the reason `cancelled`.
"""

import itertools

from contracts.batches import batch_from_wire, batch_to_wire
from contracts.errors import GolubError, revive
from contracts.events import event
from contracts.smpp_incoming import IncomingCalls, IncomingItem
from contracts.smpp_links import LinkCalls
from contracts.smpp_routes import RouteCalls
from contracts.smpp_search import MessagePage as MessagePage
from contracts.smpp_search import MessageView as MessageView
from contracts.smpp_search import PartView as PartView
from contracts.smpp_search import SearchCalls
from contracts.smpp_texts import HeldTextsCalls
from contracts.wire import from_wire, many_from_wire, to_wire, wire

FINAL_STATES = ("delivered", "undelivered", "expired", "rejected", "unknown", "refused")
STATES = ("accepted", "held", "charged", "submitting", "submitted", *FINAL_STATES)


@wire
class AcceptItem:
    """One message as its sender gave it: `recipient` as written, `source` http, cabinet, smpp or email."""

    recipient: str
    sender: str
    text: str
    client_ref: str | None = None
    sms_type: str = "advertising"


@wire
class AcceptOrder:
    """Whose messages, by which way, under which idempotency key (None: each call is new).

    `send_at`: not before that time (RFC 3339); `validity_seconds`: from then on, 60 to 604,800, None as the platform has it;
    `hours_from`, `hours_to`: minutes of the recipient's day (0 to 1,439) between which they may be sent, both or none.
    `mailing`: what they are paused and cancelled by together, with those of other requests; 1 to 64 characters.
    """

    partner_id: str
    advertiser_id: str
    source: str
    idempotency_key: str | None = None
    send_at: str | None = None
    validity_seconds: int | None = None
    hours_from: int | None = None
    hours_to: int | None = None
    mailing: str | None = None


@wire
class Accepted:
    """`state` is accepted or refused; `refusal` a code of `contracts.refusals`."""

    id: str
    recipient: str
    state: str
    parts: int
    client_ref: str | None
    refusal: str | None


@wire
class AcceptOutcome:
    """What became of an order: answers to `count` items, or the `error` it alone was refused with, by its name, and `detail`."""

    count: int
    error: str | None
    detail: str


@wire
class Cancelled:
    """`verdict`: cancelled (now or before), too_late (the mobile operator has it, or may have it), final (it had ended
    otherwise), not_found (unknown, or another advertiser's)."""

    id: str
    verdict: str


@wire
class CancelMatch:
    """Which messages to take back: those that agree with all that is given. `since`: accepted at that time or later.

    With `idempotency_key` all of that one request, with `mailing` all of that mailing, whatever else is given.
    """

    recipient: str | None = None
    sender: str | None = None
    since: str | None = None
    idempotency_key: str | None = None
    mailing: str | None = None


@wire
class CancelPage:
    """How many were taken back; `next_cursor`: where to go on, None when there can be no more."""

    cancelled: int
    next_cursor: str | None


@wire
class WaitingPolicy:
    """How long messages of a partner's advertisers wait for money (advertiser's or partner's) before they are refused."""

    funds_wait_hours: int


#: Who may pause sending, each before those who may end its pause as well.
PAUSE_SIDES = ("advertiser", "partner", "operator")


@wire
class SendingPause:
    """Nothing of the advertiser is charged or submitted since `at`; `author`: who paused it, `reason` in their words.

    `side`: one of `PAUSE_SIDES`; it, or one after it, may end the pause.
    """

    advertiser_id: str
    author: str
    reason: str
    at: str
    side: str = "advertiser"


@wire
class Mailing:
    """A mailing of an advertiser: whether it is paused, and by whom, as `SendingPause` says."""

    mailing: str
    paused: bool
    author: str = ""
    reason: str = ""
    at: str | None = None
    side: str = ""


@wire
class LinkView:
    name: str
    host: str
    state: str
    window: int
    in_flight: int
    waiting: int


@wire
class Segmented:
    """How one text would be sent: number of parts, encoding gsm7 or ucs2; `recipient` in E.164 digits or empty."""

    recipient: str
    parts: int
    encoding: str
    refusal: str | None


@wire
class TotalsChange:
    """A difference to the totals of one key; adding all of them up in any order gives the totals.

    `day` is the UTC date of acceptance, YYYY-MM-DD. `charged`, `cost`: captured money, 1/10,000.
    """

    day: str
    partner_id: str
    advertiser_id: str
    direction: str
    sender: str
    state: str
    messages: int
    parts: int
    charged: int
    cost: int


@event(source="smpp_gateway", name="message_totals_changed")
class MessageTotalsChanged:
    items: list[TotalsChange]


@event(source="smpp_gateway", name="incoming_received")
class IncomingReceived:
    """People wrote these to advertisers; repetitions and what nobody receives are not told."""

    items: list[IncomingItem]


@wire
class SmppBind:
    """A client that is bound now; `kind` transmitter, receiver or transceiver; `secure`: over TLS."""

    system_id: str
    kind: str
    address: str
    secure: bool
    bound_at: str


@wire
class EndedMessage:
    """How a message ended. `id` is this news', `message_id` the message's; `error_code` the operator's number, or empty."""

    id: str
    message_id: str
    advertiser_id: str
    recipient: str
    sender: str
    state: str
    reason: str | None
    error_code: str
    parts: int
    final_at: str


@event(source="smpp_gateway", name="messages_ended")
class MessagesEnded:
    """Of advertisers alone that want it for their webhooks (`Forwarding.states`)."""

    items: list[EndedMessage]


@event(source="smpp_gateway", name="texts_abandoned")
class TextsAbandoned:
    """No message waits as these texts of `senders` any more: all were cancelled, or their time has passed."""

    item_ids: list[str]


class SmppGatewayClient(IncomingCalls, RouteCalls, LinkCalls, SearchCalls, HeldTextsCalls):
    service = "smpp_gateway"

    def accept_orders(self, orders: list[tuple[AcceptOrder, list[AcceptItem]]]) -> list[list[Accepted] | GolubError]:
        """Store requests of 1 to 1,000 messages each durably, in one transaction: for each an answer per item, in order.

        In its place `Malformed`, or `IdempotencyMismatch` when its key came before with other items. `Unavailable`
        (raised) stored nothing of any. At most 10,000 items in all.
        """
        answer = self._call(
            "accept_orders",
            orders=batch_to_wire(order for order, _ in orders),
            counts=[len(items) for _, items in orders],
            items=batch_to_wire(item for _, items in orders for item in items),
        )
        accepted = iter(batch_from_wire(Accepted, answer["accepted"]))
        outcomes = batch_from_wire(AcceptOutcome, answer["outcomes"])
        return [
            revive(one.error, [one.detail]) if one.error else list(itertools.islice(accepted, one.count))
            for one in outcomes
        ]

    def segment(self, items: list[AcceptItem]) -> list[Segmented]:
        """Parts and normalised recipient without sending; for estimates."""
        return self._batch("segment", items, Segmented)

    def cancel(self, advertiser_id: str, ids: list[str]) -> list[Cancelled]:
        """Take messages back that no operator has: a verdict for each of 1 to 1,000 ids, in order. `Malformed`.

        What is cancelled is final at once (never charged: refused; charged: rejected and paid back), with the reason
        `cancelled`.
        """
        return many_from_wire(Cancelled, self._call("cancel", advertiser_id=advertiser_id, ids=ids))

    def cancel_matching(self, advertiser_id: str, match: CancelMatch, *, cursor: str | None = None) -> CancelPage:
        """Take back all that match; to be called with `next_cursor` until that is None. What it did stays done."""
        arguments = {"advertiser_id": advertiser_id, "match": to_wire(match), "cursor": cursor}
        return from_wire(CancelPage, self._call("cancel_matching", **arguments))

    def sending_pause(self, advertiser_id: str) -> SendingPause | None:
        """None where its messages go out."""
        found = self._call("sending_pause", advertiser_id=advertiser_id)
        return None if found is None else from_wire(SendingPause, found)

    def pause_sending(
        self, partner_id: str, advertiser_id: str, *, author: str, side: str, reason: str = ""
    ) -> SendingPause:
        """Its messages are accepted and wait, until `resume_sending`; what was submitted before goes its way.

        Known to every process within two seconds. Validity runs on. A pause that is there already stays as it is, unless
        `side` comes after its own in `PAUSE_SIDES`: then it is this side's from now on.
        `NotFound` for another partner's advertiser, `Malformed` for a reason of more than 200 characters.
        """
        arguments = {"partner_id": partner_id, "advertiser_id": advertiser_id, "author": author, "reason": reason}
        return from_wire(SendingPause, self._call("pause_sending", side=side, **arguments))

    def resume_sending(self, partner_id: str, advertiser_id: str, *, side: str) -> bool:
        """Whether it was paused. `Forbidden` where a side after `side` paused it, `NotFound` for another partner's."""
        found: bool = self._call("resume_sending", partner_id=partner_id, advertiser_id=advertiser_id, side=side)
        return found

    def mailings(self, advertiser_id: str) -> list[Mailing]:
        """Of which something waits, or that are paused; by name, the first 100."""
        return many_from_wire(Mailing, self._call("mailings", advertiser_id=advertiser_id))

    def pause_mailing(
        self, partner_id: str, advertiser_id: str, mailing: str, *, author: str, side: str, reason: str = ""
    ) -> Mailing:
        """As `pause_sending`, of this mailing alone: the advertiser's other messages go on. A mailing need not exist yet.
        `Malformed` also for a name that can't be, `Conflict` where 100 are paused."""
        arguments = {"partner_id": partner_id, "advertiser_id": advertiser_id, "author": author, "reason": reason}
        return from_wire(Mailing, self._call("pause_mailing", mailing=mailing, side=side, **arguments))

    def resume_mailing(self, partner_id: str, advertiser_id: str, mailing: str, *, side: str) -> bool:
        """As `resume_sending`; what is paused for all of the advertiser stays so."""
        arguments = {"partner_id": partner_id, "advertiser_id": advertiser_id, "mailing": mailing, "side": side}
        found: bool = self._call("resume_mailing", **arguments)
        return found

    def waiting_policy(self, partner_id: str) -> WaitingPolicy:
        return from_wire(WaitingPolicy, self._call("waiting_policy", partner_id=partner_id))

    def set_waiting_policy(self, partner_id: str, policy: WaitingPolicy, *, author: str) -> WaitingPolicy:
        """Holds for messages that begin to wait from now on; 1 to 168 hours, never past a message's own validity."""
        arguments = {"partner_id": partner_id, "policy": to_wire(policy), "author": author}
        return from_wire(WaitingPolicy, self._call("set_waiting_policy", **arguments))

    def links(self) -> list[LinkView]:
        return many_from_wire(LinkView, self._call("links"))

    def smpp_binds(self, advertiser_id: str) -> list[SmppBind]:
        """Who is bound at any process of the gateway, in the order of binding, at most 200; 25 s late for a dead process."""
        return many_from_wire(SmppBind, self._call("smpp_binds", advertiser_id=advertiser_id))
