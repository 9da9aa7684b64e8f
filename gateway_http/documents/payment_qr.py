"""The code by which a bank's app fills in a payment: GOST R 56042-2014, «Двумерные символы штрихового кода»."""

import segno

from contracts.billing_invoices import Invoice
from gateway_http.documents.words import MINOR_PER_KOPECK

#: Format `ST`, version 0001, encoding 2 (UTF-8).
PREFIX = "ST00012"
SEPARATOR = "|"
#: Longest values, by the table of requisites of the standard.
MOST_NAME = 160
MOST_BANK_NAME = 45
MOST_PURPOSE = 210
#: A bank that is an office of the Bank of Russia has no correspondent account; the requisite is obligatory.
NO_ACCOUNT = "0"


def payment_text(invoice: Invoice, purpose: str) -> str:
    """The requisites of a payment for the whole invoice, `Sum` in kopecks; those that are empty are left out."""
    seller = invoice.seller
    requisites = {
        "Name": _clean(seller.name, MOST_NAME),
        "PersonalAcc": seller.account,
        "BankName": _clean(seller.bank, MOST_BANK_NAME),
        "BIC": seller.bik,
        "CorrespAcc": seller.correspondent_account or NO_ACCOUNT,
        "PayeeINN": seller.inn,
        "KPP": seller.kpp,
        "Purpose": _clean(purpose, MOST_PURPOSE),
        "Sum": str(invoice.amount // MINOR_PER_KOPECK),
    }
    return SEPARATOR.join([PREFIX, *(f"{name}={value}" for name, value in requisites.items() if value)])


def modules_of(text: str) -> list[list[bool]]:
    """The rows of the code, dark or light, without the quiet zone that it needs around it."""
    # The standard asks for no less than level M; a higher one would only make the squares smaller.
    code = segno.make_qr(text, error="m", encoding="utf-8", boost_error=False)
    return [[bool(module) for module in line] for line in code.matrix]


def _clean(text: str, most: int) -> str:
    """Without the character that divides requisites."""
    return " ".join(text.replace(SEPARATOR, " ").split())[:most].rstrip()
