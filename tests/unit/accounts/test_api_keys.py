"""The form of an API key."""

import re

from hypothesis import given
from hypothesis import strategies as st

from services.accounts.api_keys import base62, hash_of, new_key, parse_key

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def test_a_key_has_the_promised_form_and_reads_back() -> None:
    for test, kind in ((True, "test"), (False, "live")):
        key = new_key(test=test)
        assert re.fullmatch(rf"golub_{kind}_[0-9A-Za-z]{{12}}_[0-9A-Za-z]{{49}}", key.text)
        assert parse_key(key.text) == key


def test_two_keys_share_nothing() -> None:
    first, second = new_key(test=True), new_key(test=True)
    assert first.key_id != second.key_id
    assert first.secret_hash != second.secret_hash


@given(st.data())
def test_one_wrong_character_is_told_apart_without_the_database(data: st.DataObject) -> None:
    text = new_key(test=True).text
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from(ALPHABET).filter(lambda one: one != text[place]))
    assert parse_key(text[:place] + other + text[place + 1 :]) is None


@given(st.text() | st.from_regex(r"golub_(live|test)_[0-9A-Za-z_]{0,80}"))
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert parse_key(text) is None


def test_a_cut_key_is_no_key() -> None:
    text = new_key(test=True).text
    assert not any(parse_key(text[:length]) for length in range(len(text)))
    assert parse_key(text + "0") is None
    assert parse_key(text + "\n") is None


@given(st.integers(0, 2**256 - 1))
def test_base62_keeps_256_bits_in_43_characters(number: int) -> None:
    text, value = base62(number, 43), 0
    for digit in text:
        value = value * 62 + ALPHABET.index(digit)
    assert (value, len(text)) == (number, 43)


def test_the_stored_hash_is_of_the_secret_alone() -> None:
    key = new_key(test=True)
    assert key.secret_hash == hash_of(key.text.split("_")[3][:43])
    assert len(key.secret_hash) == 32
