"""What people write comes through a link in the alphabet of its SMSC, and is read as what they wrote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.smpp_gateway import constants as c
from services.smpp_gateway.gsm0338 import encode_gsm
from services.smpp_gateway.gsm_packing import fill_bits, pack
from services.smpp_gateway.link_incoming import delivered
from services.smpp_gateway.pdu import DataSm, DeliverSm
from services.smpp_gateway.segments import decode_text, read_part

HEADER = b"\x05\x00\x03\x07\x02\x01"


def text_of(pdu: DeliverSm) -> str:
    return decode_text(pdu.data_coding, read_part(pdu.short_message, pdu.esm_class, pdu.tlvs)[1])


@given(st.text(st.sampled_from("STOP ab€[@\n"), max_size=70), st.booleans(), st.booleans())
def test_packed_septets_are_unpacked_with_and_without_a_header(text: str, long: bool, as_data: bool) -> None:
    octets = HEADER + pack(encode_gsm(text), fill_bits(6)) if long else pack(encode_gsm(text))
    esm_class = c.ESM_CLASS_UDHI if long else 0
    if as_data:
        pdu = delivered(DataSm(1, esm_class=esm_class, tlvs={c.TLV_MESSAGE_PAYLOAD: octets}), "gsm_packed")
    else:
        pdu = delivered(DeliverSm(1, esm_class=esm_class, short_message=octets), "gsm_packed")
    assert text_of(pdu) == text


def test_latin_1_is_named() -> None:
    assert text_of(delivered(DeliverSm(1, short_message="Tête".encode("latin-1")), "latin_1")) == "Tête"


@pytest.mark.parametrize("alphabet", ["gsm", "gsm_packed", "latin_1", "ucs2"])
@pytest.mark.parametrize(
    "pdu",
    [
        DeliverSm(1, esm_class=4, short_message=b"id:1 stat:DELIVRD"),
        DeliverSm(1, data_coding=8, short_message="Да".encode("utf-16-be")),
        DeliverSm(1, data_coding=4, short_message=b"\xff"),
        DeliverSm(1),
    ],
)
def test_receipts_and_texts_that_name_their_alphabet_stay_as_they_are(pdu: DeliverSm, alphabet: str) -> None:
    came = delivered(pdu, alphabet)  # type: ignore[arg-type]
    assert (came.short_message, came.esm_class, came.tlvs) == (pdu.short_message, pdu.esm_class, pdu.tlvs)


@given(st.binary(max_size=140), st.booleans())
def test_octets_that_are_no_text_harm_nothing(octets: bytes, header: bool) -> None:
    delivered(DeliverSm(1, esm_class=c.ESM_CLASS_UDHI if header else 0, short_message=octets), "gsm_packed")
