"""SMPP 3.4 PDUs to octets and back: strict, pure, and quick for the PDUs that make up the traffic.

`decode` never guesses: it gives a PDU or raises PduError. `encode` raises ValueError for whatever `decode` would
refuse, so nothing is ever cut silently.
"""

import struct
from collections.abc import Callable
from typing import Any

from services.smpp_gateway import constants as c
from services.smpp_gateway.pdu_layout import (
    HEADER,
    HEADER_BYTES,
    LAYOUTS,
    MAX_SHORT_MESSAGE_BYTES,
    BodyError,
    check_both_texts,
    decode_body,
    encode_body,
    is_time,
)
from services.smpp_gateway.pdu_types import (
    Bind,
    BindResp,
    CancelSm,
    CancelSmResp,
    DataSm,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    DistributionList,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    Outbind,
    Pdu,
    PduError,
    QuerySm,
    QuerySmResp,
    ReplaceSm,
    ReplaceSmResp,
    SmeAddress,
    SubmitMulti,
    SubmitMultiResp,
    SubmitSm,
    SubmitSmResp,
    Unbind,
    UnbindResp,
    UnsuccessSme,
)
from services.smpp_gateway.tlv import NO_TLVS, pack_tlvs, parse_tlvs

__all__ = [
    "NO_TLVS",
    "Bind",
    "BindResp",
    "CancelSm",
    "CancelSmResp",
    "DataSm",
    "DataSmResp",
    "DeliverSm",
    "DeliverSmResp",
    "DistributionList",
    "EnquireLink",
    "EnquireLinkResp",
    "GenericNack",
    "Outbind",
    "Pdu",
    "PduError",
    "QuerySm",
    "QuerySmResp",
    "ReplaceSm",
    "ReplaceSmResp",
    "SmeAddress",
    "SubmitMulti",
    "SubmitMultiResp",
    "SubmitSm",
    "SubmitSmResp",
    "Unbind",
    "UnbindResp",
    "UnsuccessSme",
    "decode",
    "encode",
]

_unpack_header = HEADER.unpack_from
_pack_header = HEADER.pack


def decode(frame: bytes) -> Pdu:
    """Return the PDU that fills `frame` exactly, header included. Raises PduError and nothing else."""
    size = len(frame)
    if size < HEADER_BYTES:
        raise PduError(c.ESME_RINVCMDLEN, 0, 0, f"{size} octets are no header", fatal=True)
    length, command_id, command_status, sequence_number = _unpack_header(frame)
    if length != size:
        reason = f"command_length is {length}, the frame has {size} octets"
        raise PduError(c.ESME_RINVCMDLEN, command_id, sequence_number, reason, fatal=True)
    quick = _QUICK_DECODERS.get(command_id)
    if quick is not None:
        try:
            return quick(frame, command_status, sequence_number)
        except (ValueError, IndexError):
            # The table-driven way below names the field at fault.
            pass
    layout = LAYOUTS.get(command_id)
    if layout is None:
        raise PduError(c.ESME_RINVCMDID, command_id, sequence_number, "the command_id is not known", fatal=False)
    try:
        return decode_body(layout, frame, command_id, command_status, sequence_number)
    except BodyError as error:
        raise PduError(error.status, command_id, sequence_number, error.reason, fatal=False) from None


def encode(pdu: Pdu) -> bytes:
    """Return the frame, header included. Raises ValueError for a value the field cannot hold."""
    command_id = pdu.command_id
    quick = _QUICK_ENCODERS.get(command_id)
    if quick is not None:
        try:
            return quick(pdu)
        except (ValueError, OverflowError, struct.error):
            # As in decode: the table-driven way names the field at fault.
            pass
    try:
        body = encode_body(LAYOUTS[command_id], pdu)
        status = getattr(pdu, "command_status", c.ESME_ROK)
        return _pack_header(HEADER_BYTES + len(body), command_id, status, pdu.sequence_number) + body
    except KeyError:
        raise ValueError(f"command_id 0x{command_id:08X} is not known") from None
    except struct.error as error:
        raise ValueError(f"{type(pdu).__name__}: {error}") from None


