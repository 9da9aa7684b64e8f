"""What a client's submit_sm says, and what its receipt looks like."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.smpp_gateway import constants as c
from services.smpp_gateway.client_pdus import deliver_sm, read_submit
from services.smpp_gateway.pdu import SubmitSm
from services.smpp_gateway.receipt import parse_receipt
from services.smpp_gateway.repository_waiting import ClientReceipt
from services.smpp_gateway.segments import read_part
from tests.unit.smpp_gateway.samples import ADVERTISER, NOW

HEADER = b"\x05\x00\x03\x07\x02\x01"


def _submit(short_message: bytes = b"hello", **fields: object) -> SubmitSm:
    return SubmitSm(1, source_addr="GOLUB", destination_addr="79030000001", short_message=short_message, **fields)  # type: ignore[arg-type]


def test_a_plain_text_is_encoded_anew() -> None:
    item, encoded = read_submit(_submit("Привет".encode("utf-16-be"), data_coding=8))  # type: ignore[misc]
    assert (item.text, item.recipient, item.sender, encoded.raw) == ("Привет", "79030000001", "GOLUB", None)


def test_a_text_in_message_payload_is_read() -> None:
    item, encoded = read_submit(_submit(b"", tlvs={c.TLV_MESSAGE_PAYLOAD: b"a" * 500}))  # type: ignore[misc]
    assert (item.text, encoded.raw, encoded.refusal) == ("a" * 500, None, None)


def test_an_empty_text_is_an_empty_text() -> None:
    item, encoded = read_submit(_submit(b""))  # type: ignore[misc]
    assert (item.text, encoded.raw) == ("", None)


@pytest.mark.parametrize("data_coding", [0, 1, 3, 4, 8, 0x11, 0xF1])
def test_a_part_with_a_header_goes_on_as_it_came(data_coding: int) -> None:
    octets = HEADER + b"\x00a\x00b"
    _, encoded = read_submit(_submit(octets, esm_class=0x43, data_coding=data_coding))  # type: ignore[misc]
    assert (encoded.raw, encoded.data_coding, encoded.esm_class) == (octets, data_coding, 0x40)


def test_a_part_told_by_sar_parameters_gets_the_header_they_stand_for() -> None:
    tlvs = {
        c.TLV_SAR_MSG_REF_NUM: b"\x12\x34",
        c.TLV_SAR_TOTAL_SEGMENTS: b"\x03",
        c.TLV_SAR_SEGMENT_SEQNUM: b"\x02",
    }
    item, encoded = read_submit(_submit(b"middle", tlvs=tlvs))  # type: ignore[misc]
    assert item.text == "middle"
    assert encoded.raw is not None
    assert read_part(encoded.raw, encoded.esm_class, {}) == ((0x34, 3, 2), b"middle")


def test_a_full_part_told_by_sar_parameters_fits_beside_its_header() -> None:
    tlvs = {
        # Some write it wider than its two octets.
        c.TLV_SAR_MSG_REF_NUM: b"\x01\x02\x12\x34",
        c.TLV_SAR_TOTAL_SEGMENTS: b"\x02",
        c.TLV_SAR_SEGMENT_SEQNUM: b"\x01",
    }
    for octets, data_coding in (("ж".encode("utf-16-be") * 67, 8), (b"a" * 153, 0)):
        _, encoded = read_submit(_submit(octets, data_coding=data_coding, tlvs=tlvs))  # type: ignore[misc]
        assert (encoded.refusal, len(encoded.raw or b"")) == (None, len(octets) + 6)


@pytest.mark.parametrize(
    ("half", "data_coding"),
    [("🙂".encode("utf-16-be")[:2], 8), ("🙂".encode("utf-16-be")[2:], 8), (b"\x1b", 0), (b"\xff", 0)],
)
def test_a_part_with_half_a_character_goes_on_as_it_came(half: bytes, data_coding: int) -> None:
    _, encoded = read_submit(_submit(HEADER + half, esm_class=0x40, data_coding=data_coding))  # type: ignore[misc]
    assert (encoded.raw, encoded.refusal) == (HEADER + half, None)


def test_a_message_class_is_kept_where_the_text_is_one_part() -> None:
    _, encoded = read_submit(_submit(b"flash", data_coding=0x10))  # type: ignore[misc]
    assert (encoded.raw, encoded.data_coding) == (b"flash", 0x10)


def test_a_long_text_with_a_message_class_is_cut_into_parts_without_it() -> None:
    _, encoded = read_submit(_submit(b"", data_coding=0x10, tlvs={c.TLV_MESSAGE_PAYLOAD: b"a" * 300}))  # type: ignore[misc]
    assert (encoded.raw, encoded.refusal) == (None, None)


def test_octets_that_are_no_text_go_on_as_they_came() -> None:
    item, encoded = read_submit(_submit(b"\x01\x02\xff", data_coding=4))  # type: ignore[misc]
    assert (item.text, encoded.raw, encoded.data_coding) == ("0102ff", b"\x01\x02\xff", 4)


@pytest.mark.parametrize(
    ("octets", "data_coding", "esm_class", "refusal"),
    [
        (b"x" * 140, 4, 0, None),
        (b"x" * 141, 4, 0, "text_too_long"),
        (HEADER + b"a" * 153, 0, 0x40, None),
        (HEADER + b"a" * 154, 0, 0x40, "text_too_long"),
        (HEADER + b"\x00a" * 67, 8, 0x40, None),
        (HEADER + b"\x00a" * 68, 8, 0x40, "text_too_long"),
    ],
)
def test_octets_that_are_more_than_one_short_message_are_refused(
    octets: bytes, data_coding: int, esm_class: int, refusal: str | None
) -> None:
    _, encoded = read_submit(_submit(octets, data_coding=data_coding, esm_class=esm_class))  # type: ignore[misc]
    assert encoded.refusal == refusal


@pytest.mark.parametrize(
    ("octets", "data_coding", "esm_class"),
    [(b"\xff", 1, 0), (b"\x00", 8, 0), (b"a", 5, 0), (b"\x80", 0, 0), (b"\x09\x00", 0, 0x40), (b"", 0, 0x40)],
)
def test_what_can_not_be_read_is_none(octets: bytes, data_coding: int, esm_class: int) -> None:
    assert read_submit(_submit(octets, data_coding=data_coding, esm_class=esm_class)) is None


@pytest.mark.parametrize(("registered", "receipts"), [(0, 0), (1, 1), (2, 2), (3, 3), (0x11, 1), (0x1C, 0)])
def test_the_two_low_bits_of_registered_delivery_ask_for_receipts(registered: int, receipts: int) -> None:
    _, encoded = read_submit(_submit(registered_delivery=registered))  # type: ignore[misc]
    assert encoded.receipts == receipts


@given(st.binary(max_size=254), st.integers(0, 255), st.sampled_from([0, 0x40, 0x43]))
def test_no_octets_break_the_reader(octets: bytes, data_coding: int, esm_class: int) -> None:
    read = read_submit(_submit(octets, data_coding=data_coding, esm_class=esm_class))
    assert read is None or read[1].raw is None or read[1].refusal or len(read[1].raw) <= 160


def _receipt(state: str = "delivered", sender: str = "GOLUB", error_code: str = "") -> ClientReceipt:
    return ClientReceipt(
        id="01a202b2-c500-7041-a315-42fcad20dff0",
        advertiser_id=ADVERTISER,
        message_id="01a202b2-c500-7041-a315-42fcad20dffb",
        sender=sender,
        recipient="79030000001",
        state=state,
        error_code=error_code,
        submitted_at=NOW,
        done_at=NOW,
    )


@pytest.mark.parametrize(
    ("state", "told"),
    [("delivered", "delivered"), ("undelivered", "undelivered"), ("expired", "expired"), ("unknown", "unknown"),
     ("rejected", "rejected"), ("refused", "rejected")],
)  # fmt: skip
def test_a_receipt_tells_the_state_in_the_words_of_smpp(state: str, told: str) -> None:
    receipt = parse_receipt(deliver_sm(_receipt(state)))
    assert receipt is not None
    assert (receipt.state, receipt.smsc_message_id) == (told, "01a202b2-c500-7041-a315-42fcad20dffb")


def test_a_receipt_carries_the_operators_error() -> None:
    receipt = parse_receipt(deliver_sm(_receipt("undelivered", error_code="011")))
    assert receipt is not None
    assert receipt.error_code == "011"


def test_a_receipt_has_the_addresses_of_the_message_turned_round() -> None:
    pdu = deliver_sm(_receipt())
    assert (pdu.source_addr, pdu.destination_addr) == ("79030000001", "GOLUB")
    assert (pdu.dest_addr_ton, deliver_sm(_receipt(sender="900")).dest_addr_ton) == (5, 1)
