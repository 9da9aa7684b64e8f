"""Which invoice a receipt pays. No SQL, no clock.

An invoice is paid by itself only where nothing is left to judge: the purpose names one number, the invoice of that number
waits, the sum is equal to the last kopeck, and the payer is who it was issued to, as far as that is known. All else is
left to a person, with the reason.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from kit.money import format_money
from services.billing.statements import Receipt

#: As many numbers are told to people.
MOST_NAMED = 8
#: «счет № 12», «счёту N12», «сч. 12 от …», «сч.№12». No number of an account, of a contract or with a part after it.
_named = re.compile(
    r"(?<![\w/])сч(?:[её]т(?:[ауе]|ом|ам|ах|ов)?|\.)? ?(?:на оплату ?)?(?:№|N[o°]?\.?|#|номер)? ?0*([1-9][0-9]{0,8})"
    r"(?![\w/\\-]|[.,][0-9])",
    re.IGNORECASE,
).finditer
#: What makes one of several of it: «и 13», «, № 13».
_more = re.compile(r"(?: и ?№? ?|[ ,;и]* ?№ ?)0*([1-9][0-9]{0,8})(?![\w/\\-]|[.,][0-9])", re.IGNORECASE).match


@dataclass(slots=True, frozen=True)
class Payable:
    """What of an invoice decides whether a receipt pays it; `amount` in 1/10,000."""

    id: str
    number: int
    advertiser_id: str
    state: str
    amount: int
    buyer_inn: str


@dataclass(slots=True, frozen=True)
class Verdict:
    """The invoice that is paid, or why none is, in a sentence for people."""

    invoice: Payable | None
    problem: str = ""


def numbers_in(purpose: str) -> list[int]:
    """The numbers of invoices that the purpose of a payment names, each once, ascending."""
    written, found = " ".join(purpose.split()), set()
    for first in _named(written):
        match: re.Match[str] | None = first
        while match is not None:
            found.add(int(match[1]))
            match = _more(written, match.end())
    return sorted(found)


def verdict(receipt: Receipt, invoices: Mapping[int, Payable], taken: Collection[str]) -> Verdict:
    """`invoices` by number, those of the partner; `taken`: ids that another document has paid already."""
    numbers = numbers_in(receipt.purpose)
    if not numbers:
        return Verdict(None, "The purpose names no invoice")
    if len(numbers) > 1:
        return Verdict(None, f"The purpose names several invoices: {', '.join(map(str, numbers[:MOST_NAMED]))}")
    invoice = invoices.get(numbers[0])
    if invoice is None:
        return Verdict(None, f"There is no invoice {numbers[0]}")
    problem = _mismatch(receipt, invoice, invoice.id in taken)
    return Verdict(None, problem) if problem else Verdict(invoice)


def _mismatch(receipt: Receipt, invoice: Payable, taken: bool) -> str:
    if invoice.state == "cancelled":
        return f"The invoice {invoice.number} was cancelled"
    if invoice.state == "paid" or taken:
        return f"The invoice {invoice.number} is paid already"
    if invoice.amount != receipt.amount:
        return f"The invoice {invoice.number} is for {format_money(invoice.amount)}, another sum"
    if invoice.buyer_inn and invoice.buyer_inn != receipt.payer_inn:
        return f"The invoice {invoice.number} was issued to INN {invoice.buyer_inn}, another payer"
    return ""
