"""What people write: whose it is, which of it is one message, and which words stop advertising."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.ids import uuid7
from services.smpp_gateway import constants as c
from services.smpp_gateway.client_messages import deliver_sm
from services.smpp_gateway.incoming import (
    INCOMPLETE_AFTER,
    PART_REPEAT_WITHIN,
    Incoming,
    IncomingPart,
    assemble,
    keyword_of,
    number_key,
    read,
)
from services.smpp_gateway.pdu import DeliverSm, encode
from services.smpp_gateway.segments import segment
from services.smpp_gateway.stopping import kind_of, word_key

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
WORDS = {word_key(word): "stop" for word in ("СТОП", "STOP", "ОТПИСКА", "UNSUBSCRIBE")} | {word_key("START"): "start"}


def _pdu(octets: bytes = b"hello", **fields: Any) -> DeliverSm:
    given = {"source_addr": "+79030000001", "destination_addr": "1234", "short_message": octets} | fields
    return DeliverSm(1, **given)


def _message(**fields: Any) -> Incoming:
    found = read(_pdu(**fields), "main", NOW)
    assert isinstance(found, Incoming)
    return found


@pytest.mark.parametrize(
    ("text", "keyword"),
    [
        ("SHOP buy", "shop"),
        ("  shop.", "shop"),
        ("«Ёлка», да", "елка"),
        ("ЕЛКА", "елка"),
        ("", ""),
        ("!!!", ""),
        ("a" * 50, "a" * 32),
    ],
)
def test_a_keyword_is_the_first_word_whatever_its_case_and_signs(text: str, keyword: str) -> None:
    assert keyword_of(text) == keyword


@pytest.mark.parametrize(
    ("written", "number"),
    [("1234", "1234"), ("+7 (903) 000-00-01", "79030000001"), ("8 903 000 00 01", "79030000001"), ("79030000001",) * 2],
)
def test_a_number_is_compared_in_one_form(written: str, number: str) -> None:
    assert number_key(written) == number


@pytest.mark.parametrize(
    "text",
    [
        "СТОП",
        "стоп",
        " Стоп! ",
        "с т о п",
        "С.Т.О.П.",
        "CTOП",
        "stop",
        "Stop.",
        "STОP",
        "unsubscribe",
        "Отписка",
    ],
)
def test_a_stop_word_is_understood_as_people_write_it(text: str) -> None:
    assert kind_of(text, "", WORDS) == "stop"


@pytest.mark.parametrize("text", ["стоп-кран не работает", "не стоп", "stop it", "", "стоп" * 100, "1"])
def test_a_stop_word_inside_a_sentence_stops_nothing(text: str) -> None:
    assert kind_of(text, "", WORDS) is None


def test_what_follows_a_keyword_may_be_a_stop_word_and_start_is_another_kind() -> None:
    assert kind_of("SHOP stop", "shop", WORDS) == "stop"
    assert kind_of("SHOP stop", "", WORDS) is None
    assert kind_of("start", "", WORDS) == "start"


def test_a_message_is_read_with_its_octets_and_its_text() -> None:
    found = _message(octets="Привет".encode("utf-16-be"), data_coding=8)
    assert (found.text, found.number, found.sender) == ("Привет", "1234", "79030000001")
    assert found.octets == "Привет".encode("utf-16-be")


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"octets": b"\xff\x01", "data_coding": 0xEE}, "ff01"),
        ({"octets": b"\x09\x00", "esm_class": c.ESM_CLASS_UDHI}, None),
        ({"octets": b"", "tlvs": {c.TLV_MESSAGE_PAYLOAD: b"long"}}, "long"),
        ({"octets": b"\x00\x00", "data_coding": 8}, "\ufffd"),
        ({"octets": b"\xd8\x3d", "data_coding": 8}, "\ufffd"),
    ],
)
def test_nothing_is_refused_for_what_it_holds(fields: dict[str, Any], text: str | None) -> None:
    found = _message(**fields)
    assert "\x00" not in found.text
    assert text is None or found.text == text


def test_equal_messages_have_one_fingerprint_unless_the_handset_numbered_them() -> None:
    reference = {c.TLV_USER_MESSAGE_REFERENCE: b"\x00\x07"}
    other = {c.TLV_USER_MESSAGE_REFERENCE: b"\x00\x08"}
    assert _message().fingerprint == _message().fingerprint != _message(octets=b"other").fingerprint
    assert _message(tlvs=reference).fingerprint == _message(tlvs=reference).fingerprint
    assert _message(tlvs=reference).fingerprint != _message(tlvs=other).fingerprint


def _parts(text: str, reference: int = 7, at: datetime = NOW) -> list[IncomingPart]:
    cut = segment(text, reference)
    read_parts = [
        read(_pdu(one, esm_class=cut.esm_class, data_coding=cut.data_coding), "main", at) for one in cut.parts
    ]
    assert all(isinstance(one, IncomingPart) for one in read_parts)
    return read_parts  # type: ignore[return-value]


LONG = "Очень длинное сообщение 😀 " * 10


def test_parts_make_one_message_in_whatever_order_they_came() -> None:
    (made,) = assemble(reversed(_parts(LONG)), NOW)
    assert made.message is not None
    assert (made.message.text, made.message.parts, made.message.parts_total) == (LONG, 5, 5)


def test_a_message_waits_for_its_parts_and_then_goes_on_without_them() -> None:
    first, *_ = parts = _parts(LONG)
    assert assemble(parts[:-1], NOW) == []
    (made,) = assemble([first], NOW + INCOMPLETE_AFTER)
    assert made.message is not None
    assert (made.message.parts, made.message.parts_total) == (1, 5)
    assert LONG.startswith(made.message.text)


def test_a_part_that_comes_twice_counts_once() -> None:
    parts = _parts(LONG)
    (made,) = assemble([*parts[:2], *_parts(LONG)[:1], *parts[2:]], NOW)
    assert made.message is not None and made.message.text == LONG
    assert len(made.part_ids) == 6


def test_a_part_sent_again_after_its_message_was_made_is_no_new_message() -> None:
    used = [replace(one, incoming_id="done") for one in _parts(LONG)]
    (made,) = assemble([*used, _parts(LONG)[-1]], NOW)
    assert (made.message, made.repeats_of) == (None, "done")
    late = _parts(LONG, at=NOW + PART_REPEAT_WITHIN + timedelta(seconds=1))
    (made,) = assemble([*used, *late], NOW)
    assert made.message is not None and made.message.text == LONG


def test_a_reference_used_again_begins_a_new_message() -> None:
    old, new = _parts("а" * 200), _parts("б" * 200)
    made = [one.message for one in assemble([*old[:2], *new], NOW)]
    assert [(one.text, one.parts) for one in made if one] == [("а" * 134, 2), ("б" * 200, 3)]


@pytest.mark.parametrize(
    ("octets", "data_coding", "short"),
    [(b"a" * 160, 0, True), (b"a" * 161, 0, False), (b"a" * 140, 8, True), (b"a" * 142, 8, False)],
)
def test_a_client_gets_a_long_message_whole_as_payload(octets: bytes, data_coding: int, short: bool) -> None:
    pdu = deliver_sm(replace(_message(), octets=octets, data_coding=data_coding))
    assert (pdu.short_message if short else pdu.tlvs[c.TLV_MESSAGE_PAYLOAD]) == octets
    assert bool(pdu.short_message) is short
    assert (pdu.source_addr, pdu.destination_addr, pdu.esm_class) == ("79030000001", "1234", 0)


_TLVS = st.dictionaries(
    st.sampled_from(
        [
            c.TLV_USER_MESSAGE_REFERENCE,
            c.TLV_SAR_MSG_REF_NUM,
            c.TLV_SAR_TOTAL_SEGMENTS,
            c.TLV_SAR_SEGMENT_SEQNUM,
            c.TLV_MESSAGE_PAYLOAD,
        ]
    ),
    st.binary(max_size=3_000),
    max_size=5,
)


@given(
    octets=st.binary(max_size=254),
    esm_class=st.integers(0, 255),
    data_coding=st.integers(0, 255),
    tlvs=_TLVS,
    sender=st.text(st.characters(max_codepoint=255, exclude_characters="\x00"), max_size=20),
)
def test_whatever_a_pdu_holds_is_something_that_can_be_stored_and_forwarded(
    octets: bytes, esm_class: int, data_coding: int, tlvs: dict[int, bytes], sender: str
) -> None:
    pdu = _pdu(octets, esm_class=esm_class, data_coding=data_coding, tlvs=tlvs, source_addr=sender)
    found = read(pdu, "main", NOW)
    made = found if isinstance(found, Incoming) else assemble([found], NOW + INCOMPLETE_AFTER)[0].message
    assert made is not None
    assert "\x00" not in made.text.encode().decode()
    assert len(made.sender) <= 20 and 0 < made.parts <= made.parts_total <= 255
    assert not isinstance(found, IncomingPart) or 0 <= found.reference <= 0xFFFF
    encode(deliver_sm(made))


@given(
    text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=161, max_size=300),
    data=st.data(),
)
def test_parts_in_any_order_and_number_make_the_text_once(text: str, data: st.DataObject) -> None:
    parts = _parts(text)
    came = data.draw(st.permutations(parts * 2))
    ordered = [replace(one, id=str(uuid7(NOW))) for one in came]
    made = assemble(ordered, NOW)
    assert [one.message.text for one in made if one.message] == [text]
    assert assemble([one for one in ordered if one.sequence != 1], NOW) == []
