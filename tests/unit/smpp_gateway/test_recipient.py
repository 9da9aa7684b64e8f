import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.smpp_gateway.recipient import normalise


@pytest.mark.parametrize(
    "written",
    [
        "79031234567",
        "+79031234567",
        "89031234567",
        "9031234567",
        "+7 (903) 123-45-67",
        "8 903 123 45 67",
        "8-903-123.45.67",
        "+7\u00a0903\u202f1234567",
    ],
)
def test_a_russian_mobile_number_is_known_however_it_is_written(written: str) -> None:
    assert normalise(written) == "79031234567"


@pytest.mark.parametrize(
    ("written", "number"),
    [("+49 151 23456789", "4915123456789"), ("0049 151 23456789", "4915123456789"), ("12025550123", "12025550123")],
)
def test_any_other_number_needs_its_country_code(written: str, number: str) -> None:
    assert normalise(written) == number


@pytest.mark.parametrize(
    "written",
    ["", " ", "abc", "123", "+7903123456", "790312345678", "٧٩٠٣١٢٣٤٥٦٧", "7903123456x", "+" * 20, "9" * 33, "+-()"],
)
def test_what_is_no_number_is_none(written: str) -> None:
    assert normalise(written) is None


@given(st.from_regex(r"9\d{9}", fullmatch=True), st.sampled_from(["", "7", "+7", "8"]), st.data())
def test_filling_between_the_digits_changes_nothing(digits: str, prefix: str, data: st.DataObject) -> None:
    if not digits.isascii():
        return
    fillings = [data.draw(st.sampled_from(["", " ", "-", "(", ")"])) for _ in digits]
    written = prefix + "".join(filling + digit for filling, digit in zip(fillings, digits, strict=True))
    expected = "7" + digits if len(written) <= 32 else None
    assert normalise(written) == expected


@given(st.text(max_size=40))
def test_whatever_comes_is_digits_or_none_and_stays_the_same(written: str) -> None:
    number = normalise(written)
    if number is not None:
        assert number.isascii() and number.isdigit() and 8 <= len(number) <= 15
        assert normalise("+" + number) == number


def test_digits_of_other_scripts_are_no_phone_number() -> None:
    assert normalise("7903123450\uff11") is None
