"""What each PDU carries in which order (SMPP 3.4, chapter 4), and the table-driven codec over that.

It serves every PDU. `pdu.py` puts shorter ways in front of it for the few that make up the traffic, and comes back
here when one of those fails, so that the exact error is found in one place only.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu_types as t
from services.smpp_gateway.pdu_lists import (
    BodyError,
    read_destinations,
    read_unsuccess,
    write_destinations,
    write_unsuccess,
)
from services.smpp_gateway.tlv import NO_TLVS, pack_tlvs, parse_tlvs

HEADER = struct.Struct(">LLLL")
HEADER_BYTES = HEADER.size
MAX_SHORT_MESSAGE_BYTES = 254

# In place of a size: an integer of one octet; octets that follow their length; the lists of submit_multi.
INTEGER, OCTETS, DESTINATIONS, UNSUCCESS = 1, 0, -1, -2


@dataclass(frozen=True, slots=True)
class Field:
    """`size` in octets counts the NUL. `status` answers a fault in this field."""

    name: str
    size: int
    status: int = c.ESME_RINVMSGLEN
    ascii_only: bool = False
    is_time: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """`optional_body`: a response that may be a header alone (with an error status, or always)."""

    cls: type[Any]
    fields: tuple[Field, ...] = ()
    has_status: bool = False
    has_tlvs: bool = False
    has_command_id: bool = False
    body_on_success: bool = True


def _integers(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name, INTEGER) for name in names)


_SERVICE_TYPE = Field("service_type", 6, c.ESME_RINVSERTYP)
_SYSTEM_ID = Field("system_id", 16, c.ESME_RINVSYSID)
_PASSWORD = Field("password", 9, c.ESME_RINVPASWD)
_MESSAGE_ID = Field("message_id", 65, c.ESME_RINVMSGID)
_SHORT_MESSAGE = Field("short_message", OCTETS)
_TIMES = (
    Field("schedule_delivery_time", 17, c.ESME_RINVSCHED, is_time=True),
    Field("validity_period", 17, c.ESME_RINVEXPIRY, is_time=True),
)


def _source(size: int = 21) -> tuple[Field, ...]:
    address = Field("source_addr", size, c.ESME_RINVSRCADR)
    return (*_integers("source_addr_ton", "source_addr_npi"), address)


def _destination(size: int = 21) -> tuple[Field, ...]:
    address = Field("destination_addr", size, c.ESME_RINVDSTADR, ascii_only=True)
    return (*_integers("dest_addr_ton", "dest_addr_npi"), address)


_AFTER_ADDRESSES = (
    *_integers("esm_class", "protocol_id", "priority_flag"),
    *_TIMES,
    *_integers("registered_delivery", "replace_if_present_flag", "data_coding", "sm_default_msg_id"),
    _SHORT_MESSAGE,
)
_MESSAGE = (_SERVICE_TYPE, *_source(), *_destination(), *_AFTER_ADDRESSES)
_BIND = Layout(
    t.Bind,
    (
        _SYSTEM_ID,
        _PASSWORD,
        Field("system_type", 13, c.ESME_RINVSYSTYP),
        *_integers("interface_version", "addr_ton", "addr_npi"),
        Field("address_range", 41, c.ESME_RINVPARLEN),
    ),
    has_command_id=True,
)
_BIND_RESP = Layout(t.BindResp, (_SYSTEM_ID,), has_status=True, has_tlvs=True, has_command_id=True)

LAYOUTS: dict[int, Layout] = {
    c.BIND_RECEIVER: _BIND,
    c.BIND_TRANSMITTER: _BIND,
    c.BIND_TRANSCEIVER: _BIND,
    c.BIND_RECEIVER_RESP: _BIND_RESP,
    c.BIND_TRANSMITTER_RESP: _BIND_RESP,
    c.BIND_TRANSCEIVER_RESP: _BIND_RESP,
    c.OUTBIND: Layout(t.Outbind, (_SYSTEM_ID, _PASSWORD)),
    c.SUBMIT_SM: Layout(t.SubmitSm, _MESSAGE, has_tlvs=True),
    c.SUBMIT_SM_RESP: Layout(t.SubmitSmResp, (_MESSAGE_ID,), has_status=True, has_tlvs=True),
    c.DELIVER_SM: Layout(t.DeliverSm, _MESSAGE, has_tlvs=True),
    # Its message_id is unused, and many peers answer with a bare header.
    c.DELIVER_SM_RESP: Layout(t.DeliverSmResp, (_MESSAGE_ID,), True, has_tlvs=True, body_on_success=False),
    c.DATA_SM: Layout(
        t.DataSm,
        (_SERVICE_TYPE, *_source(65), *_destination(65), *_integers("esm_class", "registered_delivery", "data_coding")),
        has_tlvs=True,
    ),
    c.DATA_SM_RESP: Layout(t.DataSmResp, (_MESSAGE_ID,), has_status=True, has_tlvs=True),
    c.SUBMIT_MULTI: Layout(
        t.SubmitMulti,
        (_SERVICE_TYPE, *_source(), Field("destinations", DESTINATIONS), *_AFTER_ADDRESSES),
        has_tlvs=True,
    ),
    c.SUBMIT_MULTI_RESP: Layout(t.SubmitMultiResp, (_MESSAGE_ID, Field("unsuccess", UNSUCCESS)), has_status=True),
    c.QUERY_SM: Layout(t.QuerySm, (_MESSAGE_ID, *_source())),
    c.QUERY_SM_RESP: Layout(
        t.QuerySmResp,
        (_MESSAGE_ID, Field("final_date", 17, c.ESME_RINVPARLEN), *_integers("message_state", "error_code")),
        has_status=True,
    ),
    c.CANCEL_SM: Layout(t.CancelSm, (_SERVICE_TYPE, _MESSAGE_ID, *_source(), *_destination())),
    c.CANCEL_SM_RESP: Layout(t.CancelSmResp, has_status=True),
    c.REPLACE_SM: Layout(
        t.ReplaceSm,
        (_MESSAGE_ID, *_source(), *_TIMES, *_integers("registered_delivery", "sm_default_msg_id"), _SHORT_MESSAGE),
    ),
    c.REPLACE_SM_RESP: Layout(t.ReplaceSmResp, has_status=True),
    c.ENQUIRE_LINK: Layout(t.EnquireLink),
    c.ENQUIRE_LINK_RESP: Layout(t.EnquireLinkResp, has_status=True),
    c.UNBIND: Layout(t.Unbind),
    c.UNBIND_RESP: Layout(t.UnbindResp, has_status=True),
    c.GENERIC_NACK: Layout(t.GenericNack, has_status=True),
}


def is_time(text: str) -> bool:
    """True for the empty string and for YYMMDDhhmmsstnnp (SMPP 3.4, 7.1.1)."""
    return not text or (len(text) == 16 and text.isascii() and text[:15].isdigit() and text[15] in "+-R")


def check_both_texts(command_id: int, short_message: bytes, tlvs: Any) -> None:
    """Refuse a submission with two texts: nobody can know which one was meant (SMPP 3.4, 5.3.2.32)."""
    if short_message and command_id in (c.SUBMIT_SM, c.SUBMIT_MULTI) and c.TLV_MESSAGE_PAYLOAD in tlvs:
        raise BodyError(c.ESME_ROPTPARNOTALLWD, "short_message and message_payload exclude each other")


def decode_body(layout: Layout, frame: bytes, command_id: int, command_status: int, sequence_number: int) -> t.Pdu:
    """Return the PDU. Raises BodyError."""
    values: list[Any] = [command_id, sequence_number] if layout.has_command_id else [sequence_number]
    if layout.has_status:
        values.append(command_status)
    position = HEADER_BYTES
    if len(frame) > position or not _body_may_lack(layout, command_status):
        for field in layout.fields:
            value, position = _read(field, frame, position, command_id)
            values.append(value)
        if layout.has_tlvs:
            values.append(_read_tlvs(frame, position))
            check_both_texts(command_id, values[-2], values[-1])
        elif position != len(frame):
            raise BodyError(c.ESME_RINVCMDLEN, f"{len(frame) - position} octets follow the last field")
    pdu: t.Pdu = layout.cls(*values)
    return pdu


def encode_body(layout: Layout, pdu: Any) -> bytes:
    """Return the octets after the header. Raises BodyError for what decode_body would refuse."""
    if layout.has_status and _body_may_lack(layout, pdu.command_status) and _is_bare(layout, pdu):
        return b""
    pieces = [_write(field, getattr(pdu, field.name), pdu.command_id) for field in layout.fields]
    if layout.has_tlvs and pdu.tlvs:
        check_both_texts(pdu.command_id, getattr(pdu, "short_message", b""), pdu.tlvs)
        pieces.append(pack_tlvs(pdu.tlvs))
    return b"".join(pieces)


def _body_may_lack(layout: Layout, command_status: int) -> bool:
    return layout.has_status and (command_status != c.ESME_ROK or not layout.body_on_success)


def _is_bare(layout: Layout, pdu: Any) -> bool:
    if pdu.command_status == c.ESME_ROK:
        return False
    return not any(getattr(pdu, field.name) for field in layout.fields) and not (layout.has_tlvs and pdu.tlvs)


def _read(field: Field, frame: bytes, position: int, command_id: int) -> tuple[Any, int]:
    if field.size <= OCTETS:
        return _READERS[field.size](frame, position)
    if field.size == INTEGER:
        if position >= len(frame):
            raise BodyError(field.status, f"the body ends before {field.name}")
        return frame[position], position + 1
    end = frame.find(b"\0", position, position + field.size)
    if end < 0:
        raise BodyError(field.status, f"{field.name} is not closed by a NUL within {field.size} octets")
    text = frame[position:end].decode("latin-1")
    _check_text(field, text, command_id)
    return text, end + 1


def _read_octets(frame: bytes, position: int) -> tuple[bytes, int]:
    if position >= len(frame):
        raise BodyError(c.ESME_RINVMSGLEN, "the body ends before sm_length")
    length = frame[position]
    end = position + 1 + length
    if length > MAX_SHORT_MESSAGE_BYTES or end > len(frame):
        raise BodyError(c.ESME_RINVMSGLEN, f"sm_length is {length}, {len(frame) - position - 1} octets follow")
    return frame[position + 1 : end], end


_READERS: dict[int, Callable[[bytes, int], tuple[Any, int]]] = {
    OCTETS: _read_octets,
    DESTINATIONS: read_destinations,
    UNSUCCESS: read_unsuccess,
}


def _read_tlvs(frame: bytes, position: int) -> Any:
    if position == len(frame):
        return NO_TLVS
    try:
        return parse_tlvs(frame, position)
    except ValueError as error:
        raise BodyError(c.ESME_RINVOPTPARSTREAM, str(error)) from None


def _write(field: Field, value: Any, command_id: int) -> bytes:
    if field.size < OCTETS:
        return write_destinations(value) if field.size == DESTINATIONS else write_unsuccess(value)
    if field.size == OCTETS:
        if len(value) > MAX_SHORT_MESSAGE_BYTES:
            raise BodyError(field.status, f"{field.name} has {len(value)} octets, {MAX_SHORT_MESSAGE_BYTES} fit")
        return bytes((len(value),)) + value
    if field.size == INTEGER:
        if not 0 <= value <= 0xFF:
            raise BodyError(field.status, f"{field.name} is {value}, an octet holds 0 to 255")
        return bytes((value,))
    if len(value) >= field.size or "\0" in value:
        raise BodyError(field.status, f"{field.name} takes {field.size - 1} characters without NUL")
    _check_text(field, value, command_id)
    try:
        return bytes(value, "latin-1") + b"\0"
    except UnicodeEncodeError:
        raise BodyError(field.status, f"{field.name} has characters beyond Latin-1") from None


def _check_text(field: Field, text: str, command_id: int) -> None:
    if field.ascii_only and not text.isascii():
        raise BodyError(field.status, f"{field.name} has characters that are not ASCII")
    # In deliver_sm the times mean nothing, and a receipt must not be lost over them.
    if field.is_time and command_id != c.DELIVER_SM and not is_time(text):
        raise BodyError(field.status, f"{field.name} is neither empty nor YYMMDDhhmmsstnnp")
