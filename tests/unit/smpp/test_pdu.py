"""The codec: what it encodes it decodes to the same, what is malformed is a PduError, and nothing is ever cut."""

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.smpp_gateway import constants as c
from services.smpp_gateway.pdu import (
    NO_TLVS,
    Bind,
    BindResp,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    Pdu,
    PduError,
    QuerySmResp,
    SubmitMultiResp,
    SubmitSm,
    SubmitSmResp,
    decode,
    encode,
)
from services.smpp_gateway.pdu_layout import HEADER, HEADER_BYTES, LAYOUTS, decode_body, encode_body
from tests.unit.smpp.strategies import PDUS

SUBMIT = SubmitSm(
    7,
    service_type="CMT",
    source_addr_ton=5,
    source_addr="Golub",
    dest_addr_ton=1,
    dest_addr_npi=1,
    destination_addr="79161234567",
    validity_period="261122101500032+",
    registered_delivery=1,
    short_message=b"hello",
    tlvs={c.TLV_USER_MESSAGE_REFERENCE: b"\0\1", 0x1402: b"vendor"},
)


def frame_of(command_id: int, body: bytes, status: int = 0, sequence: int = 9) -> bytes:
    return HEADER.pack(HEADER_BYTES + len(body), command_id, status, sequence) + body


def refusal(frame: bytes) -> PduError:
    with pytest.raises(PduError) as error:
        decode(frame)
    return error.value


@given(PDUS)
def test_every_pdu_survives_the_round_trip(pdu: Pdu) -> None:
    frame = encode(pdu)
    assert int.from_bytes(frame[:4], "big") == len(frame)
    assert decode(frame) == pdu


@given(PDUS)
def test_the_quick_ways_agree_with_the_tables(pdu: Pdu) -> None:
    frame, layout = encode(pdu), LAYOUTS[pdu.command_id]
    assert frame[HEADER_BYTES:] == encode_body(layout, pdu)
    status = getattr(pdu, "command_status", 0)
    assert decode_body(layout, frame, pdu.command_id, status, pdu.sequence_number) == pdu


@given(PDUS)
def test_a_pdu_cut_at_any_octet_is_a_pdu_error_or_a_legal_shorter_pdu(pdu: Pdu) -> None:
    frame = encode(pdu)
    for size in range(len(frame)):
        assert refusal(frame[:size]).fatal
        if size >= HEADER_BYTES:
            consistent = size.to_bytes(4, "big") + frame[4:size]
            try:
                shorter = decode(consistent)
            except PduError as error:
                assert not error.fatal
                assert (error.command_id, error.sequence_number) == (pdu.command_id, pdu.sequence_number)
                assert error.command_status != c.ESME_ROK
            else:
                assert decode(encode(shorter)) == shorter


@given(st.binary(max_size=200))
def test_random_octets_never_give_another_exception(noise: bytes) -> None:
    for command_id in [None, *LAYOUTS]:
        frame = noise if command_id is None else frame_of(command_id, noise)
        try:
            decode(frame)
        except PduError as error:
            assert error.command_status != c.ESME_ROK


@given(PDUS, st.data())
def test_a_damaged_pdu_is_a_pdu_error_or_a_pdu_that_encodes_again(pdu: Pdu, data: st.DataObject) -> None:
    frame = bytearray(encode(pdu))
    for _ in range(data.draw(st.integers(1, 4))):
        frame[data.draw(st.integers(4, len(frame) - 1))] = data.draw(st.integers(0, 255))
    try:
        again = decode(bytes(frame))
    except PduError:
        return
    assert decode(encode(again)) == again


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"service_type": "123456"}, c.ESME_RINVSERTYP),
        ({"source_addr": "1" * 21}, c.ESME_RINVSRCADR),
        ({"source_addr": "a\0b"}, None),
        ({"destination_addr": "1" * 21}, c.ESME_RINVDSTADR),
        ({"destination_addr": "7916²34567"}, c.ESME_RINVDSTADR),
        ({"schedule_delivery_time": "2611221015000"}, c.ESME_RINVSCHED),
        ({"validity_period": "26112210150003²+"}, c.ESME_RINVEXPIRY),
        ({"validity_period": "1" * 17}, c.ESME_RINVEXPIRY),
        ({"short_message": b"x" * 255}, c.ESME_RINVMSGLEN),
        ({"tlvs": {c.TLV_MESSAGE_PAYLOAD: b"second text"}}, c.ESME_ROPTPARNOTALLWD),
    ],
)
def test_a_bad_field_has_its_status_and_is_refused_by_encode_too(changes: dict[str, Any], status: int | None) -> None:
    bad = dataclasses.replace(SUBMIT, **changes)
    with pytest.raises(ValueError, match=r"."):
        encode(bad)
    if status is not None:
        error = refusal(frame_of(c.SUBMIT_SM, unchecked_body(bad)))
        assert (error.command_status, error.sequence_number, error.fatal) == (status, 9, False)


