"""submit_multi and its response (SMPP 3.4, 4.5): many destinations, each judged alone, nothing guessed."""

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p
from services.smpp_gateway.pdu_layout import HEADER, HEADER_BYTES
from services.smpp_gateway.pdu_lists import MOST_DESTINATIONS
from tests.unit.smpp import strategies as s

PHONE = p.SmeAddress(1, 1, "79161234567")
MULTI = p.SubmitMulti(7, source_addr="Golub", destinations=(PHONE, p.DistributionList("friends")), short_message=b"hi")
#: By the tables 4-12 to 4-14 of the specification, octet by octet.
BODY = b"\0\0\0Golub\0\x02\x01\x01\x0179161234567\0\x02friends\0\0\0\0\0\0\0\0\0\0\x02hi"


def frame_of(command_id: int, body: bytes) -> bytes:
    return HEADER.pack(HEADER_BYTES + len(body), command_id, 0, 9) + body


def status_of(command_id: int, body: bytes) -> int:
    with pytest.raises(p.PduError) as error:
        p.decode(frame_of(command_id, body))
    assert not error.value.fatal
    return error.value.command_status


def test_the_octets_are_those_of_the_specification() -> None:
    assert p.encode(MULTI)[HEADER_BYTES:] == BODY
    assert p.decode(frame_of(c.SUBMIT_MULTI, BODY)) == dataclasses.replace(MULTI, sequence_number=9)


def test_the_octets_of_a_response_are_those_of_the_specification() -> None:
    answer = p.SubmitMultiResp(9, 0, "abc", (p.UnsuccessSme(1, 1, "123", c.ESME_RINVDSTADR),))
    body = b"abc\0\x01\x01\x01123\0\0\0\0\x0b"
    assert p.encode(answer)[HEADER_BYTES:] == body
    assert p.decode(frame_of(c.SUBMIT_MULTI_RESP, body)) == answer


def test_254_destinations_fit_and_not_one_more() -> None:
    full = dataclasses.replace(MULTI, destinations=(PHONE,) * MOST_DESTINATIONS)
    assert p.decode(p.encode(full)) == full
    with pytest.raises(ValueError, match="destinations"):
        p.encode(dataclasses.replace(MULTI, destinations=(PHONE,) * (MOST_DESTINATIONS + 1)))


@pytest.mark.parametrize(
    ("before", "after", "status"),
    [
        (b"\x02\x01\x01\x01", b"\x00\x01\x01\x01", c.ESME_RINVNUMDESTS),
        (b"\x02\x01\x01\x01", b"\xff\x01\x01\x01", c.ESME_RINVNUMDESTS),
        (b"\x02friends", b"\x03friends", c.ESME_RINVDESTFLAG),
        (b"\x02friends", b"\x02" + b"f" * 21, c.ESME_RINVDLNAME),
        (b"79161234567", b"7" * 21, c.ESME_RINVDSTADR),
        (b"79161234567", b"7916\xb2", c.ESME_RINVDSTADR),
        (b"\x02hi", b"\x03hi", c.ESME_RINVMSGLEN),
        (b"\x02hi", b"\x02hi\x04\x24\x00\x01x", c.ESME_ROPTPARNOTALLWD),
    ],
)
def test_a_fault_in_the_list_has_the_status_that_names_it(before: bytes, after: bytes, status: int) -> None:
    assert before in BODY
    assert status_of(c.SUBMIT_MULTI, BODY.replace(before, after, 1)) == status


@pytest.mark.parametrize("size", [11, 13, 20, 30])
def test_a_list_that_is_cut_short_is_refused(size: int) -> None:
    assert status_of(c.SUBMIT_MULTI, BODY[:size]) != c.ESME_ROK


@pytest.mark.parametrize(
    "bad",
    [
        {"destinations": ()},
        {"destinations": (p.SmeAddress(256, 0, "1"),)},
        {"destinations": (p.SmeAddress(0, 0, "1" * 21),)},
        {"destinations": (p.DistributionList("a\0b"),)},
        {"destinations": (p.DistributionList("друзья"),)},
    ],
)
def test_encode_refuses_what_decode_would(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        p.encode(dataclasses.replace(MULTI, **bad))


@given(s.SUBMIT_MULTI)
def test_a_submit_multi_to_one_phone_has_the_octets_of_a_submit_sm_around_its_address(pdu: p.SubmitMulti) -> None:
    """A second opinion by way of submit_sm, which smpplib vouches for; it has no submit_multi itself."""
    pdu.destinations = (PHONE,)
    shared = {field.name: getattr(pdu, field.name) for field in dataclasses.fields(pdu) if field.name != "destinations"}
    single = p.SubmitSm(dest_addr_ton=1, dest_addr_npi=1, destination_addr=PHONE.address, **shared)
    address = b"\x01\x0179161234567\0"
    head = len(pdu.service_type) + 1 + 2 + len(pdu.source_addr) + 1
    body = p.encode(single)[HEADER_BYTES:]
    assert body[head : head + len(address)] == address
    assert p.encode(pdu)[HEADER_BYTES:] == body[:head] + b"\x01\x01" + body[head:]


@given(st.binary(max_size=300))
def test_noise_behind_a_good_beginning_is_a_pdu_or_a_pdu_error(noise: bytes) -> None:
    for command_id, beginning in ((c.SUBMIT_MULTI, BODY[:10]), (c.SUBMIT_MULTI_RESP, b"abc\0")):
        frame = frame_of(command_id, beginning + noise)
        try:
            pdu = p.decode(frame)
        except p.PduError as error:
            assert not error.fatal
        else:
            assert p.decode(p.encode(pdu)) == pdu
