"""Which invoice a receipt pays by itself, and why it pays none."""

from dataclasses import replace
from datetime import date

import pytest

from services.billing.statement_matching import Payable, verdict
from services.billing.statements import Receipt
from tests.unit.billing import requisites_examples
from tests.unit.billing.requisites_examples import BUYER

INN, OTHER_INN = BUYER.inn, requisites_examples.SELLER.inn
RECEIPT = Receipt("17", date(2026, 11, 20), date(2026, 11, 21), 10_000_000, "ООО «Покупатель»", INN, "4", "счет № 12")
INVOICE = Payable("an id", 12, "an advertiser", "issued", 10_000_000, INN)


def test_a_receipt_pays_the_invoice_whose_number_sum_and_payer_agree() -> None:
    assert verdict(RECEIPT, {12: INVOICE}, ()).invoice == INVOICE


def test_an_invoice_without_an_inn_is_paid_by_a_payer_without_one() -> None:
    assert verdict(replace(RECEIPT, payer_inn=""), {12: replace(INVOICE, buyer_inn="")}, ()).invoice is not None


@pytest.mark.parametrize("purpose", ["оплата по счетам 12, 13", "сч.12;13", "счету 12 000", "по счетам 12"])
def test_a_purpose_that_may_name_more_than_one_invoice_pays_none(purpose: str) -> None:
    found = verdict(replace(RECEIPT, purpose=purpose), {12: INVOICE}, ())
    assert found.invoice is None
    assert "12" in found.problem


@pytest.mark.parametrize(
    ("receipt", "invoice", "reason"),
    [
        (replace(RECEIPT, purpose="за смс"), INVOICE, "names no invoice"),
        (replace(RECEIPT, purpose="счета № 12 и 13"), INVOICE, "several invoices: 12, 13"),
        (replace(RECEIPT, purpose="счет № 15"), INVOICE, "no invoice 15"),
        (replace(RECEIPT, amount=9_999_900), INVOICE, "is for 1000.00, another sum"),
        (replace(RECEIPT, payer_inn=OTHER_INN), INVOICE, f"INN {INN}, another payer"),
        (replace(RECEIPT, payer_inn=""), INVOICE, "another payer"),
        (RECEIPT, replace(INVOICE, buyer_inn=""), f"names no INN, and the payer has INN {INN}"),
        (replace(RECEIPT, purpose="счет 12 за май, 13 за июнь"), INVOICE, "may name another"),
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