def _decode_message(frame: bytes, sequence_number: int, cls: type[Any]) -> Any:
    # Slices of one Latin-1 str cost half of bytes slices decoded one by one; index() gives bound and search in one.
    text = frame.decode("latin-1")
    service_end = text.index("\0", 16, 22)
    source_end = text.index("\0", service_end + 3, service_end + 24)
    destination_end = text.index("\0", source_end + 3, source_end + 24)
    destination_addr = text[source_end + 3 : destination_end]
    schedule_end = text.index("\0", destination_end + 4, destination_end + 21)
    validity_end = text.index("\0", schedule_end + 1, schedule_end + 18)
    schedule_delivery_time = text[destination_end + 4 : schedule_end]
    validity_period = text[schedule_end + 1 : validity_end]
    length = frame[validity_end + 5]
    start = validity_end + 6
    end = start + length
    short_message = frame[start:end]
    if end == len(frame):
        tlvs = NO_TLVS
    else:
        tlvs = parse_tlvs(frame, end)
        check_both_texts(cls.command_id, short_message, tlvs)
    if (
        length > MAX_SHORT_MESSAGE_BYTES
        or len(short_message) != length
        or not destination_addr.isascii()
        or (cls is SubmitSm and not (is_time(schedule_delivery_time) and is_time(validity_period)))
    ):
        raise ValueError
    return cls(
        sequence_number,
        text[16:service_end],
        frame[service_end + 1],
        frame[service_end + 2],
        text[service_end + 3 : source_end],
        frame[source_end + 1],
        frame[source_end + 2],
        destination_addr,
        frame[destination_end + 1],
        frame[destination_end + 2],
        frame[destination_end + 3],
        schedule_delivery_time,
        validity_period,
        frame[validity_end + 1],
        frame[validity_end + 2],
        frame[validity_end + 3],
        frame[validity_end + 4],
        short_message,
        tlvs,
    )


def _decode_submit_sm(frame: bytes, command_status: int, sequence_number: int) -> SubmitSm:
    pdu: SubmitSm = _decode_message(frame, sequence_number, SubmitSm)
    return pdu


def _decode_deliver_sm(frame: bytes, command_status: int, sequence_number: int) -> DeliverSm:
    pdu: DeliverSm = _decode_message(frame, sequence_number, DeliverSm)
    return pdu


def _decode_submit_sm_resp(frame: bytes, command_status: int, sequence_number: int) -> SubmitSmResp:
    if frame.index(0, HEADER_BYTES, HEADER_BYTES + 65) != len(frame) - 1:
        raise ValueError
    return SubmitSmResp(sequence_number, command_status, frame[HEADER_BYTES:-1].decode("latin-1"))


def _decode_deliver_sm_resp(frame: bytes, command_status: int, sequence_number: int) -> DeliverSmResp:
    if frame.index(0, HEADER_BYTES, HEADER_BYTES + 65) != len(frame) - 1:
        raise ValueError
    return DeliverSmResp(sequence_number, command_status, frame[HEADER_BYTES:-1].decode("latin-1"))


def _encode_message(pdu: SubmitSm | DeliverSm) -> bytes:
    service_type, source_addr, destination_addr = (pdu.service_type, pdu.source_addr, pdu.destination_addr)
    schedule, validity, message, tlvs = (pdu.schedule_delivery_time, pdu.validity_period, pdu.short_message, pdu.tlvs)
    if len(service_type) > 5 or len(source_addr) > 20 or len(destination_addr) > 20 or len(message) > 254:
        raise ValueError
    if "\0" in service_type or "\0" in source_addr or "\0" in destination_addr:
        raise ValueError
    if (schedule or validity) and not (is_time(schedule) and is_time(validity)):
        raise ValueError
    body = b"%b\0%c%c%b\0%c%c%b\0%c%c%c%b\0%b\0%c%c%c%c%c%b" % (
        service_type.encode("latin-1"),
        pdu.source_addr_ton,
        pdu.source_addr_npi,
        source_addr.encode("latin-1"),
        pdu.dest_addr_ton,
        pdu.dest_addr_npi,
        destination_addr.encode("ascii"),
        pdu.esm_class,
        pdu.protocol_id,
        pdu.priority_flag,
        schedule.encode("ascii"),
        validity.encode("ascii"),
        pdu.registered_delivery,
        pdu.replace_if_present_flag,
        pdu.data_coding,
        pdu.sm_default_msg_id,
        len(message),
        message,
    )
    if tlvs:
        check_both_texts(pdu.command_id, message, tlvs)
        body += pack_tlvs(tlvs)
    return _pack_header(HEADER_BYTES + len(body), pdu.command_id, c.ESME_ROK, pdu.sequence_number) + body


def _encode_message_resp(pdu: SubmitSmResp | DeliverSmResp) -> bytes:
    message_id = pdu.message_id
    if pdu.tlvs or pdu.command_status or len(message_id) > 64 or "\0" in message_id:
        raise ValueError
    header = _pack_header(HEADER_BYTES + 1 + len(message_id), pdu.command_id, c.ESME_ROK, pdu.sequence_number)
    return header + message_id.encode("latin-1") + b"\0"


_QUICK_DECODERS: dict[int, Callable[[bytes, int, int], Pdu]] = {
    c.SUBMIT_SM: _decode_submit_sm,
    c.DELIVER_SM: _decode_deliver_sm,
    c.SUBMIT_SM_RESP: _decode_submit_sm_resp,
    c.DELIVER_SM_RESP: _decode_deliver_sm_resp,
}
_QUICK_ENCODERS: dict[int, Callable[[Any], bytes]] = {
    c.SUBMIT_SM: _encode_message,
    c.DELIVER_SM: _encode_message,
    c.SUBMIT_SM_RESP: _encode_message_resp,
    c.DELIVER_SM_RESP: _encode_message_resp,
}
