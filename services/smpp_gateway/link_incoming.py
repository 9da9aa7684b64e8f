"""What an SMSC delivers, in the form that the rest of the gateway reads: a deliver_sm whose data_coding 0 is GSM. Pure."""

from dataclasses import replace

from services.smpp_gateway import constants as c
from services.smpp_gateway.gsm_packing import fill_bits, unpack
from services.smpp_gateway.link_settings import Alphabet
from services.smpp_gateway.pdu import DataSm, DeliverSm

_CARRIAGE_RETURN = b"\r"


def delivered(pdu: DeliverSm | DataSm, alphabet: Alphabet) -> DeliverSm:
    """The PDU as deliver_sm; texts of people in the alphabet of the link say which one that is. Receipts stay as they are,
    for their text is ASCII on every link."""
    if isinstance(pdu, DataSm):
        pdu = _as_deliver_sm(pdu)
    if alphabet == "gsm" or pdu.data_coding != c.DATA_CODING_GSM or pdu.esm_class & c.ESM_CLASS_TYPE_MASK:
        return pdu
    if alphabet == "latin_1":
        return replace(pdu, data_coding=c.DATA_CODING_LATIN_1)
    if alphabet == "gsm_packed":
        return _unpacked(pdu)
    return pdu


def _unpacked(pdu: DeliverSm) -> DeliverSm:
    has_header = bool(pdu.esm_class & c.ESM_CLASS_UDHI)
    payload = pdu.tlvs.get(c.TLV_MESSAGE_PAYLOAD, b"")
    if pdu.short_message or not payload:
        return replace(pdu, short_message=_unpack(pdu.short_message, has_header))
    return replace(pdu, tlvs={**pdu.tlvs, c.TLV_MESSAGE_PAYLOAD: _unpack(payload, has_header)})


def _unpack(octets: bytes, has_header: bool) -> bytes:
    size = octets[0] + 1 if has_header and octets else 0
    fill = fill_bits(size)
    packed = octets[size:]
    septets = unpack(packed, fill)
    if packed and (8 * len(packed) - fill) % 7 == 0:
        # It fills seven bits that stayed over, see `pack`.
        septets = septets.removesuffix(_CARRIAGE_RETURN)
    return octets[:size] + septets


def _as_deliver_sm(pdu: DataSm) -> DeliverSm:
    return DeliverSm(
        pdu.sequence_number,
        pdu.service_type,
        pdu.source_addr_ton,
        pdu.source_addr_npi,
        pdu.source_addr,
        pdu.dest_addr_ton,
        pdu.dest_addr_npi,
        pdu.destination_addr,
        pdu.esm_class,
        registered_delivery=pdu.registered_delivery,
        data_coding=pdu.data_coding,
        tlvs=pdu.tlvs,
    )
