"""Requisites whose check digits are worked out here, by the published rules and not by the code under test."""

from dataclasses import replace
from typing import Any

from contracts.billing_invoices import Buyer, NewInvoice, Seller
from tests.unit.billing.examples import ADVERTISER_ID, PARTNER_ID, message_id

BIK = "044525999"


def company_inn(nine: str) -> str:
    total = sum(int(digit) * weight for digit, weight in zip(nine, (2, 4, 10, 3, 5, 9, 4, 6, 8), strict=True))
    return f"{nine}{total % 11 % 10}"


def person_inn(ten: str) -> str:
    weights = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
    for used in (weights[1:], weights):
        ten += str(sum(int(digit) * weight for digit, weight in zip(ten, used, strict=True)) % 11 % 10)
    return ten


def ogrn(start: str) -> str:
    return f"{start}{int(start) % (len(start) - 1) % 10}"


def account(bank: str, start: str, end: str) -> str:
    """The number between whose parts stands the key: the digit that makes the weighted sum a multiple of ten."""
    for key in "0123456789":
        digits = f"{bank}{start}{key}{end}"
        if sum(int(digit) * (7, 1, 3)[place % 3] for place, digit in enumerate(digits)) % 10 == 0:
            return f"{start}{key}{end}"
    raise AssertionError("one of ten keys always fits")


SELLER = Seller(
    name="ООО «Пример»",
    inn=company_inn("770000000"),
    kpp="770001001",
    ogrn=ogrn("102770000000"),
    account=account(BIK[-3:], "40702810", "00000000001"),
    bank="Банк «Образец» (АО), г. Москва",
    bik=BIK,
    correspondent_account=account("0" + BIK[4:6], "30101810", "00000000" + BIK[-3:]),
    address="101000, г. Москва, ул. Примерная, д. 1",
    director_title="Генеральный директор",
    director_name="Образцов О. О.",
    accountant_name="Примерова П. П.",
    vat_percent=20,
    next_number=1,
)
BUYER = Buyer(name="ООО «Покупатель»", inn=company_inn("780000001"), kpp="780001001", address="190000, г. Город")


def seller(**changes: Any) -> Seller:
    return replace(SELLER, **changes)


def new_invoice(**changes: Any) -> NewInvoice:
    """For 1,200 roubles."""
    known: dict[str, Any] = {
        "id": message_id(1),
        "partner_id": PARTNER_ID,
        "advertiser_id": ADVERTISER_ID,
        "amount": 12_000_000,
        "buyer": BUYER,
        "subject": "Услуги по рассылке SMS-сообщений",
    }
    return NewInvoice(**known | changes)
