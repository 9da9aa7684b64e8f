"""What a person's message to one of our numbers says, and how its parts are put together. Pure.

An operator sends a message again when our answer was lost. Nothing is thrown away for it: a message that looks like one that
came before is stored as its repeat (`REPEAT_WITHIN`), which is not forwarded and can be seen.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import attrgetter
from uuid import UUID

from kit.ids import uuid7
from services.smpp_gateway import constants as c
from services.smpp_gateway.pdu import DeliverSm
from services.smpp_gateway.recipient import normalise
from services.smpp_gateway.segments import Concatenation, decode_text, read_part

#: An SMSC repeats after its response timer or a new connection; a person who writes the same later means it.
REPEAT_WITHIN = timedelta(minutes=10)
#: With a reference that the handset gave (user_message_reference, SMPP 3.4, 5.3.2.17) the same message is the same one.
REPEAT_WITH_REFERENCE = timedelta(days=1)
#: Phones reuse the reference of long messages; within this the same part with the same octets is a repeat.
PART_REPEAT_WITHIN = timedelta(hours=1)
#: What has not come by then will not come: the rest is forwarded as it is.
INCOMPLETE_AFTER = timedelta(minutes=10)
MOST_KEYWORD = 32
MOST_NUMBER = 20

_RECEIPT_KINDS = frozenset({c.ESM_CLASS_DELIVERY_RECEIPT, c.ESM_CLASS_INTERMEDIATE_NOTIFICATION})
_FILLING = str.maketrans("", "", " \u00a0\u202f-().\t+")
_WORD = re.compile(r"\w+")


@dataclass(slots=True, frozen=True)
class Incoming:
    """A message as it is stored. `octets`, `data_coding`, `esm_class`: how it came, a long one joined and without headers.

    `parts` of `parts_total` have come. `fingerprint` is equal for what may be the same message, `referenced` where the handset
    numbered it. `keyword` is the one it was given to its advertiser by; `kind` message, stop or start.
    """

    id: str
    link: str
    number: str
    sender: str
    text: str
    octets: bytes
    data_coding: int
    esm_class: int
    parts: int
    parts_total: int
    fingerprint: bytes
    received_at: datetime
    advertiser_id: str | None = None
    keyword: str = ""
    kind: str = "message"
    repeat_of: str | None = None
    referenced: bool = False


@dataclass(slots=True, frozen=True)
class IncomingPart:
    """A part of a long message; `incoming_id` once it went into one."""

    id: str
    link: str
    number: str
    sender: str
    reference: int
    total: int
    sequence: int
    octets: bytes
    data_coding: int
    received_at: datetime
    incoming_id: str | None = None

    @property
    def key(self) -> tuple[str, str, str, int, int]:
        return self.link, self.sender, self.number, self.reference, self.total


def is_receipt_kind(pdu: DeliverSm) -> bool:
    """Whether a PDU says that it is a receipt, even one that can't be read."""
    return pdu.esm_class & c.ESM_CLASS_TYPE_MASK in _RECEIPT_KINDS


def number_key(written: str) -> str:
    """A number or short code in the one form in which it is compared: digits alone where it is a number."""
    compact = written.translate(_FILLING)
    return (normalise(written) or compact.removeprefix("00") or written.strip())[:MOST_NUMBER]


def read(pdu: DeliverSm, link: str, now: datetime) -> Incoming | IncomingPart:
    """The message in a deliver_sm, or the part of one. What can't be read is kept as it came, never refused."""
    try:
        concatenation, content = read_part(pdu.short_message, pdu.esm_class, pdu.tlvs)
    except ValueError:
        concatenation, content = None, pdu.short_message
    number, sender = number_key(pdu.destination_addr), number_key(pdu.source_addr)
    if concatenation is not None and concatenation.total > 1:
        return _part(concatenation, content, pdu, (link, number, sender), now)
    octets = pdu.short_message or pdu.tlvs.get(c.TLV_MESSAGE_PAYLOAD, b"")
    reference = pdu.tlvs.get(c.TLV_USER_MESSAGE_REFERENCE, b"")
    return Incoming(
        id=str(uuid7(now)),
        link=link,
        number=number,
        sender=sender,
        text=text_of(pdu.data_coding, content),
        octets=octets,
        data_coding=pdu.data_coding,
        esm_class=pdu.esm_class & c.ESM_CLASS_UDHI,
        parts=1,
        parts_total=1,
        fingerprint=_fingerprint(link, number, sender, pdu.data_coding, octets, reference),
        received_at=now,
        referenced=bool(reference),
    )


