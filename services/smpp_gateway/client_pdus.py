"""What a client's submit_sm says, and a receipt as the deliver_sm it gets back. Pure."""

from contracts.smpp_gateway import AcceptItem
from services.smpp_gateway import constants as c
from services.smpp_gateway.admission import Encoded
from services.smpp_gateway.pdu import DeliverSm, SubmitSm
from services.smpp_gateway.receipt import format_receipt
from services.smpp_gateway.repository_waiting import ClientReceipt
from services.smpp_gateway.segments import MAX_PARTS, Concatenation, decode_text, read_part
from services.smpp_gateway.timing import Timing
from services.smpp_gateway.work import PRIORITY_TRANSACTIONAL, PRIORITY_URGENT

#: The two low bits of registered_delivery ask for receipts (SMPP 3.4, 5.2.17); their values are those of `work.RECEIPT_…`.
_RECEIPT_BITS = 0x03
#: What the alphabet alone says; any other data_coding carries a message class or octets, which a new encoding would lose.
_PLAIN_CODINGS = frozenset({0, 1, 2, 3, 6, 7, 8})
#: priority_flag (SMPP 3.4, 5.2.14) as the gateway's priorities; 0 and 1 leave it to the type of the message. How much of
#: it an account may use is judged before (`clients.py`).
_PRIORITIES = {2: PRIORITY_TRANSACTIONAL, 3: PRIORITY_URGENT}
_MOST_OCTETS = 140
_MOST_SEPTETS = 160
#: Our states in the words of a receipt; a refused message is a rejected one to its sender.
_RECEIPT_STATES = {"refused": "rejected"}


def read_submit(pdu: SubmitSm, timing: Timing | None = None) -> tuple[AcceptItem, Encoded] | None:
    """The message in a submit_sm; None where its text can't be read in its data_coding.

    A part of a long message goes on with its octets, data_coding and esm_class as they came; where it is told by SAR
    parameters it gets the header they stand for. So does what has a message class or is no text, unless a class is all
    that would be lost and the text makes more than one part.
    """
    octets = pdu.short_message or pdu.tlvs.get(c.TLV_MESSAGE_PAYLOAD, b"")
    try:
        concatenation, content = read_part(pdu.short_message, pdu.esm_class, pdu.tlvs)
        part = concatenation if concatenation is not None and concatenation.total > 1 else None
        # Clients cut long texts by octets, so a part may begin or end with half a character: its octets go on all the same.
        text = decode_text(pdu.data_coding, content, strict=concatenation is None)
    except ValueError:
        return None
    item = AcceptItem(recipient=pdu.destination_addr, sender=pdu.source_addr, text=text)
    chosen = pdu.registered_delivery & _RECEIPT_BITS, timing, _PRIORITIES.get(pdu.priority_flag)
    has_header = bool(pdu.esm_class & c.ESM_CLASS_UDHI)
    if concatenation is not None and not has_header:
        octets, has_header = _header_of(concatenation) + octets, True
    fits = _fits(octets, pdu.data_coding, has_header) and (part is None or part.total <= MAX_PARTS)
    if has_header or _is_binary(pdu.data_coding) or (pdu.data_coding not in _PLAIN_CODINGS and fits):
        esm_class = c.ESM_CLASS_UDHI if has_header else 0
        return item, _encoded(octets, pdu.data_coding, esm_class, chosen, None if fits else "text_too_long", part)
    return item, _encoded(None, pdu.data_coding, 0, chosen)


def _encoded(
    raw: bytes | None,
    data_coding: int,
    esm_class: int,
    chosen: tuple[int, Timing | None, int | None],
    refusal: str | None = None,
    part: Concatenation | None = None,
) -> Encoded:
    """`chosen`: receipts, times and the priority that the client asked for."""
    receipts, timing, priority = chosen
    return Encoded(raw, data_coding, esm_class, receipts, refusal, timing, priority, part)


def deliver_sm(receipt: ClientReceipt) -> DeliverSm:
    """A receipt as deliver_sm: addresses are those of the message, turned round (SMPP 3.4, appendix B)."""
    state = _RECEIPT_STATES.get(receipt.state, receipt.state)
    text, tlvs = format_receipt(
        receipt.message_id, state, receipt.submitted_at, receipt.done_at, error_code=receipt.error_code
    )
    numeric = receipt.sender.isascii() and receipt.sender.isdigit()
    return DeliverSm(
        sequence_number=1,
        source_addr_ton=c.TON_INTERNATIONAL,
        source_addr_npi=c.NPI_ISDN,
        source_addr=receipt.recipient,
        dest_addr_ton=c.TON_INTERNATIONAL if numeric else c.TON_ALPHANUMERIC,
        dest_addr_npi=c.NPI_ISDN if numeric else c.NPI_UNKNOWN,
        destination_addr=receipt.sender,
        esm_class=c.ESM_CLASS_DELIVERY_RECEIPT,
        short_message=text,
        tlvs=tlvs,
    )


def _header_of(part: Concatenation) -> bytes:
    """The user data header of SAR parameters, with the low octet of their reference (3GPP TS 23.040, 9.2.3.24.1).

    Clients fill their parts for this header; that of a reference of 16 bits is an octet longer, so they would not fit.
    """
    return b"\x05\x00\x03" + bytes((part.reference & 0xFF, part.total, part.sequence))


def _fits(octets: bytes, data_coding: int, has_header: bool) -> bool:
    """Whether it is one short message: 140 octets, or 160 septets of which the header takes as many as it covers."""
    if not _is_gsm(data_coding):
        return len(octets) <= _MOST_OCTETS
    header = octets[0] + 1 if has_header else 0
    return -(-header * 8 // 7) + len(octets) - header <= _MOST_SEPTETS


def _is_gsm(data_coding: int) -> bool:
    """The GSM alphabet, ASCII and Latin 1, which an SMSC packs into septets; message classes of it included."""
    return data_coding in (0, 1, 3) or 0x10 <= data_coding <= 0x13 or 0xF0 <= data_coding <= 0xF3


def _is_binary(data_coding: int) -> bool:
    return data_coding == c.DATA_CODING_BINARY_2 or 0x14 <= data_coding <= 0x17 or 0xF4 <= data_coding <= 0xF7
