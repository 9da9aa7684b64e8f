"""What is checked before a message is stored: the number, the text and how many parts it makes, the sender's form.

A message that fails is stored all the same, as refused: people can find it. The sender's registration is asked of
`senders` afterwards.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.errors import Malformed
from contracts.smpp_gateway import AcceptItem, AcceptOrder
from kit.ids import uuid7_texts
from services.smpp_gateway import constants as c
from services.smpp_gateway.recipient import MOST_WRITTEN, normalise
from services.smpp_gateway.segments import Concatenation, TextTooLong, segment
from services.smpp_gateway.timing import Timing, timing_of
from services.smpp_gateway.work import PRIORITY_ADVERTISING, PRIORITY_OF_TYPE, RECEIPT_NEVER, SCHEDULE, Work

MOST_ITEMS = 1000
MOST_TEXT = 4000
MOST_SENDER = 32
MOST_CLIENT_REF = 128


@dataclass(slots=True, frozen=True)
class Encoded:
    """What a message that came by SMPP brings along.

    `raw`: octets that go on as they are, None to encode the text anew. `receipts`: which ones the client wants
    (`work.RECEIPT_ALWAYS` and so on). `refusal`: why it can't be sent, where its octets already tell. `timing` and
    `priority` go before those of the order and of the type. `part`: which part of a longer message it is. `place`: among the
    destinations of a submit_multi, from 0.
    """

    raw: bytes | None
    data_coding: int
    esm_class: int
    receipts: int
    refusal: str | None = None
    timing: Timing | None = None
    priority: int | None = None
    part: Concatenation | None = None
    place: int | None = None


@dataclass(slots=True, frozen=True)
class Shape:
    """How a text is sent: number of parts, SMPP data_coding (0 GSM 03.38, 8 UCS-2), or why it can't be."""

    parts: int
    data_coding: int
    refusal: str | None

    @property
    def encoding(self) -> str:
        return "ucs2" if self.data_coding == c.DATA_CODING_UCS2 else "gsm7"


class Shapes:
    """Shapes of the texts of one batch; mailings repeat the same text, so each is worked out once."""

    def __init__(self) -> None:
        self._known: dict[str, Shape] = {}

    def of(self, text: str) -> Shape:
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = shape_of(text)
        return known


def shape_of(text: str) -> Shape:
    if not text.strip():
        return Shape(0, 0, "text_empty")
    if len(text) > MOST_TEXT:
        return Shape(0, 0, "text_too_long")
    if "\x00" in text:
        return Shape(0, 0, "text_invalid")
    try:
        segments = segment(text, 0)
    except TextTooLong:
        return Shape(0, 0, "text_too_long")
    except ValueError:
        return Shape(0, 0, "text_invalid")
    return Shape(len(segments.parts), segments.data_coding, None)


def admit(
    order: AcceptOrder,
    items: Sequence[AcceptItem],
    *,
    now: datetime,
    validity: timedelta,
    encoded: Sequence[Encoded | None] | None = None,
) -> list[Work]:
    """A `Work` per item in order, `accepted`, `held` for a later time, or `refused` with its reason; ids rise with the order.

    `validity`: of an order that does not say. `Malformed` for an order whose times can't be.
    """
    shapes = Shapes()
    owners = canonical(order.partner_id), canonical(order.advertiser_id), order.source
    timing = timing_of(order, now, validity)
    named = zip(uuid7_texts(now, len(items)), items, encoded or [None] * len(items), strict=True)
    works = [
        _work((name, *owners), item, given, shapes, (now, given.timing if given and given.timing else timing))
        for name, item, given in named
    ]
    return _told_together(works, encoded) if encoded else works


def _told_together(works: list[Work], encoded: Sequence[Encoded | None]) -> list[Work]:
    """Of a submit_multi the first message that is accepted gives all others its id, as the one their client is told."""
    first: str | None = None
    for index, (work, given) in enumerate(zip(works, encoded, strict=True)):
        if given is None or given.place is None:
            continue
        if given.place == 0:
            first = None
        if work.state == "refused":
            continue
        if first is None:
            first = work.id
        else:
            works[index] = work.moved(client_ref=first)
    return works


def _work(
    named: tuple[str, str, str, str],
    item: AcceptItem,
    given: Encoded | None,
    shapes: Shapes,
    times: tuple[datetime, Timing],
) -> Work:
    """`named`: its id, partner, advertiser, source; `times`: now, and when it may be sent."""
    now, timing = times
    raw = given.raw if given else None
    shape = shapes.of(item.text) if given is None or raw is None else _shape_of_raw(item, given)
    recipient = normalise(item.recipient)
    refusal = refusal_of(item, recipient, shape)
    return Work(
        id=named[0],
        partner_id=named[1],
        advertiser_id=named[2],
        source=named[3],
        recipient=recipient or printable(item.recipient, MOST_WRITTEN),
        sender=printable(item.sender, MOST_SENDER),
        text=printable(item.text, MOST_TEXT),
        client_ref=item.client_ref and printable(item.client_ref, MOST_CLIENT_REF),
        sms_type=item.sms_type,
        raw=raw,
        # Of a text that came by SMPP the client's alphabet is kept: a replace_sm says none.
        data_coding=given.data_coding if given else shape.data_coding,
        esm_class=given.esm_class if given else 0,
        receipts=given.receipts if given else RECEIPT_NEVER,
        state="refused" if refusal else "held" if timing.send_at else "accepted",
        reason=refusal or (SCHEDULE if timing.send_at else None),
        parts=shape.parts,
        attempt=1,
        submits=0,
        direction="",
        sell_held=0,
        buy_held=0,
        charged=0,
        cost=0,
        due_at=None if refusal else timing.send_at or now,
        expires_at=timing.expires_at,
        accepted_at=now,
        submitted_at=None,
        final_at=now if refusal else None,
        priority=_priority(item, given),
        send_at=timing.send_at,
        hours_from=timing.hours_from,
        hours_to=timing.hours_to,
        mailing=timing.mailing,
    )


def _priority(item: AcceptItem, given: Encoded | None) -> int:
    if given is not None and given.priority is not None:
        return given.priority
    return PRIORITY_OF_TYPE.get(item.sms_type, PRIORITY_ADVERTISING)


def refusal_of(item: AcceptItem, recipient: str | None, shape: Shape) -> str | None:
    if not item.recipient.strip():
        return "recipient_missing"
    if recipient is None:
        return "recipient_invalid"
    if not item.sender.strip():
        return "sender_missing"
    if len(item.sender) > MOST_SENDER:
        return "sender_invalid"
    return shape.refusal


def _shape_of_raw(item: AcceptItem, given: Encoded) -> Shape:
    return Shape(1, given.data_coding, given.refusal or (None if item.text else "text_empty"))


def canonical(identifier: str) -> str:
    """An id as the database writes it; `Malformed` for anything else."""
    try:
        return str(uuid.UUID(identifier))
    except ValueError:
        raise Malformed("Partners and advertisers are named by their ids.") from None


def printable(text: str, most: int) -> str:
    """What PostgreSQL can store: no NUL, no lone surrogate, bounded."""
    if text.isascii() and "\x00" not in text:
        return text[:most]
    return text[:most].replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
