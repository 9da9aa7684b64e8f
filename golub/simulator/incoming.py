"""SMS from subscribers, as deliver_sm."""

from golub.simulator.scenario import Incoming
from services.smpp_gateway import constants as c
from services.smpp_gateway.pdu import DeliverSm

#: What one SMS holds (3GPP TS 23.040): alone, and with a header that says which part of how many it is.
_LATIN, _LATIN_PART = 160, 153
_UCS2, _UCS2_PART = 70, 67


def incoming_pdus(incoming: Incoming, reference: int) -> list[DeliverSm]:
    """One deliver_sm, or one for each part with a concatenation header of which `reference` is the number. Texts in
    ASCII go in the default alphabet, all others in UCS-2."""
    text = incoming.text
    latin = text.isascii()
    alone, size = (_LATIN, _LATIN_PART) if latin else (_UCS2, _UCS2_PART)
    if len(text) <= alone:
        return [_pdu(incoming, _encoded(text, latin), latin, 0)]
    parts = [text[start : start + size] for start in range(0, len(text), size)]
    return [
        _pdu(
            incoming,
            bytes((5, 0, 3, reference & 0xFF, len(parts), number)) + _encoded(part, latin),
            latin,
            c.ESM_CLASS_UDHI,
        )
        for number, part in enumerate(parts, 1)
    ]


def _encoded(text: str, latin: bool) -> bytes:
    return text.encode("ascii" if latin else "utf-16-be")


def _pdu(incoming: Incoming, short_message: bytes, latin: bool, esm_class: int) -> DeliverSm:
    return DeliverSm(
        0,
        source_addr_ton=c.TON_INTERNATIONAL,
        source_addr_npi=c.NPI_ISDN,
        source_addr=incoming.source,
        dest_addr_ton=c.TON_UNKNOWN,
        dest_addr_npi=c.NPI_ISDN,
        destination_addr=incoming.destination,
        esm_class=esm_class,
        data_coding=c.DATA_CODING_GSM if latin else c.DATA_CODING_UCS2,
        short_message=short_message,
    )
