"""Receipts as operators really write them, and our own, which read back to what was put in."""

import string
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.smpp_gateway import constants as c
from services.smpp_gateway.pdu import DataSm, DeliverSm
from services.smpp_gateway.receipt import (
    FINAL_STATES,
    Receipt,
    format_receipt,
    normalise_message_id,
    parse_receipt,
    receipt_message_id,
)

DONE = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)


def receipt_of(text: str, tlvs: dict[int, bytes] | None = None, esm_class: int = 0x04) -> Receipt | None:
    return parse_receipt(
        DeliverSm(1, esm_class=esm_class, short_message=text.encode("latin-1"), tlvs=tlvs if tlvs is not None else {})
    )


@pytest.mark.parametrize(
    "text",
    [
        "id:0A1b-7 sub:001 dlvrd:001 submit date:2611221010 done date:2611221015 stat:DELIVRD err:000 text:Hello",
        "id:0A1b-7 sub:001 dlvrd:001 submit date:261122101000 done date:261122101500 stat:DELIVRD err:000 Text:Hello",
        "ID:0A1b-7 SUB:001 DLVRD:001 SUBMIT DATE:2611221010 DONE DATE:2611221015 STAT:DELIVRD ERR:000 TEXT:",
        "id: 0A1b-7 sub: 001 dlvrd: 001 submit date: 2611221010 done date: 2611221015 stat: Delivered err: 000 text: x",
        "id:0A1b-7 submit_date:2611221010 done_date:20261122101500 stat:DELIVERED err:000",
        "stat:DELIVRD err:000 donedate:2611221015 id:0A1b-7",
        "id:0A1b-7\nsub:001\ndone date:2611221015\nstat:DELIVRD\nerr:000\n\0",
        "id:0A1b-7, done date:2611221015, stat:DELIVRD, err:000, text:stat:EXPIRED id:9",
    ],
)
def test_every_spelling_of_the_field_is_understood(text: str) -> None:
    assert receipt_of(text) == Receipt("0A1b-7", "delivered", "000", DONE)


@given(
    st.from_regex(r"[A-Za-z0-9_.-]{1,20}", fullmatch=True),
    st.from_regex(r"[0-9]{0,12}", fullmatch=True),
    st.sampled_from(["DELIVRD", "undeliv", "x"]),
    st.sampled_from(["", " text:", " Text:id:9 stat:EXPIRED err:1"]),
)
def test_the_quick_way_reads_as_the_tolerant_one(message_id: str, date: str, stat: str, text: str) -> None:
    standard = f"id:{message_id} sub:001 dlvrd:001 submit date:{date} done date:{date} stat:{stat} err:0a{text}"
    assert receipt_of(standard) == receipt_of(" " + standard)


@pytest.mark.parametrize(
    ("stat", "state"),
    [
        ("DELIVRD", "delivered"),
        ("UNDELIV", "undelivered"),
        ("UNDELIVERABLE", "undelivered"),
        ("DELETED", "undelivered"),
        ("EXPIRED", "expired"),
        ("REJECTD", "rejected"),
        ("REJECTED", "rejected"),
        ("UNKNOWN", "unknown"),
        ("ENROUTE", "enroute"),
        ("ACCEPTD", "accepted"),
        ("whatever", "unknown"),
    ],
)
def test_states_in_our_words(stat: str, state: str) -> None:
    receipt = receipt_of(f"id:1 stat:{stat}")
    assert receipt is not None
    assert receipt.state == state
    assert receipt.is_final == (state in FINAL_STATES)


def test_tlvs_go_before_the_text() -> None:
    tlvs = {
        c.TLV_RECEIPTED_MESSAGE_ID: b"77\0",
        c.TLV_MESSAGE_STATE: b"\x05",
        c.TLV_NETWORK_ERROR_CODE: b"\x03\x00\x1b",
    }
    assert receipt_of("id:1 done date:2611221015 stat:DELIVRD err:000", tlvs) == Receipt(
        "77", "undelivered", "027", DONE
    )
    assert receipt_of("", tlvs, esm_class=0) == Receipt("77", "undelivered", "027", None)
    assert receipt_of("id:1 stat:EXPIRED", {c.TLV_RECEIPTED_MESSAGE_ID: b"\0", c.TLV_MESSAGE_STATE: b""}) == Receipt(
        "1", "expired", "", None
    )


def test_a_text_from_a_handset_is_never_a_receipt() -> None:
    assert receipt_of("id:1 stat:DELIVRD", esm_class=0) is None
    assert receipt_of("id:1 stat:DELIVRD", {c.TLV_RECEIPTED_MESSAGE_ID: b"1\0"}, esm_class=0) is None
    assert receipt_of("id:1 stat:DELIVRD", esm_class=0x40) is None


