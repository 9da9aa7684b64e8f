"""Whatever the alphabet of a link and its way with long messages: it reads back, fits, and is never more than was priced."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.smpp_gateway import constants as c
from services.smpp_gateway.gsm0338 import decode_gsm
from services.smpp_gateway.gsm_packing import fill_bits, pack, unpack
from services.smpp_gateway.link_encoding import Part, parts, plan, recode
from services.smpp_gateway.segments import count_parts, join_parts, parse_udh, read_part

ALPHABETS = ["gsm", "gsm_packed", "latin_1", "ucs2"]
WAYS = ["udh_8", "udh_16", "sar", "payload"]
# Few letters in long texts, so that escape and surrogate pairs meet the cuts often.
TEXTS = st.builds(
    str.__mul__,
    st.text(st.sampled_from("ab€[@\nêяж🙂Δ"), min_size=1, max_size=30),
    st.integers(1, 30),
).filter(lambda text: len(text.encode("utf-16-be")) <= 1_200)


def octets_of(part: Part) -> bytes:
    return part.short_message or part.tlvs.get(c.TLV_MESSAGE_PAYLOAD, b"")


def text_of(part: Part, alphabet: str, data_coding: int, way: str) -> str:
    """One part by itself, as a handset shows it behind an SMSC of that alphabet."""
    _, content = parse_udh(octets_of(part), part.esm_class)
    if data_coding == c.DATA_CODING_UCS2:
        return content.decode("utf-16-be")
    if data_coding == c.DATA_CODING_GSM and alphabet == "latin_1":
        return content.decode("latin-1")
    if data_coding == c.DATA_CODING_GSM and alphabet == "gsm_packed":
        header = len(octets_of(part)) - len(content)
        septets = unpack(content, fill_bits(header) if header else 0)
        return decode_gsm(septets)
    return decode_gsm(content)


@pytest.mark.parametrize("alphabet", ALPHABETS)
@pytest.mark.parametrize("way", WAYS)
@given(text=TEXTS, reference=st.integers(0, 0xFFFF))
def test_no_more_parts_than_priced_and_they_read_back_whole(alphabet: str, way: str, text: str, reference: int) -> None:
    priced = count_parts(text, 255)
    try:
        known = plan(text, alphabet, way, priced)  # type: ignore[arg-type]
    except ValueError:
        assert alphabet == "ucs2"
        return
    made = parts(known, reference)
    assert len(made) <= priced
    read = [text_of(part, alphabet, known.data_coding, way) for part in made]
    # Where seven bits stay over in packed septets, a carriage return fills them.
    if alphabet == "gsm_packed" and known.data_coding == c.DATA_CODING_GSM:
        read = [one.removesuffix("\r") for one in read]
    assert "".join(read) == text


@pytest.mark.parametrize("alphabet", ALPHABETS)
@pytest.mark.parametrize("way", ["udh_8", "udh_16", "sar"])
@given(text=TEXTS)
def test_each_part_is_one_short_message(alphabet: str, way: str, text: str) -> None:
    priced = count_parts(text, 255)
    try:
        known = plan(text, alphabet, way, priced)  # type: ignore[arg-type]
    except ValueError:
        return
    in_octets = known.data_coding == c.DATA_CODING_UCS2 or alphabet in ("gsm_packed", "latin_1")
    in_octets = in_octets and known.data_coding != c.DATA_CODING_GSM_CLASS_1
    for part in parts(known, 1):
        _, content = parse_udh(part.short_message, part.esm_class)
        header = len(part.short_message) - len(content)
        if part.tlvs:
            # The SMSC writes a header of its own before it.
            header = 6
        if in_octets:
            assert header + len(content) <= 140
        else:
            assert -(-header * 8 // 7) + len(content) <= 160


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("text", "alphabet", "data_coding"),
    [
        ("Hello", "gsm", 0),
        ("Привет", "gsm", 8),
        ("Hello", "gsm_packed", 0),
        ("Привет", "gsm_packed", 8),
        ("Tête-à-tête", "latin_1", 0),
        ("Привет", "latin_1", 8),
        ("20 €", "latin_1", 8),
        ("Hello", "ucs2", 8),
        # 150 septets were priced as one part, and are more than 140 octets.
        ("a" * 150, "latin_1", 0xF1),
        ("a" * 300, "latin_1", 0xF1),
        ("Δ" * 100, "latin_1", 0xF1),
    ],
)
def test_data_coding_names_the_alphabet_that_was_taken(text: str, alphabet: str, data_coding: int, way: str) -> None:
    assert plan(text, alphabet, way, count_parts(text)).data_coding == data_coding  # type: ignore[arg-type]


def test_latin_1_may_need_fewer_parts_than_were_priced() -> None:
    text = "ê" * 134 * 2
    assert count_parts(text) == 4
    assert len(parts(plan(text, "latin_1", "udh_8", 4), 1)) == 2


@pytest.mark.parametrize("text", ["a" * 100, "a" * 71])
def test_a_text_that_the_link_could_only_send_in_more_parts_than_were_priced_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="2 parts in the alphabet of the link, 1 were priced"):
        plan(text, "ucs2", "udh_8", 1)


def test_message_payload_is_counted_as_the_parts_the_smsc_makes_of_it() -> None:
    with pytest.raises(ValueError, match="2 were priced"):
        plan("я" * 150, "gsm", "payload", 2)
    assert len(parts(plan("я" * 150, "gsm", "payload", 3), 1)) == 1


def test_a_16_bit_reference_gives_way_to_an_8_bit_one_where_it_would_cost_a_part() -> None:
    fits, full = "я" * 132, "я" * 134
    assert parts(plan(fits, "gsm", "udh_16", 2), 0xABCD)[0].short_message[:7] == b"\x06\x08\x04\xab\xcd\x02\x01"
    assert parts(plan(full, "gsm", "udh_16", 2), 0xABCD)[0].short_message[:6] == b"\x05\x00\x03\xcd\x02\x01"


def test_sar_parameters_carry_reference_count_and_number() -> None:
    made = parts(plan("я" * 150, "gsm", "sar", 3), 0xABCD)
    assert [part.tlvs for part in made] == [
        {c.TLV_SAR_MSG_REF_NUM: b"\xab\xcd", c.TLV_SAR_TOTAL_SEGMENTS: b"\x03", c.TLV_SAR_SEGMENT_SEQNUM: bytes((n,))}
        for n in (1, 2, 3)
    ]
    read = [read_part(part.short_message, part.esm_class, part.tlvs) for part in made]
    assert join_parts([(where, octets) for where, octets in read if where]) == ("я" * 150).encode("utf-16-be")


@pytest.mark.parametrize("way", WAYS)
def test_a_short_text_goes_in_short_message_whatever_is_set_for_long_ones(way: str) -> None:
    assert parts(plan("Hello", "gsm", way, 1), 7) == [Part(b"Hello")]  # type: ignore[arg-type]


def test_half_of_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(ValueError, match="surrogate"):
        plan("a\ud83d", "gsm", "udh_8", 1)


@given(st.binary(max_size=160).map(lambda octets: bytes(octet & 0x7F for octet in octets)), st.integers(0, 6))
def test_packed_septets_are_unpacked_to_what_they_were(septets: bytes, fill: int) -> None:
    packed = pack(septets, fill)
    assert len(packed) == -(-(7 * len(septets) + fill) // 8)
    read = unpack(packed, fill)
    assert read[: len(septets)] == septets
    assert read[len(septets) :] in (b"", b"\r")


def test_packing_is_that_of_the_standard() -> None:
    # 160 septets fill 140 octets, 153 do behind a header of six.
    assert pack(b"hellohello") == bytes.fromhex("e8329bfd4697d9ec37")
    assert (len(pack(b"a" * 160)), 6 + len(pack(b"a" * 153, fill_bits(6)))) == (140, 140)
    assert (fill_bits(6), fill_bits(7)) == (1, 0)
    assert 7 + len(pack(b"a" * 152, fill_bits(7))) == 140
    with pytest.raises(ValueError, match="0x80"):
        pack(b"\x80")


def test_seven_bits_that_stay_over_are_no_at_sign() -> None:
    assert unpack(pack(b"1234567")) == b"1234567\r"


HEADER = b"\x05\x00\x03\x07\x02\x01"


@pytest.mark.parametrize(
    ("raw", "data_coding", "alphabet", "expected"),
    [
        (HEADER + b"abc", 0, "gsm", (HEADER + b"abc", 0)),
        (HEADER + b"abc", 0, "gsm_packed", (HEADER + pack(b"abc", 1), 0)),
        (HEADER + b"\x00bc", 0, "latin_1", (HEADER + b"@bc", 0)),
        (HEADER + b"abc", 0, "ucs2", (HEADER + "abc".encode("utf-16-be"), 8)),
        (HEADER + b"a" * 153, 0, "latin_1", (HEADER + b"a" * 153, 0xF1)),
        (HEADER + b"ab\x1b", 0, "latin_1", (HEADER + b"ab\x1b", 0xF1)),
        (HEADER + b"\x04\x1f", 8, "gsm_packed", (HEADER + b"\x04\x1f", 8)),
        (HEADER + b"\xff", 4, "latin_1", (HEADER + b"\xff", 4)),
    ],
)
def test_what_a_client_encoded_in_data_coding_0_is_written_in_the_alphabet_of_the_link(
    raw: bytes, data_coding: int, alphabet: str, expected: tuple[bytes, int]
) -> None:
    assert recode(raw, data_coding, True, alphabet) == expected  # type: ignore[arg-type]
