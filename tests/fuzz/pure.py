"""Octets in, no server: what reads a PDU, and what reads what is in it. The first octet says which reader is meant."""

import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from contracts.smpp_gateway import AcceptOrder
from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p
from services.smpp_gateway.admission import admit
from services.smpp_gateway.client_multi import read_all
from services.smpp_gateway.client_times import asked_times
from services.smpp_gateway.framing import FrameReader
from services.smpp_gateway.gsm0338 import decode_gsm, encode_gsm, is_gsm
from services.smpp_gateway.incoming import IncomingPart, assemble
from services.smpp_gateway.incoming import read as read_incoming
from services.smpp_gateway.receipt import parse_receipt, receipt_message_id
from services.smpp_gateway.segments import decode_text, join_parts, read_part

NOW = datetime(2026, 11, 22, 9, 15, tzinfo=UTC)
ORDER = AcceptOrder(
    partner_id="01a202b2-c500-7041-a315-42fcad20dff0",
    advertiser_id="01a202b2-c500-7041-a315-42fcad20dff1",
    source="smpp",
)
COMMANDS = sorted(c.COMMAND_NAMES)
_HEADER = struct.Struct(">LLLL")
Message = TypeVar("Message", p.SubmitSm, p.SubmitMulti, p.DeliverSm)


def one_pdu(data: bytes) -> None:
    """`decode` gives a PDU that encodes to one that decodes to the same, or says PduError."""
    if not data:
        return
    command_id = COMMANDS[data[0] % len(COMMANDS)]
    status = c.ESME_RSYSERR if data[0] >= 0xF0 else c.ESME_ROK
    frame = _HEADER.pack(16 + len(data) - 1, command_id, status, 7) + data[1:]
    try:
        pdu = p.decode(frame)
    except p.PduError as error:
        assert not error.fatal, "the header was right"
        return
    assert p.decode(p.encode(pdu)) == pdu


def stream(data: bytes) -> None:
    """However a stream is cut, the frames are the same."""
    whole, in_pieces = FrameReader(1_000), FrameReader(1_000)
    size = 1 + (data[0] % 40 if data else 0)
    assert _frames(whole, [data]) == _frames(
        in_pieces, [data[start : start + size] for start in range(0, len(data), size)]
    )
    assert (whole.error is None) == (in_pieces.error is None)


def _frames(reader: FrameReader, pieces: list[bytes]) -> list[bytes]:
    found: list[bytes] = []
    for piece in pieces:
        try:
            found += reader.feed(piece)
        except p.PduError as error:
            assert error.fatal
            break
    return found


def delivery(data: bytes) -> None:
    """Whatever an SMSC delivers is a receipt, an incoming message or the part of one, and can be stored."""
    pdu = _message(p.DeliverSm, data)
    if pdu is None:
        return
    receipt = parse_receipt(pdu)
    if receipt is not None:
        assert receipt.smsc_message_id
        assert len(receipt.error_code) <= 16
        receipt_message_id(receipt.smsc_message_id, "hex_to_dec")
    came = read_incoming(pdu, "link", NOW)
    made = assemble([came], NOW + timedelta(days=1)) if isinstance(came, IncomingPart) else []
    for message in [one.message for one in made] if made else [came]:
        assert message is not None
        _storable(message.text, message.number, message.sender)


def submit(data: bytes) -> None:
    """Whatever a client submits is refused, or a message that can be stored."""
    _submitted(_message(p.SubmitSm, data))


def submit_multi(data: bytes) -> None:
    """The same, for many at once."""
    _submitted(_message(p.SubmitMulti, data))


def _submitted(pdu: p.SubmitSm | p.SubmitMulti | None) -> None:
    if pdu is None:
        return
    times = asked_times(pdu, NOW, timedelta(days=1))
    if times.status:
        return
    for item, encoded in read_all(pdu, times.timing):
        [work] = admit(ORDER, [item], now=NOW, validity=timedelta(days=1), encoded=[encoded])
        _storable(work.text, work.sender, work.recipient)
        if work.state != "refused" and work.raw is not None:
            assert len(work.raw) <= 160


def text(data: bytes) -> None:
    """Not strict, a known alphabet reads everything; strict, what it reads has no holes."""
    if not data:
        return
    try:
        loose = decode_text(data[0], data[1:], strict=False)
    except ValueError:
        return
    try:
        strict = decode_text(data[0], data[1:])
    except ValueError:
        return
    assert strict == loose
    gsm = decode_gsm(bytes(octet & 0x7F for octet in data))
    assert not is_gsm(gsm) or decode_gsm(encode_gsm(gsm)) == gsm


def parts(data: bytes) -> None:
    """A reader of headers says ValueError or gives what joins to no more than there was."""
    found = []
    for part in data.split(b"\xfe"):
        try:
            concatenation, payload = read_part(part[1:], part[0] if part else 0, {})
        except ValueError:
            continue
        if concatenation is not None:
            found.append((concatenation, payload))
    try:
        joined = join_parts(found)
    except ValueError:
        return
    assert joined is None or len(joined) <= len(data)


READERS: tuple[Callable[[bytes], None], ...] = (one_pdu, stream, delivery, submit, text, parts, submit_multi)


def run(data: bytes) -> None:
    if data:
        READERS[data[0] % len(READERS)](data[1:])


def _message(kind: type[Message], data: bytes) -> Message | None:
    body = _HEADER.pack(16 + len(data), kind.command_id, 0, 7) + data
    try:
        pdu = p.decode(body)
    except p.PduError:
        return None
    assert isinstance(pdu, kind)
    return pdu


def _storable(*texts: str) -> None:
    for one in texts:
        assert "\x00" not in one
        one.encode()