def unchecked_body(pdu: SubmitSm) -> bytes:
    """The octets of a submit_sm as a peer without any checks would write them."""
    body = b""
    for field in LAYOUTS[c.SUBMIT_SM].fields:
        value = getattr(pdu, field.name)
        if isinstance(value, int):
            body += bytes((value,))
        elif isinstance(value, bytes):
            body += bytes((len(value),)) + value
        else:
            body += value.encode("latin-1") + b"\0"
    return body + b"".join(struct_tlv(tag, value) for tag, value in pdu.tlvs.items())


def struct_tlv(tag: int, value: bytes) -> bytes:
    return tag.to_bytes(2, "big") + len(value).to_bytes(2, "big") + value


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ((b"s" * 16 + b"\0", b"p\0"), c.ESME_RINVSYSID),
        ((b"s\0", b"p" * 9 + b"\0"), c.ESME_RINVPASWD),
        ((b"s\0", b"p\0", b"t" * 13 + b"\0"), c.ESME_RINVSYSTYP),
        ((b"s\0", b"p\0", b"t\0", b"\x34"), c.ESME_RINVMSGLEN),
        ((b"s\0", b"p\0", b"t\0", b"\x34\0\0", b"r" * 41 + b"\0"), c.ESME_RINVPARLEN),
        ((b"s\0", b"p\0", b"t\0", b"\x34\0\0", b"r"), c.ESME_RINVPARLEN),
        ((b"s\0", b"p\0", b"t\0", b"\x34\0\0", b"r\0", b"tail"), c.ESME_RINVCMDLEN),
        ((b"",), c.ESME_RINVSYSID),
    ],
)
def test_a_bad_bind_names_the_field(fields: tuple[bytes, ...], status: int) -> None:
    error = refusal(frame_of(c.BIND_TRANSCEIVER, b"".join(fields)))
    assert (error.command_status, error.fatal) == (status, False)


def test_the_longest_legal_fields_pass() -> None:
    bind = Bind(c.BIND_TRANSMITTER, 1, "s" * 15, "p" * 8, "t" * 12, 0x34, 1, 1, "r" * 40)
    assert decode(encode(bind)) == bind
    submit = dataclasses.replace(
        SUBMIT, source_addr="1" * 20, destination_addr="2" * 20, service_type="12345", short_message=b"x" * 254
    )
    assert decode(encode(submit)) == submit


def test_sm_length_must_agree_with_the_body() -> None:
    frame = encode(SubmitSm(1, short_message=b"hello"))
    longer = frame[:-6] + b"\x06hello"
    assert refusal(longer).command_status == c.ESME_RINVMSGLEN
    shorter = frame[:-6] + b"\x03hello"
    assert refusal(shorter).command_status == c.ESME_RINVTLVSTREAM


@pytest.mark.parametrize("tail", [b"\x04", b"\x04\x24\x00", b"\x04\x24\x00\x05abcd", b"\x04\x27\x00\x01\x02\x00"])
def test_a_cut_tlv_is_an_error_of_the_tlv_stream(tail: bytes) -> None:
    body = encode(SubmitSm(1))[HEADER_BYTES:] + tail
    for command_id in (c.SUBMIT_SM, c.DELIVER_SM):
        error = refusal(frame_of(command_id, body))
        assert (error.command_status, error.fatal) == (c.ESME_RINVOPTPARSTREAM, False)


