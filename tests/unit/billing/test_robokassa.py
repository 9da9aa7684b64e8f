"""Robokassa's rule of signatures, and what is refused without one."""

import hashlib
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from contracts.errors import Forbidden
from services.billing.providers.protocol import Order, Shop
from services.billing.providers.robokassa import ADDRESS, Robokassa

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
REFERENCE = "019389d6-0000-7000-8000-000000000001"
ORDER = Order(12, REFERENCE, 1_234_500, NOW)
ROBOKASSA = Robokassa()


def shop(**changes: Any) -> Shop:
    passwords = {"password1": "first", "password2": "second"}
    known: dict[str, Any] = {"login": "golub", "description": "Пополнение", "test": False, "algorithm": "sha256"}
    return Shop(**known | changes, passwords=passwords)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def callback(amount: str = "123.45", number: str = "12", **changes: str) -> dict[str, str]:
    fields = {"OutSum": amount, "InvId": number, "Shp_payment": REFERENCE}
    own = f"Shp_payment={REFERENCE}"
    return fields | {"SignatureValue": sha256(f"{amount}:{number}:second:{own}"), "Fee": "1.00"} | changes


def test_the_payer_is_sent_to_the_page_of_robokassa_with_a_signed_sum() -> None:
    address = urlsplit(ROBOKASSA.start(shop(), ORDER))
    assert f"{address.scheme}://{address.netloc}{address.path}" == ADDRESS
    assert dict(parse_qsl(address.query)) == {
        "MerchantLogin": "golub",
        "OutSum": "123.45",
        "InvId": "12",
        "Description": "Пополнение",
        "SignatureValue": sha256(f"golub:123.45:12:first:Shp_payment={REFERENCE}"),
        "Culture": "ru",
        "Encoding": "utf-8",
        "Shp_payment": REFERENCE,
    }


def test_the_test_mode_is_told_in_the_address() -> None:
    assert "IsTest=1" in ROBOKASSA.start(shop(test=True), ORDER)


def test_no_password_stands_in_the_address() -> None:
    assert "first" not in ROBOKASSA.start(shop(), ORDER)
    assert "first" not in repr(shop())


def test_a_signed_callback_is_answered_with_ok_and_its_number() -> None:
    told = ROBOKASSA.verify(shop(), callback())
    assert (told.number, told.reference, told.amount, told.answer) == (12, REFERENCE, Decimal("123.45"), "OK12")


def test_a_sum_is_signed_as_it_is_written() -> None:
    assert ROBOKASSA.verify(shop(), callback("123.450000")).amount == Decimal("123.45")
    with pytest.raises(Forbidden):
        ROBOKASSA.verify(shop(), callback() | {"OutSum": "123.450000"})


def test_hexadecimal_digits_may_be_large() -> None:
    fields = callback()
    assert ROBOKASSA.verify(shop(), fields | {"SignatureValue": fields["SignatureValue"].upper()}).number == 12


def test_md5_is_another_choice_and_one_is_not_taken_for_the_other() -> None:
    text = f"123.45:12:second:Shp_payment={REFERENCE}"
    fields = callback(SignatureValue=hashlib.md5(text.encode(), usedforsecurity=False).hexdigest())
    assert ROBOKASSA.verify(shop(algorithm="md5"), fields).number == 12
    with pytest.raises(Forbidden):
        ROBOKASSA.verify(shop(), fields)


def test_fields_of_the_shop_are_signed_in_alphabetical_order() -> None:
    own = f"Shp_a=1:Shp_payment={REFERENCE}:shp_b=2"
    fields = callback(shp_b="2", Shp_a="1", SignatureValue=sha256(f"123.45:12:second:{own}"))
    assert ROBOKASSA.verify(shop(), fields).number == 12
    with pytest.raises(Forbidden):
        ROBOKASSA.verify(shop(), fields | {"Shp_a": "2"})


@pytest.mark.parametrize(
    "changes",
    [
        {"OutSum": "1.00"},
        {"InvId": "13"},
        {"SignatureValue": ""},
        {"SignatureValue": "подпись"},
        {"SignatureValue": sha256(f"123.45:12:first:Shp_payment={REFERENCE}")},
        {"Shp_payment": "another"},
    ],
)
def test_a_callback_that_was_not_signed_so_is_refused(changes: dict[str, str]) -> None:
    with pytest.raises(Forbidden, match="signature"):
        ROBOKASSA.verify(shop(), callback() | changes)


def test_a_callback_without_fields_is_refused() -> None:
    with pytest.raises(Forbidden):
        ROBOKASSA.verify(shop(), {})


@pytest.mark.parametrize(
    ("amount", "number"), [("", "12"), ("-1.00", "12"), ("1e3", "12"), ("1.00", "0"), ("1.00", "1" * 30), ("١", "12")]
)
def test_a_signed_callback_that_makes_no_sense_is_refused(amount: str, number: str) -> None:
    with pytest.raises(Forbidden, match="can't be read"):
        ROBOKASSA.verify(shop(), callback(amount, number))
