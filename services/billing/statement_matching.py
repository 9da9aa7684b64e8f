"""Which invoice a receipt pays. No SQL, no clock.

An invoice is paid by itself only where nothing is left to judge: the purpose names one number, the invoice of that number
waits, the sum is equal to the last kopeck, and the payer has the INN that it was issued to (both may have none). All
else is left to a person, with the reason.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from kit.money import format_money
from services.billing.statement_purpose import named_in
from services.billing.statements import Receipt

#: As many numbers are told to people.
MOST_NAMED = 8


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


def verdict(receipt: Receipt, invoices: Mapping[int, Payable], taken: Collection[str]) -> Verdict:
    """`invoices` by number, those of the partner; `taken`: ids that another document has paid already."""
    named = named_in(receipt.purpose)
    numbers = named.numbers
    if not numbers:
        return Verdict(None, "The purpose names no invoice")
    if len(numbers) > 1:
        return Verdict(None, f"The purpose names several invoices: {', '.join(map(str, numbers[:MOST_NAMED]))}")
    if named.unclear:
        return Verdict(None, f"The purpose names the invoice {numbers[0]}, and may name another: choose the invoice")
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
    if receipt.payer_inn and not invoice.buyer_inn:
        return f"The invoice {invoice.number} names no INN, and the payer has INN {receipt.payer_inn}"
    return ""