def test_unknown_tlvs_are_kept() -> None:
    pdu = decode(encode(SUBMIT))
    assert isinstance(pdu, SubmitSm)
    assert pdu.tlvs[0x1402] == b"vendor"


def test_a_pdu_without_tlvs_shares_an_empty_mapping_that_cannot_be_written() -> None:
    pdu = decode(encode(DeliverSm(1)))
    assert isinstance(pdu, DeliverSm)
    assert pdu.tlvs is NO_TLVS
    with pytest.raises(TypeError):
        pdu.tlvs[1] = b""  # type: ignore[index]


@pytest.mark.parametrize("command_id", [0, 0x22, 0x102, 0x1234, 0x80000022, 0xFFFFFFFF])
def test_an_unknown_command_is_not_fatal(command_id: int) -> None:
    error = refusal(frame_of(command_id, b"anything"))
    assert (error.command_status, error.sequence_number, error.fatal) == (c.ESME_RINVCMDID, 9, False)


@pytest.mark.parametrize("command_id", [c.ENQUIRE_LINK, c.UNBIND, c.ENQUIRE_LINK_RESP, c.GENERIC_NACK])
def test_octets_after_the_last_field_are_refused(command_id: int) -> None:
    error = refusal(frame_of(command_id, b"\0"))
    assert (error.command_status, error.fatal) == (c.ESME_RINVCMDLEN, False)


@pytest.mark.parametrize(
    "pdu",
    [
        SubmitSmResp(9, c.ESME_RTHROTTLED),
        DataSmResp(9, c.ESME_RSYSERR),
        QuerySmResp(9, c.ESME_RQUERYFAIL),
        SubmitMultiResp(9, c.ESME_RSYSERR),
        BindResp(c.BIND_TRANSCEIVER_RESP, 9, c.ESME_RINVPASWD),
        DeliverSmResp(9, c.ESME_RX_T_APPN),
    ],
)
def test_an_error_response_is_a_header_alone(pdu: Pdu) -> None:
    frame = encode(pdu)
    assert len(frame) == HEADER_BYTES
    assert decode(frame) == pdu


@pytest.mark.parametrize("command_id", [c.SUBMIT_SM_RESP, c.DATA_SM_RESP, c.BIND_RECEIVER_RESP, c.QUERY_SM_RESP])
def test_a_good_response_needs_its_body(command_id: int) -> None:
    assert not refusal(frame_of(command_id, b"")).fatal


def test_deliver_sm_resp_may_always_be_a_header_alone() -> None:
    assert decode(frame_of(c.DELIVER_SM_RESP, b"")) == DeliverSmResp(9)
    assert encode(DeliverSmResp(9)) == frame_of(c.DELIVER_SM_RESP, b"\0")


def test_odd_times_in_deliver_sm_do_not_lose_a_receipt() -> None:
    body = unchecked_body(dataclasses.replace(SUBMIT, validity_period="tomorrow"))
    pdu = decode(frame_of(c.DELIVER_SM, body))
    assert isinstance(pdu, DeliverSm)
    assert pdu.validity_period == "tomorrow"
    assert decode(encode(pdu)) == dataclasses.replace(pdu)


@pytest.mark.parametrize(
    "pdu",
    [
        SubmitSm(1, esm_class=256),
        SubmitSm(1, data_coding=-1),
        SubmitSm(-1),
        SubmitSm(2**32),
        EnquireLink(2**32),
        SubmitSm(1, source_addr="Голубь"),
        SubmitSm(1, tlvs={0x10000: b""}),
        SubmitSm(1, tlvs={1: bytes(0x10000)}),
        SubmitSmResp(1, 0, "x" * 65),
        SubmitSmResp(1, 2**32),
        Bind(c.BIND_RECEIVER, 1, "s" * 16),
        Bind(c.BIND_RECEIVER, 1, "s", "long password"),
        Bind(0x99, 1),
    ],
)
def test_encode_refuses_what_does_not_fit(pdu: Pdu) -> None:
    with pytest.raises(ValueError, match=r"."):
        encode(pdu)


def test_a_bind_never_shows_its_password() -> None:
    assert "secret" not in repr(Bind(c.BIND_TRANSCEIVER, 1, "id", "secret"))
