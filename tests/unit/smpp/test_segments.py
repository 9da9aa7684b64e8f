"""Parts of a text: joined they are the text, each fits its frame, and no pair is cut in two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smpplib import gsm  # type: ignore[import-untyped]

from services.smpp_gateway import constants as c
from services.smpp_gateway.gsm0338 import EXTENDED_CHARACTERS
from services.smpp_gateway.segments import (
    Concatenation,
    TextTooLong,
    count_parts,
    decode_text,
    join_parts,
    parse_udh,
    read_part,
    segment,
)
from tests.unit.smpp.test_gsm0338 import ALPHABET

# Long texts of few drawn letters, so that pairs meet the cuts often.
LONG_GSM = st.builds(str.__mul__, st.text(st.sampled_from("ab€[@\n"), min_size=1, max_size=40), st.integers(1, 40))
LONG_UCS2 = st.builds(str.__mul__, st.text(st.sampled_from("яж🙂a€`"), min_size=1, max_size=30), st.integers(1, 20))
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
TEXTS = st.one_of(LONG_GSM, LONG_UCS2, ANY_TEXT, st.text(st.sampled_from(ALPHABET), max_size=900))


@given(TEXTS, st.integers(0, 2**20), st.booleans())
def test_joined_parts_are_the_text(text: str, reference: int, wide: bool) -> None:
    segments = segment(text, reference, max_parts=255, wide_reference=wide)
    read = [parse_udh(part, segments.esm_class) for part in segments.parts]
    if len(read) == 1:
        assert read[0][0] is None
        assert decode_text(segments.data_coding, read[0][1]) == text
        return
    mask = 0xFFFF if wide else 0xFF
    assert [concat for concat, _ in read] == [(reference & mask, len(read), n) for n in range(1, len(read) + 1)]
    whole = join_parts([(concat, payload) for concat, payload in reversed(read) if concat])
    assert whole is not None
    assert decode_text(segments.data_coding, whole) == text


@given(TEXTS, st.booleans())
def test_each_part_fits_140_octets_and_is_text_by_itself(text: str, wide: bool) -> None:
    segments = segment(text, 1, max_parts=255, wide_reference=wide)
    pieces = []
    for part in segments.parts:
        _, payload = parse_udh(part, segments.esm_class)
        header_bits = 8 * (len(part) - len(payload))
        septets = segments.encoding == "gsm"
        assert -(-header_bits // 7) + len(payload) <= 160 if septets else len(part) <= 140
        assert not payload.endswith(b"\x1b") if septets else True
        pieces.append(decode_text(segments.data_coding, payload))
    assert "".join(pieces) == text


@given(TEXTS)
def test_count_parts_equals_the_parts(text: str) -> None:
    assert count_parts(text, 255) == len(segment(text, 0, 255).parts)


@given(
    st.one_of(
        LONG_GSM.map(lambda text: text.translate({ord(character): "x" for character in EXTENDED_CHARACTERS})),
        st.builds(str.__mul__, st.text(st.sampled_from("яж €"), min_size=1, max_size=30), st.integers(1, 20)).map(
            lambda text: "я" + text
        ),
    )
)
def test_smpplib_cuts_the_same_where_it_is_right(text: str) -> None:
    ours = segment(text, 5, max_parts=255)
    parts, data_coding, esm_class = gsm.make_parts(text)
    assert (ours.data_coding, ours.esm_class) == (data_coding, esm_class)
    # Its reference, the fourth octet, is random.
    blank = [part[:3] + b"\5" + part[4:] if esm_class else part for part in parts]
    assert list(ours.parts) == blank


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 152, 3),
        ("я" * 70, 1),
        ("я" * 71, 2),
        ("я" * 134, 2),
        ("я" * 135, 3),
        ("🙂" * 35, 1),
        ("🙂" * 36, 2),
        ("я" * 66 + "🙂" + "я" * 66, 3),
        ("`" * 71, 2),
    ],
)
def test_the_limits_of_a_part(text: str, parts: int) -> None:
    assert count_parts(text) == parts
    assert len(segment(text, 0).parts) == parts


def test_a_text_beyond_the_limit_says_how_many_parts_it_needs() -> None:
    for refuse in (lambda: segment("a" * 1531, 0), lambda: count_parts("a" * 1531)):
        with pytest.raises(TextTooLong) as error:
            refuse()
        assert (error.value.parts, error.value.max_parts) == (11, 10)
    assert len(segment("a" * 1530, 0).parts) == 10
    with pytest.raises(TextTooLong):
        segment("я" * 67 * 256, 0, max_parts=1000)


def test_half_a_surrogate_pair_is_a_clear_error() -> None:
    for refuse in (lambda: segment("\ud83d", 0), lambda: count_parts("\ud83d")):
        with pytest.raises(ValueError, match="surrogate"):
            refuse()


def test_the_header_is_that_of_3gpp_23040() -> None:
    assert [part[:6] for part in segment("a" * 200, 0x1FE).parts] == [b"\5\0\3\xfe\2\1", b"\5\0\3\xfe\2\2"]
    wide = segment("a" * 200, 0x1FE, wide_reference=True)
    assert [part[:7] for part in wide.parts] == [b"\6\x08\4\x01\xfe\2\1", b"\6\x08\4\x01\xfe\2\2"]


def test_a_header_with_other_elements_gives_its_concatenation() -> None:
    ports = b"\x05\x04\x15\x81\x15\x82"
    header = ports + b"\x00\x03\x07\x03\x02"
    assert parse_udh(bytes((len(header),)) + header + b"text", 0x40) == (Concatenation(7, 3, 2), b"text")
    assert parse_udh(bytes((len(ports),)) + ports + b"text", 0x43) == (None, b"text")


@pytest.mark.parametrize("faulty", [b"\x00\x03\x07\x00\x01", b"\x00\x03\x07\x02\x03", b"\x00\x03\x07\x02\x00"])
def test_an_impossible_concatenation_does_not_count(faulty: bytes) -> None:
    assert parse_udh(b"\5" + faulty + b"x", 0x40) == (None, b"x")


@pytest.mark.parametrize("broken", [b"", b"\5", b"\5\0\3\1\2", b"\2\0\3abc", b"\1\0abc", b"\xff" + bytes(20)])
def test_a_broken_header_is_an_error(broken: bytes) -> None:
    with pytest.raises(ValueError, match="user data header"):
        parse_udh(broken, 0x40)


@given(st.binary(max_size=140))
def test_any_octets_after_the_indicator_parse_or_are_an_error(octets: bytes) -> None:
    try:
        concatenation, payload = parse_udh(octets, 0x40)
    except ValueError:
        return
    assert octets.endswith(payload)
    assert concatenation is None or 1 <= concatenation.sequence <= concatenation.total


def test_sar_tlvs_and_message_payload_are_understood() -> None:
    tlvs = {
        c.TLV_SAR_MSG_REF_NUM: b"\1\2",
        c.TLV_SAR_TOTAL_SEGMENTS: b"\2",
        c.TLV_SAR_SEGMENT_SEQNUM: b"\1",
    }
    assert read_part(b"text", 0, tlvs) == (Concatenation(0x0102, 2, 1), b"text")
    assert read_part(b"", 0, {c.TLV_MESSAGE_PAYLOAD: b"long"}) == (None, b"long")
    assert read_part(b"", 0x40, {c.TLV_MESSAGE_PAYLOAD: b"\5\0\3\1\2\1x"}) == (Concatenation(1, 2, 1), b"x")
    assert read_part(b"x", 0, {c.TLV_SAR_MSG_REF_NUM: b"\1\2"}) == (None, b"x")


def test_join_waits_for_every_part_and_counts_a_repeat_once() -> None:
    first, second = (Concatenation(1, 2, 1), b"\x1b"), (Concatenation(1, 2, 2), b"\x65")
    assert join_parts([]) is None
    assert join_parts([second, second]) is None
    whole = join_parts([second, first, second])
    assert whole is not None
    assert decode_text(0, whole) == "€"
    with pytest.raises(ValueError, match="different messages"):
        join_parts([first, (Concatenation(2, 2, 2), b"")])


@pytest.mark.parametrize(
    ("data_coding", "octets", "text"),
    [
        (0, b"\x00\x1b\x65", "@€"),
        (1, b"@a", "@a"),
        # The GSM alphabet under the name of ASCII, and tabs and ends of lines, which both have.
        (1, b"\x00\x1b\x65", "@€"),
        (1, b"a\tb\r\n@", "a\tb\r\n@"),
        (2, "я".encode("utf-16-be"), "я"),
        (3, b"\xe9", "é"),
        (4, b"\x01\xff", "01ff"),
        (6, "я".encode("iso8859-5"), "я"),
        (8, "🙂".encode("utf-16-be"), "🙂"),
        (0x10, b"\x00", "@"),
        (0x18, "я".encode("utf-16-be"), "я"),
        (0xF1, b"\x00", "@"),
    ],
)
def test_text_by_data_coding(data_coding: int, octets: bytes, text: str) -> None:
    assert decode_text(data_coding, octets) == text


@pytest.mark.parametrize(("data_coding", "octets"), [(0, b"\xff"), (1, b"\xff"), (8, b"\x04"), (8, b"\xd8\x3d")])
def test_octets_that_are_no_text_are_refused_or_replaced(data_coding: int, octets: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode_text(data_coding, octets)
    assert "\ufffd" in decode_text(data_coding, octets, strict=False)


def test_an_unknown_data_coding_is_refused() -> None:
    with pytest.raises(ValueError, match="data_coding 5"):
        decode_text(5, b"")
