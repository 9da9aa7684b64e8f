"""One text, the parts it travels in (3GPP TS 23.040, 9.2.3.24), and the way back for parts that clients send.

A part carries 160 septets or 70 UTF-16 units alone, and 153 or 67 beside the concatenation header, 152 or 66 when
the header has a 16-bit reference.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from services.smpp_gateway import constants as c
from services.smpp_gateway.gsm0338 import ESCAPE, decode_gsm, encode_gsm, gsm_length, is_gsm
from services.smpp_gateway.tlv import tlv_integer

MAX_PARTS = 10
# total and sequence are one octet each.
MAX_PARTS_OF_PROTOCOL = 255
ENCODING_GSM, ENCODING_UCS2 = "gsm", "ucs2"

_IE_CONCATENATED_8, _IE_CONCATENATED_16 = 0x00, 0x08
_REPLACEMENT = "\ufffd"
# Octets that are letters and the escape in the GSM alphabet, and in ASCII control characters that no message has. Clients
# that call their GSM text ASCII (data_coding 1) give themselves away by them.
_only_gsm_has = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]").search


@dataclass(frozen=True, slots=True)
class Capacity:
    """Octets of user data in a lone part, beside an 8-bit reference and beside a 16-bit one."""

    alone: int
    beside_8: int
    beside_16: int


# GSM septets travel one in an octet (data_coding 0), so octets count septets here.
GSM = Capacity(160, 153, 152)
UCS2 = Capacity(140, 134, 132)


class TextTooLong(ValueError):
    """The text needs more parts than are allowed."""

    def __init__(self, parts: int, max_parts: int) -> None:
        super().__init__(f"the text needs {parts} parts, {max_parts} are allowed; shorten it")
        self.parts = parts
        self.max_parts = max_parts


@dataclass(frozen=True, slots=True)
class Segments:
    """`parts` are ready for short_message, header included; `encoding` is "gsm" or "ucs2"."""

    data_coding: int
    esm_class: int
    parts: tuple[bytes, ...]
    encoding: str


class Concatenation(NamedTuple):
    """Which part of which message; `sequence` counts from 1 to `total`."""

    reference: int
    total: int
    sequence: int


def segment(text: str, reference: int, max_parts: int = MAX_PARTS, wide_reference: bool = False) -> Segments:
    """Cut `text` into parts; an escape pair or a surrogate pair is never cut in two.

    `reference` (its low 8 bits, or 16 with `wide_reference`) must differ between messages that are on their way to
    one handset at one time. Raises TextTooLong, and ValueError for a text that holds half a surrogate pair.
    """
    octets, data_coding, encoding, capacity = _encode(text)
    if len(octets) <= capacity.alone:
        return Segments(data_coding, 0, (octets,), encoding)
    pieces = _CUTS[encoding](octets, capacity.beside_16 if wide_reference else capacity.beside_8)
    _check_count(len(pieces), max_parts)
    start = header(reference, len(pieces), wide_reference)
    parts = tuple(start + bytes((sequence,)) + piece for sequence, piece in enumerate(pieces, start=1))
    return Segments(data_coding, c.ESM_CLASS_UDHI, parts, encoding)


def count_parts(text: str, max_parts: int = MAX_PARTS) -> int:
    """Return len(segment(text, …).parts) without building them. Raises as `segment` does."""
    if is_gsm(text):
        length, simple, capacity = gsm_length(text), len(text), GSM
    else:
        length, simple, capacity = len(encode_ucs2(text)), 2 * len(text), UCS2
    if length <= capacity.alone:
        return 1
    if length == simple:
        count = -(-length // capacity.beside_8)
    else:
        octets, _, encoding, _ = _encode(text)
        count = len(_CUTS[encoding](octets, capacity.beside_8))
    _check_count(count, max_parts)
    return count


def parse_udh(short_message: bytes, esm_class: int) -> tuple[Concatenation | None, bytes]:
    """Split the user data header off: (its concatenation if it has one, the rest of the octets).

    Raises ValueError for a header that is longer than the message or whose elements do not fill it.
    """
    if not esm_class & c.ESM_CLASS_UDHI:
        return None, short_message
    if not short_message or short_message[0] >= len(short_message):
        raise ValueError("the user data header is longer than the message")
    end = short_message[0] + 1
    concatenation, position = None, 1
    while position < end:
        if position + 2 > end or position + 2 + short_message[position + 1] > end:
            raise ValueError("the user data header ends inside an element")
        start = position + 2
        value = short_message[start : start + short_message[position + 1]]
        # A repeated or faulty element does not count: 3GPP TS 23.040 takes the last good one.
        concatenation = _read_element(short_message[position], value) or concatenation
        position = start + len(value)
    return concatenation, short_message[end:]


def read_part(short_message: bytes, esm_class: int, tlvs: Mapping[int, bytes]) -> tuple[Concatenation | None, bytes]:
    """Return the concatenation and the user data of a PDU, from a header, SAR TLVs or message_payload.

    A header goes before SAR TLVs. Raises ValueError as `parse_udh` does.
    """
    octets = short_message or tlvs.get(c.TLV_MESSAGE_PAYLOAD, b"")
    concatenation, payload = parse_udh(octets, esm_class)
    return concatenation or _read_sar(tlvs), payload


def join_parts(parts: Iterable[tuple[Concatenation, bytes]]) -> bytes | None:
    """Return the user data of the whole message, None while a part is missing; a repeated part counts once.

    Octets are joined before they are decoded because clients do cut escape and surrogate pairs. Raises ValueError
    when the parts are not of one message.
    """
    found: dict[int, bytes] = {}
    whole: tuple[int, int] | None = None
    for concatenation, payload in parts:
        if whole not in (None, concatenation[:2]):
            raise ValueError("the parts belong to different messages")
        whole = concatenation[:2]
        found.setdefault(concatenation.sequence, payload)
    if whole is None or len(found) < whole[1]:
        return None
    return b"".join(found[sequence] for sequence in sorted(found))


def decode_text(data_coding: int, payload: bytes, strict: bool = True) -> str:
    """Return the text of a whole message; 8-bit data become a string of hexadecimal digits.

    Raises ValueError for a data_coding without a known alphabet and, when `strict`, for octets that are no text in
    theirs; otherwise such octets show as U+FFFD.
    """
    codec = _CODECS.get(data_coding)
    if codec == "ascii" and _only_gsm_has(payload):
        codec = ENCODING_GSM
    if codec is None:
        raise ValueError(f"data_coding {data_coding} has no alphabet this gateway knows")
    if codec == "hex":
        return payload.hex()
    if codec == ENCODING_GSM:
        text = decode_gsm(payload)
        if strict and _REPLACEMENT in text:
            raise ValueError("octets above 0x7F are not in the GSM 03.38 alphabet")
        return text
    return payload.decode(codec, "strict" if strict else "replace")


# SMPP 3.4, 5.2.19. 2 is 8-bit data there, but clients of this market were told to send UCS-2 as 2.
_CODECS = {
    c.DATA_CODING_GSM: ENCODING_GSM,
    c.DATA_CODING_ASCII: "ascii",
    c.DATA_CODING_BINARY: "utf-16-be",
    c.DATA_CODING_LATIN_1: "latin-1",
    c.DATA_CODING_BINARY_2: "hex",
    0x06: "iso8859-5",
    0x07: "iso8859-8",
    c.DATA_CODING_UCS2: "utf-16-be",
}
# The same alphabets with a message class (3GPP TS 23.038, 4), which is how a flash message is asked for.
_CODECS |= dict.fromkeys(range(0x10, 0x14), ENCODING_GSM) | dict.fromkeys(range(0xF0, 0xF4), ENCODING_GSM)
_CODECS |= dict.fromkeys(range(0x14, 0x18), "hex") | dict.fromkeys(range(0xF4, 0xF8), "hex")
_CODECS |= dict.fromkeys(range(0x18, 0x1C), "utf-16-be")


def _encode(text: str) -> tuple[bytes, int, str, Capacity]:
    if is_gsm(text):
        return encode_gsm(text), c.DATA_CODING_GSM, ENCODING_GSM, GSM
    return encode_ucs2(text), c.DATA_CODING_UCS2, ENCODING_UCS2, UCS2


def encode_ucs2(text: str) -> bytes:
    try:
        return text.encode("utf-16-be")
    except UnicodeEncodeError:
        raise ValueError("the text holds half of a surrogate pair, which is no character") from None


def cut_gsm(octets: bytes, size: int) -> list[bytes]:
    """Pieces of at most `size` septets; an escape stays with what it escapes."""
    return _cut(octets, size, lambda end: octets[end - 1] == ESCAPE)


def cut_ucs2(octets: bytes, size: int) -> list[bytes]:
    """Pieces of at most `size` octets of UTF-16; a surrogate pair stays whole."""
    return _cut(octets, size, lambda end: 2 * (0xD8 <= octets[end - 2] <= 0xDB))


def cut_plain(octets: bytes, size: int) -> list[bytes]:
    """Pieces of `size` octets, each of which is a character."""
    return _cut(octets, size, lambda end: 0)


def _cut(octets: bytes, size: int, too_far: Callable[[int], int]) -> list[bytes]:
    """`too_far`: how many octets before a cut belong behind it."""
    pieces, position = [], 0
    while position < len(octets):
        end = position + size
        if end < len(octets):
            end -= too_far(end)
        pieces.append(octets[position:end])
        position = end
    return pieces


_CUTS = {ENCODING_GSM: cut_gsm, ENCODING_UCS2: cut_ucs2}


def _check_count(count: int, max_parts: int) -> None:
    allowed = min(max_parts, MAX_PARTS_OF_PROTOCOL)
    if count > allowed:
        raise TextTooLong(count, allowed)


def header(reference: int, total: int, wide_reference: bool) -> bytes:
    """A concatenation header (3GPP TS 23.040, 9.2.3.24.1 and .8) but for its last octet, the number of the part."""
    if wide_reference:
        return b"\x06\x08\x04" + (reference & 0xFFFF).to_bytes(2, "big") + bytes((total,))
    return b"\x05\x00\x03" + bytes((reference & 0xFF, total))


def _read_element(identifier: int, value: bytes) -> Concatenation | None:
    widths = {_IE_CONCATENATED_8: 1, _IE_CONCATENATED_16: 2}
    width = widths.get(identifier)
    if width is None or len(value) != width + 2:
        return None
    return _legal(Concatenation(int.from_bytes(value[:width], "big"), value[-2], value[-1]))


def _read_sar(tlvs: Mapping[int, bytes]) -> Concatenation | None:
    numbers = [
        tlv_integer(tlvs, tag) for tag in (c.TLV_SAR_MSG_REF_NUM, c.TLV_SAR_TOTAL_SEGMENTS, c.TLV_SAR_SEGMENT_SEQNUM)
    ]
    reference, total, sequence = numbers
    if reference is None or total is None or sequence is None:
        return None
    return _legal(Concatenation(reference, total, sequence))


def _legal(concatenation: Concatenation) -> Concatenation | None:
    return concatenation if 1 <= concatenation.sequence <= concatenation.total <= MAX_PARTS_OF_PROTOCOL else None
