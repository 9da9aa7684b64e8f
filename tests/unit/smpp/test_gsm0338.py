"""The GSM alphabet: every code has its character, the backquote has none, and odd octets never raise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smpplib import gsm  # type: ignore[import-untyped]

from services.smpp_gateway.gsm0338 import (
    BASIC_CHARACTERS,
    EXTENDED_CHARACTERS,
    decode_gsm,
    encode_gsm,
    gsm_length,
    is_gsm,
)

ALPHABET = sorted(BASIC_CHARACTERS | EXTENDED_CHARACTERS)
GSM_TEXTS = st.text(st.sampled_from(ALPHABET), max_size=400)


@given(GSM_TEXTS)
def test_gsm_text_survives_the_round_trip(text: str) -> None:
    octets = encode_gsm(text)
    assert is_gsm(text)
    assert decode_gsm(octets) == text
    assert len(octets) == gsm_length(text)


def test_the_alphabet_has_127_characters_and_10_extended_ones() -> None:
    assert (len(BASIC_CHARACTERS), len(EXTENDED_CHARACTERS)) == (127, 10)


@pytest.mark.parametrize(
    ("character", "octets"),
    [
        ("@", b"\x00"),
        ("$", b"\x02"),
        ("Δ", b"\x10"),
        ("_", b"\x11"),
        ("¤", b"\x24"),
        ("¡", b"\x40"),
        ("§", b"\x5f"),
        ("¿", b"\x60"),
        ("à", b"\x7f"),
        ("€", b"\x1b\x65"),
        ("^", b"\x1b\x14"),
        ("|", b"\x1b\x40"),
        ("\f", b"\x1b\x0a"),
    ],
)
def test_characters_stand_where_3gpp_23038_puts_them(character: str, octets: bytes) -> None:
    assert encode_gsm(character) == octets


@pytest.mark.parametrize("foreign", ["`", "ы", "ç", "\x1b", "\t", "“", "🙂", "\ufffd"])
def test_what_is_not_in_the_alphabet_is_refused(foreign: str) -> None:
    assert not is_gsm("a" + foreign)
    with pytest.raises(ValueError, match="not in the GSM"):
        encode_gsm("a" + foreign)


@given(st.text(st.sampled_from([character for character in ALPHABET if character not in "§\f"])))
def test_smpplib_encodes_the_same_where_it_is_right(text: str) -> None:
    assert encode_gsm(text) == gsm.gsm_encode(text)


@given(st.binary(max_size=200))
def test_any_octets_decode_to_some_text(octets: bytes) -> None:
    assert isinstance(decode_gsm(octets), str)


@pytest.mark.parametrize(
    ("octets", "text"),
    [(b"a\x1b", "a "), (b"\x1b\x1b\x28", " ("), (b"\x1bA", "A"), (b"\x1b\x0dx", "\rx"), (b"\xe4", "\ufffd")],
)
def test_odd_octets_show_as_3gpp_23038_asks(octets: bytes, text: str) -> None:
    assert decode_gsm(octets) == text