@pytest.mark.parametrize("text", ["", "hello", "id:1", "stat:DELIVRD", "id: stat:DELIVRD", "id:1 stat: err:000"])
def test_a_receipt_without_message_or_state_is_none(text: str) -> None:
    assert receipt_of(text) is None


@pytest.mark.parametrize("date", ["", "26112", "2613991015", "261122101²", "26112210150", "9" * 14, "00000000000000"])
def test_a_date_that_is_none_loses_only_itself(date: str) -> None:
    assert receipt_of(f"id:1 done date:{date} stat:EXPIRED err:1") == Receipt("1", "expired", "1", None)


def test_dates_are_read_by_the_clock_of_the_operator() -> None:
    pdu = DeliverSm(1, esm_class=4, short_message=b"id:1 done date:2611221315 stat:DELIVRD")
    receipt = parse_receipt(pdu, timezone(timedelta(hours=3)))
    assert receipt is not None
    assert receipt.done_at == DONE


def test_receipts_come_in_ucs2_in_message_payload_and_in_data_sm() -> None:
    text = "id:1 stat:DELIVRD"
    wide = DeliverSm(1, esm_class=4, data_coding=8, short_message=text.encode("utf-16-be"))
    payload = DataSm(1, esm_class=4, tlvs={c.TLV_MESSAGE_PAYLOAD: text.encode()})
    assert parse_receipt(wide) == parse_receipt(payload) == Receipt("1", "delivered", "", None)


@given(
    st.binary(max_size=254), st.integers(0, 255), st.dictionaries(st.sampled_from([0x1E, 0x423, 0x427]), st.binary())
)
def test_random_receipts_never_raise(octets: bytes, data_coding: int, tlvs: dict[int, bytes]) -> None:
    parse_receipt(DeliverSm(1, esm_class=4, data_coding=data_coding, short_message=octets, tlvs=tlvs))


@given(
    st.text(string.ascii_letters + string.digits + "-", min_size=1, max_size=64),
    st.sampled_from([*sorted(FINAL_STATES), "enroute", "accepted"]),
    st.integers(0, 999).map(lambda code: f"{code:03d}"),
    st.text(max_size=40),
)
def test_our_receipts_read_back_with_and_without_tlvs(message_id: str, state: str, code: str, text: str) -> None:
    short_message, tlvs = format_receipt(message_id, state, DONE, DONE, code, text)
    assert len(short_message) <= 254
    expected = Receipt(message_id, state, code, DONE)
    assert parse_receipt(DeliverSm(1, esm_class=4, short_message=short_message, tlvs=tlvs)) == expected
    assert parse_receipt(DeliverSm(1, esm_class=4, short_message=short_message)) == expected


def test_our_receipt_is_that_of_appendix_b_in_utc() -> None:
    moscow = DONE.astimezone(timezone(timedelta(hours=3)))
    short_message, tlvs = format_receipt("42", "undelivered", moscow, moscow, "27", "Привет")
    assert short_message == (
        b"id:42 sub:001 dlvrd:000 submit date:2611221015 done date:2611221015 stat:UNDELIV err:27 text:??????"
    )
    assert tlvs == {0x1E: b"42\0", 0x427: b"\x05", 0x423: b"\x03\x00\x1b"}


@pytest.mark.parametrize(
    ("message_id", "state", "done_at"),
    [
        ("", "delivered", DONE),
        ("x" * 65, "delivered", DONE),
        ("1", "held", DONE),
        ("1", "expired", datetime(2026, 1, 1)),
    ],
)
def test_a_receipt_that_cannot_be_written_is_refused(message_id: str, state: str, done_at: datetime) -> None:
    with pytest.raises(ValueError, match=r"."):
        format_receipt(message_id, state, DONE, done_at)


@pytest.mark.parametrize(
    ("in_response", "base", "in_receipt"),
    [
        ("0A1b", "as_is", "0A1b"),
        ("0A1B", "hex_to_dec", "2587"),
        ("0A1B", "hex_to_dec", "0000002587"),
        ("2587", "dec_to_hex", "A1B"),
        ("0002587", "dec_to_hex", "00000a1b"),
        ("0", "dec_to_hex", "000"),
        ("a-b", "hex_to_dec", "a-b"),
        ("1²", "dec_to_hex", "1²"),
        ("0x0A1B", "hex_to_dec", "2587"),
        ("0X0a1b", "hex_to_dec", "02587"),
        ("2587", "dec_to_hex", "0x0A1B"),
        ("2587", "dec_to_hex", "0X00000a1b"),
        ("2587  ", "as_is", "2587"),
        ("FFFFFFFFFFFFFFFF", "hex_to_dec", "18446744073709551615"),
        ("18446744073709551615", "dec_to_hex", "FFFFFFFFFFFFFFFF"),
        ("01a202b2-c500-7041", "dec_to_hex", "01a202b2-c500-7041"),
    ],
)
def test_ids_of_response_and_receipt_meet(in_response: str, base: str, in_receipt: str) -> None:
    assert normalise_message_id(in_response, base) == receipt_message_id(in_receipt, base)