def _part(
    concatenation: Concatenation, content: bytes, pdu: DeliverSm, place: tuple[str, str, str], now: datetime
) -> IncomingPart:
    link, number, sender = place
    return IncomingPart(
        id=str(uuid7(now)),
        link=link,
        number=number,
        sender=sender,
        # An SMSC may write the SAR number in more octets than its sixteen bits.
        reference=concatenation.reference & 0xFFFF,
        total=concatenation.total,
        sequence=concatenation.sequence,
        octets=content,
        data_coding=pdu.data_coding,
        received_at=now,
    )


def text_of(data_coding: int, octets: bytes) -> str:
    """The text as far as it can be read, else its octets in hexadecimal digits; PostgreSQL stores no NUL."""
    try:
        text = decode_text(data_coding, octets, strict=False)
    except ValueError:
        text = octets.hex()
    return text.replace("\x00", "\ufffd")


def _fingerprint(link: str, number: str, sender: str, data_coding: int, octets: bytes, reference: bytes) -> bytes:
    named = "\x00".join((link, number, sender, str(data_coding))).encode("utf-8", "replace")
    return hashlib.sha256(b"\x00".join((named, reference.hex().encode(), octets))).digest()[:16]


@dataclass(slots=True, frozen=True)
class Assembled:
    """`message` made of the parts `part_ids`; without message they are repeats of parts that one was made of."""

    message: Incoming | None
    part_ids: tuple[str, ...]
    repeats_of: str | None = None


def assemble(parts: Iterable[IncomingPart], now: datetime) -> list[Assembled]:
    """What can be made of parts of one key, in the order in which they came, those of the last hour included.

    A part whose place is taken by other octets begins a new message: phones use a reference again. What waited too long goes
    on as it is.
    """
    made: list[Assembled] = []
    used: dict[tuple[int, bytes], IncomingPart] = {}
    waiting: dict[int, IncomingPart] = {}
    twice: list[str] = []
    for part in parts:
        if part.incoming_id is not None:
            used[part.sequence, part.octets] = part
            continue
        earlier, old = waiting.get(part.sequence), used.get((part.sequence, part.octets))
        if old is not None and part.received_at - old.received_at <= PART_REPEAT_WITHIN:
            made.append(Assembled(None, (part.id,), old.incoming_id))
            continue
        if earlier is not None and earlier.octets == part.octets:
            twice.append(part.id)
            continue
        if earlier is not None:
            made.append(_joined(waiting, twice))
            waiting, twice = {}, []
        waiting[part.sequence] = part
        if len(waiting) == part.total:
            made.append(_joined(waiting, twice))
            for one in waiting.values():
                used[one.sequence, one.octets] = replace(one, incoming_id=_id_of(made[-1]))
            waiting, twice = {}, []
    if waiting and min(one.received_at for one in waiting.values()) + INCOMPLETE_AFTER <= now:
        made.append(_joined(waiting, twice))
    return made


def _id_of(made: Assembled) -> str | None:
    return made.message.id if made.message else None


def _joined(waiting: dict[int, IncomingPart], twice: Sequence[str]) -> Assembled:
    """Octets are joined before they are decoded: phones cut escape and surrogate pairs."""
    parts = [waiting[sequence] for sequence in sorted(waiting)]
    last = max(parts, key=attrgetter("id"))
    octets = b"".join(one.octets for one in parts)
    message = Incoming(
        # The last part's place in the order of all that came.
        id=last.id,
        link=last.link,
        number=last.number,
        sender=last.sender,
        text=text_of(parts[0].data_coding, octets),
        octets=octets,
        data_coding=parts[0].data_coding,
        esm_class=0,
        parts=len(parts),
        parts_total=last.total,
        # The parts themselves tell repeats; two messages of the same words are two.
        fingerprint=UUID(last.id).bytes,
        received_at=last.received_at,
    )
    return Assembled(message, (*(one.id for one in parts), *twice))


def keyword_of(text: str) -> str:
    """The first word, in the form in which keywords are compared; empty where there is none."""
    found = _WORD.search(text)
    return folded(found[0])[:MOST_KEYWORD] if found else ""


def folded(word: str) -> str:
    return word.casefold().replace("ё", "е")


def without_first_word(text: str) -> str:
    found = _WORD.search(text)
    return text[found.end() :] if found else text
