"""Check digits: one wrong digit or two that changed places are found wherever the rules can find them."""

import pytest

from services.billing import requisites as rules
from tests.unit.billing.requisites_examples import BIK, SELLER, account, ogrn, person_inn

PERSON = person_inn("5000000012")
OFFICE_BIK = "044525000"


def with_one_digit_changed(number: str) -> list[str]:
    return [
        number[:place] + digit + number[place + 1 :]
        for place in range(len(number))
        for digit in "0123456789"
        if digit != number[place]
    ]


def test_numbers_worked_out_by_the_published_rules_are_right() -> None:
    assert rules.is_inn(SELLER.inn) and rules.is_inn(PERSON)
    assert rules.is_ogrn(SELLER.ogrn, SELLER.inn) and rules.is_ogrn(ogrn("32077460000000"), PERSON)
    assert rules.is_settlement_account(SELLER.account, BIK)
    assert rules.is_correspondent_account(SELLER.correspondent_account, BIK)


def test_every_single_wrong_digit_of_an_account_is_found() -> None:
    assert not any(rules.is_settlement_account(one, BIK) for one in with_one_digit_changed(SELLER.account))
    wrong = with_one_digit_changed(SELLER.correspondent_account)
    assert not any(rules.is_correspondent_account(one, BIK) for one in wrong)


def test_nearly_every_single_wrong_digit_of_an_inn_is_found() -> None:
    """Its remainder by 11 is taken by 10 once more, so that a remainder of 10 passes for 0: one digit in a hundred."""
    for number in (SELLER.inn, PERSON):
        changed = with_one_digit_changed(number)
        assert sum(map(rules.is_inn, changed)) <= len(changed) // 20


@pytest.mark.parametrize(
    "wrong", ["", "7700000000x", "77000000", "0000000000", "000000000000", " 7700000004", "٧٧٠٠٠٠٠٠٠٠"]
)
def test_what_is_no_inn_at_all(wrong: str) -> None:
    assert not rules.is_inn(wrong)


def test_a_company_has_an_ogrn_of_13_digits_and_a_person_one_of_15() -> None:
    assert not rules.is_ogrn(SELLER.ogrn, PERSON)
    assert not rules.is_ogrn(ogrn("32077460000000"), SELLER.inn)
    assert not rules.is_ogrn("", SELLER.inn)


@pytest.mark.parametrize(("kpp", "right"), [("770001001", True), ("7700AB001", True), ("77000100", False), ("", False)])
def test_a_kpp_is_known_by_its_shape(kpp: str, right: bool) -> None:
    assert rules.is_kpp(kpp) is right


@pytest.mark.parametrize("wrong", ["", "144525999", "04452599", "04452599x"])
def test_what_is_no_bik(wrong: str) -> None:
    assert rules.is_bik(BIK)
    assert not rules.is_bik(wrong)


def test_an_account_is_right_at_its_own_bank_alone() -> None:
    assert not rules.is_settlement_account(SELLER.account, "044525998")
    assert not rules.is_correspondent_account(SELLER.correspondent_account, "044525998")


def test_an_account_in_dollars_is_none_to_pay_roubles_to() -> None:
    assert not rules.is_settlement_account(account(BIK[-3:], "40702840", "00000000001"), BIK)


def test_an_account_with_the_central_bank_takes_its_key_from_the_office_and_needs_no_correspondent_one() -> None:
    assert rules.is_settlement_account(account("025", "40102810", "00000000001"), "044525000") is True
    assert rules.is_settlement_account(account("000", "40102810", "00000000001"), OFFICE_BIK) is False
    assert not rules.needs_correspondent_account(OFFICE_BIK)
    assert rules.needs_correspondent_account(BIK)


def test_an_ogrnip_whose_remainder_has_two_digits_is_right() -> None:
    starts = [f"320774600000{number:02}" for number in range(13)]
    assert {int(start) % 13 for start in starts} == set(range(13))
    assert all(rules.is_ogrn(f"{start}{int(start) % 13 % 10}", PERSON) for start in starts)
