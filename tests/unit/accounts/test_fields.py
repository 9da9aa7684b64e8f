"""What a login, a host, a password and the other fields may be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.accounts import PROBLEMS
from services.accounts.common_passwords import COMMON
from services.accounts.fields import compact_phone, host_key, is_email, login_key, parse_date, storable
from services.accounts.passwords import password_problem
from services.accounts.problems import Problems


@pytest.mark.parametrize("login", ["ab", "Ivan.Petrov", "shop_24", "a@b.ru", "x" * 64, "1c"])
def test_a_login_is_compared_in_small_letters(login: str) -> None:
    assert login_key(login) == login.lower()


@pytest.mark.parametrize("login", ["", "a", "x" * 65, " ab", "ab\n", "a b", "иван", "-ab", "a\x00b", "Kelvin\u212a"])
def test_what_is_no_login_has_no_key(login: str) -> None:
    assert login_key(login) == ""


@pytest.mark.parametrize("host", ["sms.example.ru", "localhost", "127.0.0.1", "xn--80ak6aa.xn--p1ai", "a-b.c"])
def test_a_domain_name_is_a_host(host: str) -> None:
    assert host_key(host) == host == host_key(host.upper())


@pytest.mark.parametrize(
    "host", ["", "a:80", "a..b", ".a", "a.", "-a.b", "a_b", "x" * 64, "a." * 127 + "ab", "a/b", "a\n", "смс.рф"]
)
def test_what_is_no_domain_name_is_no_host(host: str) -> None:
    assert host_key(host) == ""


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("1234567", "password_too_short"),
        ("x" * 129, "password_too_long"),
        ("Qwerty123", "password_too_common"),
        ("zzzzzzzzzz", "password_too_common"),
        ("пароль123", "password_too_common"),
        ("good\x00good", "text_invalid"),
        ("correct horse", None),
        ("длинный пароль", None),
        ("xy" * 64, None),
        ("        x", None),
    ],
)
def test_a_password_is_long_enough_and_not_everybodys(password: str, problem: str | None) -> None:
    assert password_problem(password) == problem


def test_every_listed_password_would_otherwise_be_allowed() -> None:
    assert not [one for one in COMMON if len(one) < 8 or one != one.lower()]


@pytest.mark.parametrize("address", ["a@b.ru", "first.last+tag@sub.example.com", "info@почта.рф"])
def test_a_letter_can_go_to_an_email_address(address: str) -> None:
    assert is_email(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "a@b",
        "@b.ru",
        "a@",
        "a b@c.ru",
        "a@b.ru\nBcc: x@y.ru",
        "a@b.ru,c@d.ru",
        "имя@b.ru",
        "a@b..ru",
        "<a@b.ru>",
    ],
)
def test_what_is_no_email_address_is_told_apart(address: str) -> None:
    assert not is_email(address)


@pytest.mark.parametrize(
    "text", ["2026-11-31", "20261101", "2026-W01-1", "2026-1-1", "01.11.2026", "", "２０２６-11-01"]
)
def test_a_date_is_written_one_way(text: str) -> None:
    assert parse_date(text) is None


def test_a_phone_loses_the_signs_for_reading() -> None:
    assert compact_phone("+7 (916) 123-45-67") == "+79161234567"


@given(st.text(st.characters(), max_size=400))
def test_stored_text_is_bounded_and_fit_for_the_database(text: str) -> None:
    stored = storable(text, 300)
    assert len(stored) <= 300
    assert "\x00" not in stored
    stored.encode("utf-8")


def test_every_problem_has_its_sentence() -> None:
    problems = Problems()
    for code in PROBLEMS:
        problems.add("/x", code)
    assert all(one["detail"] and not one["detail"].endswith(".") for one in problems.found)
