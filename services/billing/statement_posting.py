"""The transactions of bank statements, on an open connection as those of `posting.py`.

A statement is kept whole or not at all. The invoices it pays are paid one by one after that, each in the transaction that
notes it, so that no debit waits for a long statement; what an import has no time for is left to a loop of the service.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping

from contracts.billing_payments import BankPayment
from contracts.errors import Conflict, NotFound
from kit.clock import to_rfc3339
from services.billing import posting, sellers_repository, statement_repository
from services.billing.invoices_posting import pay_invoice
from services.billing.statement_matching import Payable, verdict
from services.billing.statement_purpose import named_in
from services.billing.statement_repository import Decision
from services.billing.statements import Receipt, Statement, accounts_in, receipts


@dataclass(slots=True, frozen=True)
class Kept:
    """What was kept of a statement: ids of the new documents, and of those that may pay an invoice.

    `repeated`: how many were there before; `outgoing`: how many are no receipts.
    """

    new: list[str]
    open: list[str]
    repeated: int
    outgoing: int


def keep(
    connection: Connection, partner_id: str, statement: Statement, author: str, now: datetime
) -> tuple[Kept, posting.Events]:
    """Keep the receipts that are new, and decide those that pay nothing. `Conflict` without requisites."""
    seller = sellers_repository.seller_row(connection, partner_id)
    if seller is None:
        raise Conflict("A statement needs the account in your requisites: give the requisites first")
    former = sellers_repository.accounts_of_invoices(connection, partner_id, accounts_in(statement))
    found, outgoing = receipts(statement, seller["requisites"]["account"], former)
    rows = statement_repository.add_receipts(connection, partner_id, found, author, now)
    came = {row["id"]: _receipt_of(row) for row in rows}
    numbers = {number for receipt in came.values() for number in named_in(receipt.purpose).numbers}
    invoices = {one.number: one for one in statement_repository.payables(connection, partner_id, numbers)}
    verdicts = {id: verdict(receipt, invoices, ()) for id, receipt in came.items()}
    idle = [Decision(id, "unmatched", None, one.problem) for id, one in verdicts.items() if one.invoice is None]
    statement_repository.decide(connection, idle, author, now)
    open_ids = [id for id, one in verdicts.items() if one.invoice is not None]
    return Kept(list(came), open_ids, len(found) - len(rows), outgoing), []


def match_by_itself(
    connection: Connection, partner_id: str, bank_payment_id: str, author: str, now: datetime
) -> tuple[None, posting.Events]:
    """Pay the invoice that a document is for, if it still is. One that is decided is left alone."""
    row = statement_repository.lock_bank_payment(connection, partner_id, bank_payment_id)
    if row is None or row["decided_at"] is not None:
        return None, []
    receipt = _receipt_of(row)
    numbers = named_in(receipt.purpose).numbers
    invoices = {one.number: one for one in statement_repository.payables(connection, partner_id, numbers, lock=True)}
    taken = statement_repository.paid_by_documents(connection, [one.id for one in invoices.values()])
    found = verdict(receipt, invoices, taken)
    state = "matched" if found.invoice else "unmatched"
    events = _pay(connection, row, found.invoice, author, now)
    statement_repository.decide(connection, [Decision(row["id"], state, found.invoice, found.problem)], author, now)
    return None, events


def leave_to_a_person(
    connection: Connection, partner_id: str, bank_payment_id: str, problem: str, author: str, now: datetime
) -> tuple[None, posting.Events]:
    """A document whose invoice could not be paid, and why."""
    row = statement_repository.lock_bank_payment(connection, partner_id, bank_payment_id)
    if row is not None and row["decided_at"] is None:
        statement_repository.decide(connection, [Decision(row["id"], "unmatched", None, problem)], author, now)
    return None, []


def match_bank_payment(
    connection: Connection, partner_id: str, bank_payment_id: str, invoice_id: str | None, author: str, now: datetime
) -> tuple[BankPayment, posting.Events]:
    """Pay that invoice by this document, or none. An invoice that was paid by hand before is only joined to it.

    What was chosen before is answered as it is, so that a call can be repeated.
    """
    row = statement_repository.lock_bank_payment(connection, partner_id, bank_payment_id)
    if row is None:
        raise NotFound("The partner has no such bank payment")
    if row["state"] in ("matched", "ignored") and row["invoice_id"] == invoice_id:
        return bank_payment_of(row), []
    if row["state"] == "matched":
        raise Conflict(f"This bank payment has paid the invoice {row['invoice_number']} already")
    invoice = _chosen(connection, partner_id, row, invoice_id) if invoice_id is not None else None
    decision = Decision(row["id"], "matched" if invoice else "ignored", invoice)
    events = _pay(connection, row, invoice, author, now)
    statement_repository.decide(connection, [decision], author, now)
    [decided] = statement_repository.by_ids(connection, [row["id"]])
    return bank_payment_of(decided), events


def _chosen(connection: Connection, partner_id: str, row: RowMapping, invoice_id: str) -> Payable:
    """The invoice that a person has chosen; the sum must be the same, as the whole invoice is credited."""
    invoice = statement_repository.lock_payable(connection, partner_id, invoice_id)
    if invoice is None:
        raise NotFound("The partner has no such invoice")
    if invoice.amount != row["amount"]:
        raise Conflict(f"The sums of the bank payment and of the invoice {invoice.number} differ")
    if statement_repository.paid_by_documents(connection, [invoice.id]):
        raise Conflict(f"Another bank payment has paid the invoice {invoice.number}")
    return invoice


def _pay(
    connection: Connection, row: RowMapping, invoice: Payable | None, author: str, now: datetime
) -> posting.Events:
    if invoice is None:
        return []
    info = f"№ {row['document_number']}, {row['document_date']:%d.%m.%Y}"
    _, events = pay_invoice(connection, row["partner_id"], invoice.id, author, info, now)
    return events


def _receipt_of(row: RowMapping) -> Receipt:
    return Receipt(**{name: row[name] for name in Receipt.__dataclass_fields__})


def bank_payment_of(row: RowMapping) -> BankPayment:
    return BankPayment(
        id=row["id"],
        document_number=row["document_number"],
        paid_on=row["paid_on"].isoformat(),
        amount=row["amount"],
        payer_name=row["payer_name"],
        payer_inn=row["payer_inn"],
        purpose=row["purpose"],
        state=row["state"],
        invoice_id=row["invoice_id"],
        invoice_number=row["invoice_number"],
        problem=row["problem"],
        imported_at=to_rfc3339(row["imported_at"]),
    )