def test_an_unknown_base_is_refused() -> None:
    with pytest.raises(ValueError, match="base"):
        normalise_message_id("1", "octal")


TLVS = {c.TLV_RECEIPTED_MESSAGE_ID: b"77\0", c.TLV_MESSAGE_STATE: b"\x05", c.TLV_NETWORK_ERROR_CODE: b"\x03\x00\x1b"}
TEXT = b"id:1 done date:2611221015 stat:DELIVRD err:0a7"


@pytest.mark.parametrize(
    ("form", "text", "tlvs", "expected"),
    [
        ("either", TEXT, TLVS, Receipt("77", "undelivered", "027", DONE)),
        ("text", TEXT, TLVS, Receipt("1", "delivered", "0a7", DONE)),
        ("tlv", TEXT, TLVS, Receipt("77", "undelivered", "027", DONE)),
        ("tlv", TEXT, {}, None),
        ("text", b"", TLVS, None),
        ("either", b"", TLVS, Receipt("77", "undelivered", "027", None)),
        ("either", TEXT, {}, Receipt("1", "delivered", "0a7", DONE)),
        # The id in one place alone, the state in the other.
        ("either", b"stat:EXPIRED", {c.TLV_RECEIPTED_MESSAGE_ID: b"77\0"}, Receipt("77", "expired", "", None)),
        ("either", b"id:1 err:005", {c.TLV_MESSAGE_STATE: b"\x08"}, Receipt("1", "rejected", "005", None)),
        ("either", b"id:77", {c.TLV_RECEIPTED_MESSAGE_ID: b"77"}, None),
    ],
)
def test_a_link_says_where_its_receipts_tell_id_and_state(
    form: str, text: bytes, tlvs: dict[int, bytes], expected: Receipt | None
) -> None:
    pdu = DeliverSm(1, esm_class=4, short_message=text, tlvs=tlvs)
    assert parse_receipt(pdu, UTC, form) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize("tlvs", [{0x1402: b""}, {0x1402: b"\x00" * 40}, {0x1402: b"id:9", 0x1501: b"\xff"}])
def test_a_tlv_of_a_vendor_does_no_harm(tlvs: dict[int, bytes]) -> None:
    expected = Receipt("1", "delivered", "0a7", DONE)
    assert parse_receipt(DeliverSm(1, esm_class=4, short_message=TEXT, tlvs=tlvs)) == expected
    assert parse_receipt(DeliverSm(1, esm_class=0, short_message=TEXT, tlvs=tlvs)) is None
    assert parse_receipt(DataSm(1, esm_class=4, tlvs=tlvs | {c.TLV_MESSAGE_PAYLOAD: TEXT})) == expected
    assert parse_receipt(DataSm(1, tlvs=tlvs | TLVS)) == Receipt("77", "undelivered", "027", None)


@pytest.mark.parametrize(
    "date",
    [
        "2611221015",
        "261122101500",
        "202611221015",
        "20261122101500",
        "26-11-22 10:15:00",
        "2026/11/22 10:15",
        "2611221015 ",
    ],
)
def test_a_date_is_read_in_each_way_it_is_written(date: str) -> None:
    receipt = receipt_of(f"id:1 submit date:{date} done date:{date} stat:DELIVRD err:000 text:")
    assert receipt == Receipt("1", "delivered", "000", DONE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("id:1 stat:DELIVRD", Receipt("1", "delivered", "", None)),
        ('id:"1" stat:DELIVRD err:000', Receipt("1", "delivered", "000", None)),
        ("id:   1   stat:   DELIVRD   err:   0x45", Receipt("1", "delivered", "0x45", None)),
        ("Id:1 Sub:001 Dlvrd:001 Stat:undeliv Err:ABSENT_SUB Text:x", Receipt("1", "undelivered", "ABSENT_SUB", None)),
        ("id=1;stat=EXPIRED;error=12", Receipt("1", "expired", "12", None)),
        ("sub:001 stat:REJECTD text:id:5 id:6", None),
        ("id:1 status:SUBMITTED err:000", Receipt("1", "enroute", "000", None)),
        ("id:1 stat:PENDING", Receipt("1", "enroute", "", None)),
        ("id:1 stat:2 err:000", Receipt("1", "delivered", "000", None)),
        ("id:1 stat:CANCELLED", Receipt("1", "undelivered", "", None)),
    ],
)
def test_dialects_of_the_text(text: str, expected: Receipt | None) -> None:
    assert receipt_of(text) == expected
