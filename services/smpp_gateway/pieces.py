"""Parts of long messages that clients cut themselves: which belong together, and what they make. Pure.

Parts belong together that go from one sender to one recipient of one advertiser with one reference, total and alphabet.
Of parts with one number the first that came goes with the first of the others: a reference may come again.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from services.smpp_gateway import constants as c
from services.smpp_gateway.segments import Concatenation, decode_text, parse_udh
from services.smpp_gateway.work import RECEIPT_OF_PARTS, SCHEDULE, Work

Key = tuple[str, str, str, int, int, int]
_key_of = attrgetter("advertiser_id", "sender", "recipient", "reference", "total", "data_coding")


@dataclass(slots=True, frozen=True)
class Piece:
    """A part with the id that its client was told; `octets` with the header, as they came."""

    id: str
    partner_id: str
    advertiser_id: str
    sender: str
    recipient: str
    reference: int
    total: int
    number: int
    data_coding: int
    octets: bytes
    receipts: int
    source: str
    sms_type: str
    priority: int
    expires_at: datetime
    accepted_at: datetime
    send_at: datetime | None
    client_ref: str | None = None

    @property
    def key(self) -> Key:
        key: Key = _key_of(self)
        return key


@dataclass(slots=True, frozen=True)
class Sorted:
    """`told`: of each new part the id its client is told. `wholes`: parts that are complete, each in order of numbers.
    `left`: new parts that wait."""

    told: dict[str, str]
    wholes: list[list[Piece]]
    left: list[Piece]


def piece_of(work: Work, part: Concatenation) -> Piece:
    """The part that was admitted as a message of its own."""
    return Piece(
        id=work.id,
        partner_id=work.partner_id,
        advertiser_id=work.advertiser_id,
        sender=work.sender,
        recipient=work.recipient,
        reference=part.reference,
        total=part.total,
        number=part.sequence,
        data_coding=work.data_coding,
        octets=work.raw or b"",
        receipts=work.receipts,
        source=work.source,
        sms_type=work.sms_type,
        priority=work.priority,
        expires_at=work.expires_at,
        accepted_at=work.accepted_at,
        send_at=work.send_at,
        client_ref=work.client_ref,
    )


def sort_out(waiting: Sequence[Piece], fresh: Sequence[Piece]) -> Sorted:
    """`waiting` are the parts of the same keys that wait already; both in the order in which they came.

    A part that waits already, to the octet, was submitted again: its client is told the first one's id.
    """
    told: dict[str, str] = {}
    known = {(*one.key, one.number, one.octets): one.id for one in waiting}
    by_key: dict[Key, list[Piece]] = defaultdict(list)
    for one in waiting:
        by_key[one.key].append(one)
    kept: list[Piece] = []
    for one in fresh:
        told[one.id] = known.setdefault((*one.key, one.number, one.octets), one.id)
        if told[one.id] == one.id:
            by_key[one.key].append(one)
            kept.append(one)
    wholes = [whole for key in {one.key: None for one in kept} for whole in _complete(by_key[key])]
    done = {one.id for whole in wholes for one in whole}
    return Sorted(told, wholes, [one for one in kept if one.id not in done])


def _complete(pieces: Iterable[Piece]) -> list[list[Piece]]:
    by_number: dict[int, list[Piece]] = defaultdict(list)
    total = 0
    for one in pieces:
        by_number[one.number].append(one)
        total = one.total
    count = min(len(by_number[number]) for number in range(1, total + 1))
    return [[by_number[number][place] for number in range(1, total + 1)] for place in range(count)]


def alone(piece: Piece, now: datetime) -> Work:
    """The part as a message of its own, under the id that its client knows."""
    later = piece.send_at is not None and piece.send_at > now
    return Work(
        id=piece.id,
        partner_id=piece.partner_id,
        advertiser_id=piece.advertiser_id,
        recipient=piece.recipient,
        sender=piece.sender,
        direction="",
        state="held" if later else "accepted",
        reason=SCHEDULE if later else None,
        parts=1,
        attempt=1,
        submits=0,
        sell_held=0,
        buy_held=0,
        charged=0,
        cost=0,
        receipts=piece.receipts,
        due_at=piece.send_at if later else now,
        expires_at=piece.expires_at,
        accepted_at=piece.accepted_at,
        submitted_at=None,
        final_at=None,
        source=piece.source,
        text=_text([piece]),
        sms_type=piece.sms_type,
        raw=piece.octets,
        data_coding=piece.data_coding,
        esm_class=c.ESM_CLASS_UDHI,
        priority=piece.priority,
        send_at=piece.send_at,
        client_ref=piece.client_ref,
    )


def whole_of(pieces: Sequence[Piece], message_id: str, now: datetime) -> Work:
    """The message that these parts, in order, are together: one to be priced, judged and found. It goes out when the last
    of them may."""
    last = max(pieces, key=lambda one: one.send_at or now)
    return alone(last, now).moved(
        id=message_id,
        parts=len(pieces),
        text=_text(pieces),
        raw=packed([one.octets for one in pieces]),
        receipts=RECEIPT_OF_PARTS,
        client_ref=None,
        priority=min(one.priority for one in pieces),
        expires_at=min(one.expires_at for one in pieces),
        accepted_at=now,
    )


def _text(pieces: Sequence[Piece]) -> str:
    """Octets are joined before they are read, for clients cut characters in two. PostgreSQL keeps no NUL."""
    payload = b"".join(parse_udh(one.octets, c.ESM_CLASS_UDHI)[1] for one in pieces)
    text = decode_text(pieces[0].data_coding, payload, strict=False)
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def packed(parts: Sequence[bytes]) -> bytes:
    """Parts as `message.raw` holds them: each behind its length, an octet."""
    return b"".join(bytes((len(part),)) + part for part in parts)


def unpacked(raw: bytes) -> tuple[bytes, ...]:
    parts, position = [], 0
    while position < len(raw):
        end = position + 1 + raw[position]
        parts.append(raw[position + 1 : end])
        position = end
    return tuple(parts)
