"""Which invoice a receipt pays by itself, and why it pays none."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.statement_matching import Payable, numbers_in, verdict
from services.billing.statements import Receipt
from tests.unit.billing import requisites_examples
from tests.unit.billing.requisites_examples import BUYER

INN, OTHER_INN = BUYER.inn, requisites_examples.SELLER.inn
RECEIPT = Receipt("17", date(2026, 11, 20), date(2026, 11, 21), 10_000_000, "ООО «Покупатель»", INN, "4", "счет № 12")
INVOICE = Payable("an id", 12, "an advertiser", "issued", 10_000_000, INN)


@pytest.mark.parametrize(
    ("purpose", "numbers"),
    [
        ("счет № 12", [12]),
        ("Оплата по счёту №12 за услуги связи", [12]),
        ("сч. 12 от 15.11.2026, в т.ч. НДС 20% 166.67", [12]),
        ("Оплата сч.№ 0012", [12]),
        ("ОПЛАТА ПО СЧЕТУ N 12. БЕЗ НДС", [12]),
        ("по счету на оплату № 12 от 1 ноября", [12]),
        ("за смс по сч 12", [12]),
        ("Счет   №\t12", [12]),
        ("счет номер 12", [12]),
        ("по счету № 12, без НДС. Счет № 12", [12]),
        ("по счетам № 12 и 13", [12, 13]),
        ("по счетам №12, №13 и № 14", [12, 13, 14]),
        ("счет 12, сч. 15", [12, 15]),
        ("оплата по договору № 12", []),
        ("р/сч 12", []),
        ("на счет 40702810900000000001", []),
        ("счет № 12/3", []),
        ("счет № 12-А", []),
        ("счет № 12,5", []),
        ("счет-фактура № 12", []),
        ("расчет 12", []),
        ("счет от 12.11.2026", []),
        ("счет № 0", []),
        ("", []),
    ],
)
def test_the_numbers_of_invoices_that_a_purpose_names(purpose: str, numbers: list[int]) -> None:
    assert numbers_in(purpose) == numbers


def test_a_receipt_pays_the_invoice_whose_number_sum_and_payer_agree() -> None:
    assert verdict(RECEIPT, {12: INVOICE}, ()).invoice == INVOICE


def test_an_invoice_without_the_buyer_s_inn_is_paid_by_anybody() -> None:
    assert verdict(replace(RECEIPT, payer_inn=""), {12: replace(INVOICE, buyer_inn="")}, ()).invoice is not None


@pytest.mark.parametrize(
    ("receipt", "invoice", "reason"),
    [
        (replace(RECEIPT, purpose="за смс"), INVOICE, "names no invoice"),
        (replace(RECEIPT, purpose="счета № 12 и 13"), INVOICE, "several invoices: 12, 13"),
        (replace(RECEIPT, purpose="счет № 15"), INVOICE, "no invoice 15"),
        (replace(RECEIPT, amount=9_999_900), INVOICE, "is for 1000.00, another sum"),
        (replace(RECEIPT, payer_inn=OTHER_INN), INVOICE, f"INN {INN}, another payer"),
        (replace(RECEIPT, payer_inn=""), INVOICE, "another payer"),
        (RECEIPT, replace(INVOICE, state="paid"), "paid already"),
        (RECEIPT, replace(INVOICE, state="cancelled"), "was cancelled"),
    ],
)
def test_all_else_is_left_to_a_person_with_the_reason(receipt: Receipt, invoice: Payable, reason: str) -> None:
    found = verdict(receipt, {12: invoice}, ())
    assert found.invoice is None
    assert reason in found.problem


def test_an_invoice_that_another_document_has_paid_is_not_paid_again() -> None:
    assert "paid already" in verdict(RECEIPT, {12: INVOICE}, {INVOICE.id}).problem


@given(st.text(alphabet="счётЧ.№N 0123и,;/-\t", max_size=60))
def test_any_purpose_names_whole_numbers_or_none(purpose: str) -> None:
    assert all(0 < number < 10**9 for number in numbers_in(purpose))
