"""What a sender name may be, and when it may be used."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.refusals import REFUSALS
from services.senders.names import ALLOWED, name_problem, refusal_of, state_of_new


@pytest.mark.parametrize(
    "name", ["GOLUB", "A", "Shop-24.ru", "M&M_s", "12345678901", "1" * 15, "7 (495)", "$hop@home", "x" * 11]
)
def test_a_name_has_at_most_11_signs_or_15_digits(name: str) -> None:
    assert name_problem(name) is None


@pytest.mark.parametrize(
    "name",
    [
        "x" * 12,
        "1" * 16,
        "+79161234567",
        "Голуб",
        "SHOP\n",
        " SHOP",
        "SHOP ",
        "a`b",
        "a[b]",
        "a\x00b",
        "１２３",
        "\ud800",
    ],
)
def test_what_a_phone_cannot_show_is_no_name(name: str) -> None:
    assert name_problem(name) == "invalid"


@pytest.mark.parametrize("name", ["", " ", "\t\n", "\u00a0"])
def test_an_empty_name_is_a_missing_one(name: str) -> None:
    assert name_problem(name) == "missing"


@given(st.text(sorted(ALLOWED), min_size=1, max_size=11))
def test_any_eleven_allowed_signs_make_a_name_unless_spaces_surround_them(name: str) -> None:
    assert (name_problem(name) is None) == (name == name.strip())


@given(st.text())
def test_an_accepted_name_fits_a_gsm_address(name: str) -> None:
    if name_problem(name) is None:
        assert name.isascii()
        assert len(name) <= (15 if name.isdigit() else 11)


@pytest.mark.parametrize(
    ("state", "any_sender", "refusal"),
    [
        (None, False, "sender_unknown"),
        ("pending", False, "sender_pending"),
        ("refused", False, "sender_refused"),
        ("approved", False, None),
        (None, True, None),
        ("pending", True, None),
        ("refused", True, "sender_refused"),
        ("approved", True, None),
    ],
)
def test_the_state_decides_and_a_refusal_goes_before_the_policy(
    state: str | None, any_sender: bool, refusal: str | None
) -> None:
    assert refusal_of(state, any_sender) == refusal
    assert refusal is None or refusal in REFUSALS


def test_a_new_name_waits_unless_the_policy_lets_it_through() -> None:
    assert state_of_new(any_sender=False, automatic=False) == "pending"
    assert state_of_new(any_sender=False, automatic=True) == "approved"
    assert state_of_new(any_sender=True, automatic=False) == "approved"
