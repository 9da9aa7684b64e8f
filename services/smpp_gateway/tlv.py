"""The optional part of a PDU: tag, length, value (SMPP 3.4, 5.3). Tags nobody knows are kept and do no harm."""

import struct
from collections.abc import Mapping
from typing import NoReturn


class _NoTlvs(dict[int, bytes]):
    """The empty mapping that all PDUs without TLVs share: hashable, so that it can be a default, and read-only."""

    __slots__ = ()
    __hash__ = object.__hash__  # type: ignore[assignment]

    def __setitem__(self, tag: int, value: bytes) -> NoReturn:
        raise TypeError("this mapping is shared by every PDU without TLVs; give the PDU a dict of its own")

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("this mapping is shared by every PDU without TLVs; give the PDU a dict of its own")

    update = setdefault = __ior__ = _refuse  # type: ignore[assignment]


NO_TLVS: Mapping[int, bytes] = _NoTlvs()

_HEADER = struct.Struct(">HH")
_unpack_header = _HEADER.unpack_from
_pack_header = _HEADER.pack


def parse_tlvs(frame: bytes, position: int) -> Mapping[int, bytes]:
    """Return tag -> value from `position` to the end of `frame`; of a repeated tag the last one stays.

    Raises ValueError when a header or a value is cut short.
    """
    tlvs: dict[int, bytes] = {}
    size = len(frame)
    while position < size:
        if position + 4 > size:
            raise ValueError("the optional part ends inside a TLV header")
        tag, length = _unpack_header(frame, position)
        position += 4 + length
        if position > size:
            raise ValueError(f"TLV 0x{tag:04X} announces {length} octets and has fewer")
        tlvs[tag] = frame[position - length : position]
    return tlvs or NO_TLVS


def pack_tlvs(tlvs: Mapping[int, bytes]) -> bytes:
    """Return the octets of the optional part. Raises ValueError for a tag or a length beyond 16 bits."""
    try:
        return b"".join([_pack_header(tag, len(value)) + value for tag, value in tlvs.items()])
    except struct.error:
        raise ValueError("a TLV tag and the length of its value must each fit 16 bits") from None


def tlv_integer(tlvs: Mapping[int, bytes], tag: int) -> int | None:
    """Return an unsigned integer TLV of whatever width the peer chose, None when absent or empty."""
    value = tlvs.get(tag)
    return int.from_bytes(value, "big") if value else None


def tlv_text(tlvs: Mapping[int, bytes], tag: int) -> str | None:
    """Return a C-octet-string TLV up to its NUL; peers that leave the NUL out are understood. None when absent."""
    value = tlvs.get(tag)
    return None if value is None else value.split(b"\0", 1)[0].decode("latin-1")
