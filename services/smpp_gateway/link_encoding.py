"""How a text travels over one link: in which alphabet, and in which way when it is long. Pure.

What was priced is `segment`'s count of parts. An SMSC never gets more than that: where the alphabet of the link would
need more parts, another that the SMSC understands is taken, and where there is none the text is refused.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from services.smpp_gateway import constants as c
from services.smpp_gateway.gsm0338 import ESCAPE, decode_gsm, encode_gsm
from services.smpp_gateway.gsm_packing import fill_bits, pack
from services.smpp_gateway.link_settings import Alphabet, LongMessages
from services.smpp_gateway.segments import GSM, UCS2, Capacity, cut_gsm, cut_plain, cut_ucs2, encode_ucs2, header
from services.smpp_gateway.tlv import NO_TLVS

_MOST_OCTETS = 140
_HEADER_OCTETS: dict[str, int] = {"udh_8": 6, "udh_16": 7, "sar": 0, "payload": 0}


@dataclass(frozen=True, slots=True)
class Coding:
    """One alphabet as an SMSC understands it. `encode` raises ValueError; `capacity` counts what it returns."""

    data_coding: int
    encode: Callable[[str], bytes]
    cut: Callable[[bytes, int], list[bytes]]
    capacity: Capacity
    packed: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What the PDUs of a text have in common with those of every other message of that text: all but the reference."""

    data_coding: int
    way: LongMessages
    pieces: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """What goes into one submit_sm."""

    short_message: bytes
    esm_class: int = 0
    tlvs: Mapping[int, bytes] = NO_TLVS


def _encode_latin_1(text: str) -> bytes:
    return text.encode("latin-1")


_GSM = Coding(c.DATA_CODING_GSM, encode_gsm, cut_gsm, GSM)
_UCS2 = Coding(c.DATA_CODING_UCS2, encode_ucs2, cut_ucs2, UCS2)
# The alphabet that a message class names (3GPP TS 23.038, 4) does not depend on the default one of the SMSC; class 1 is
# what a handset does with a message without a class.
_GSM_OF_CLASS_1 = replace(_GSM, data_coding=c.DATA_CODING_GSM_CLASS_1)
_GSM_PACKED = replace(_GSM, packed=True)
_LATIN_1 = Coding(c.DATA_CODING_GSM, _encode_latin_1, cut_plain, UCS2)

_CODINGS: dict[Alphabet, tuple[Coding, ...]] = {
    "gsm": (_GSM, _UCS2),
    "gsm_packed": (_GSM_PACKED, _UCS2),
    "latin_1": (_LATIN_1, _UCS2, _GSM_OF_CLASS_1),
    "ucs2": (_UCS2,),
}


def plan(text: str, alphabet: Alphabet, way: LongMessages, priced: int) -> Plan:
    """The first encoding of the link that makes at most `priced` parts. Raises ValueError where none does."""
    ways: tuple[LongMessages, ...] = (way, "udh_8") if way == "udh_16" else (way,)
    fewest = 0
    for coding in _CODINGS[alphabet]:
        try:
            octets = coding.encode(text)
        except ValueError:
            if coding is _UCS2:
                raise
            continue
        for one in ways:
            pieces = _pieces(octets, coding, one)
            if len(pieces) <= priced:
                return _planned(octets, pieces, coding, one)
            fewest = min(fewest or len(pieces), len(pieces))
    raise ValueError(f"the text makes {fewest} parts in the alphabet of the link, {priced} were priced")


def parts(plan: Plan, reference: int) -> list[Part]:
    """The submit_sm of a message; `reference` must differ from that of others on their way to the handset."""
    if plan.way == "payload":
        return [Part(b"", 0, {c.TLV_MESSAGE_PAYLOAD: plan.pieces[0]})]
    total = len(plan.pieces)
    if total == 1:
        return [Part(plan.pieces[0])]
    if plan.way == "sar":
        return [Part(piece, 0, _sar(reference, total, number)) for number, piece in enumerate(plan.pieces, start=1)]
    start = header(reference, total, plan.way == "udh_16")
    return [
        Part(start + bytes((number,)) + piece, c.ESM_CLASS_UDHI) for number, piece in enumerate(plan.pieces, start=1)
    ]


def recode(raw: bytes, data_coding: int, has_header: bool, alphabet: Alphabet) -> tuple[bytes, int]:
    """Octets that a client encoded, and their data_coding, as this link wants them.

    To clients data_coding 0 is always the GSM alphabet, a septet in an octet. Where it is another to the SMSC the text is
    written in that one, or keeps its octets and names its alphabet.
    """
    if data_coding != c.DATA_CODING_GSM or alphabet == "gsm":
        return raw, data_coding
    size = raw[0] + 1 if has_header and raw else 0
    start, septets = raw[:size], raw[size:]
    if alphabet == "gsm_packed":
        return start + pack(septets, fill_bits(size)), data_coding
    # A pair that the client cut between two parts can't be read here.
    if not septets.endswith(bytes((ESCAPE,))):
        for coding in _CODINGS[alphabet]:
            octets = _try(coding, decode_gsm(septets))
            if octets is not None and coding.capacity is not GSM and size + len(octets) <= _MOST_OCTETS:
                return start + octets, coding.data_coding
    return raw, c.DATA_CODING_GSM_CLASS_1


def _try(coding: Coding, text: str) -> bytes | None:
    try:
        return coding.encode(text)
    except ValueError:
        return None


def _pieces(octets: bytes, coding: Coding, way: LongMessages) -> list[bytes]:
    """For SAR and message_payload the SMSC writes the headers, so that there too this is what each part can hold."""
    if len(octets) <= coding.capacity.alone:
        return [octets]
    return coding.cut(octets, coding.capacity.beside_16 if way == "udh_16" else coding.capacity.beside_8)


def _planned(octets: bytes, pieces: list[bytes], coding: Coding, way: LongMessages) -> Plan:
    whole = len(pieces) == 1
    if way == "payload" and not whole:
        return Plan(coding.data_coding, way, (pack(octets) if coding.packed else octets,))
    if coding.packed:
        fill = 0 if whole else fill_bits(_HEADER_OCTETS[way])
        pieces = [pack(piece, fill) for piece in pieces]
    # A text of one part goes in the same way whatever is set for long ones.
    return Plan(coding.data_coding, "udh_8" if whole else way, tuple(pieces))


def _sar(reference: int, total: int, number: int) -> dict[int, bytes]:
    """SMPP 3.4, 5.3.2.22 to 5.3.2.24."""
    return {
        c.TLV_SAR_MSG_REF_NUM: (reference & 0xFFFF).to_bytes(2, "big"),
        c.TLV_SAR_TOTAL_SEGMENTS: bytes((total,)),
        c.TLV_SAR_SEGMENT_SEQNUM: bytes((number,)),
    }
