"""What billing says of payments and statements reaches a partner in Russian, word for word known."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from flask import Flask

from contracts.errors import GolubError, Malformed
from gateway_http.sentences import told
from services.billing import statements
from services.billing.payments import AMOUNT_RULE
from services.billing.service_invoices import REASON_RULE
from services.billing.statement_matching import Payable, verdict
from services.billing.statement_repository import UNDECIDED
from services.billing.statements import Receipt, parse, receipts
from tests.unit.billing.statement_files import HEAD, PAYER, RECEIPT, SELLER, statement

RUSSIAN, ENGLISH = re.compile("[а-яё]{3}", re.IGNORECASE), re.compile("[a-z]{4}")
GOOD = statement(RECEIPT)
INVOICE = Payable("an id", 12, "an advertiser", "issued", 10_000_000, "7")
PAID = Receipt("17", date(2026, 11, 20), date(2026, 11, 20), 10_000_000, "", "7", "", "счет № 12")


@pytest.fixture
def russian(app: Flask) -> Iterator[None]:
    with app.test_request_context("/admin"):
        yield


def is_russian(sentence: str) -> bool:
    """Nothing of it is left in English; names of fields and files may stand in it."""
    shown = told(sentence).replace("ClientBankExchange", "").replace("Windows", "")
    return bool(RUSSIAN.search(shown)) and not ENGLISH.search(shown)


def refusal(text: str) -> str:
    with pytest.raises(Malformed) as refused:
        receipts(parse(text), SELLER)
    detail: str = refused.value.data["errors"][0]["detail"]
    return detail


BROKEN = [
    "x" * (statements.MOST_CHARACTERS + 1),
    statement(*[RECEIPT] * (statements.MOST_DOCUMENTS + 1)),
    statement(RECEIPT).replace(f"РасчСчет={SELLER}", f"РасчСчет={PAYER}"),
    "PK",
    GOOD.replace("КонецФайла", ""),
    GOOD.replace("Номер=17", "Номер 17"),
    GOOD.replace("Номер=17", "=17"),
    GOOD.replace("КонецРасчСчет\r\n", ""),
    GOOD.replace("КонецРасчСчет", "КонецДокумента"),
    GOOD.replace("КонецДокумента\r\n", ""),
    GOOD + "Номер=1",
    statement(RECEIPT, head=HEAD[:1]),
    GOOD.replace("1.03", "3.0"),
    GOOD.replace("Номер=17", "Номер=17\r\nНомер=17"),
    statement(RECEIPT | {"НазначениеПлатежа": "я" * 3_000}),
    statement(RECEIPT | {"НазначениеПлатежа": "\x01"}),
    *(
        statement(RECEIPT | {name: value})
        for name, value in (
            ("Номер", ""),
            ("Номер", "1" * 101),
            ("Сумма", "1,00"),
            ("Сумма", "0.00"),
            ("Дата", "завтра"),
            ("ПлательщикИНН", "x"),
            ("ПлательщикСчет", "*"),
        )
    ),
]


@pytest.mark.usefixtures("russian")
def test_whatever_is_wrong_with_a_line_of_a_statement_is_told_in_russian() -> None:
    said = [refusal(text) for text in BROKEN]
    assert len(set(said)) == len(BROKEN)
    assert [one for one in said if not is_russian(one)] == []


@pytest.mark.usefixtures("russian")
def test_why_a_receipt_pays_no_invoice_is_told_in_russian() -> None:
    several = ", ".join(f"счет {number}" for number in range(999_999_980, 999_999_999))
    purposes = ["за смс", "счета № 12 и № 13", several, "счет № 15", "по счетам 12"]
    said = [verdict(replace(PAID, purpose=one), {12: INVOICE}, ()).problem for one in purposes]
    changes = [{"state": "paid"}, {"state": "cancelled"}, {"amount": 1}, {"buyer_inn": "8"}, {"buyer_inn": ""}]
    said += [verdict(PAID, {12: replace(INVOICE, **one)}, ()).problem for one in changes]  # type: ignore[arg-type]
    assert all(said)
    assert [one for one in said if not is_russian(one)] == []


@pytest.mark.usefixtures("russian")
@pytest.mark.parametrize(
    "sentence",
    [
        AMOUNT_RULE,
        REASON_RULE,
        UNDECIDED,
        "The payment system tells of 99.99 instead of 100.00",
        "The partner takes no payments by this payment system",
        "The secret key of the platform was changed: enter the passwords of the payment system again",
        "The sums of the bank payment and of the invoice 12 differ",
    ],
)
def test_what_is_wrong_with_a_payment_is_told_in_russian(sentence: str) -> None:
    assert is_russian(GolubError(sentence).detail)
