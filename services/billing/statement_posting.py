"""The transactions of bank statements, on an open connection as those of `posting.py`.

A statement is imported whole, with the invoices that it pays, or not at all. Invoices are locked in the order of their
ids and then all accounts at once, before the first of them is paid: debits lock accounts in that order too.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, RowMapping

from contracts.billing_payments import BankPayment, StatementReport
from contracts.errors import Conflict, NotFound
from kit.clock import to_rfc3339
from services.billing import batch_repository as batches
from services.billing import posting, sellers_repository, statement_repository
from services.billing.invoices_posting import pay_invoice
from services.billing.ledger import ADVERTISER
from services.billing.statement_matching import Payable, numbers_in, verdict
from services.billing.statement_repository import Decision
from services.billing.statements import Receipt, Statement, receipts


def import_statement(
    connection: Connection, partner_id: str, statement: Statement, author: str, now: datetime
) -> tuple[StatementReport, posting.Events]:
    """Keep the receipts that are new and pay the invoices they are for. `Conflict` without requisites."""
    seller = sellers_repository.seller_row(connection, partner_id)
    if seller is None:
        raise Conflict("A statement needs the account in your requisites: give the requisites first")
    found, outgoing = receipts(statement, seller["requisites"]["account"])
    rows = statement_repository.add_receipts(connection, partner_id, found, author, now)
    decisions = _decisions(connection, partner_id, rows)
    events = _pay(connection, partner_id, rows, decisions, author, now)
    decided = statement_repository.decide(connection, decisions, author, now) if decisions else []
    report = StatementReport(
        new=len(rows),
        matched=sum(one.state == "matched" for one in decisions),
        repeated=len(found) - len(rows),
        outgoing=outgoing,
        payments=[bank_payment_of(row) for row in decided],
    )
    return report, events


def match_bank_payment(
    connection: Connection, partner_id: str, bank_payment_id: str, invoice_id: str | None, author: str, now: datetime
) -> tuple[BankPayment, posting.Events]:
    """Pay that invoice by this document, or none. An invoice that was paid by hand before is only joined to it."""
    row = statement_repository.lock_bank_payment(connection, partner_id, bank_payment_id)
    if row is None:
        raise NotFound("The partner has no such bank payment")
    if row["state"] == "matched":
        raise Conflict(f"This bank payment has paid the invoice {row['invoice_number']} already")
    invoice = _chosen(connection, partner_id, row, invoice_id) if invoice_id is not None else None
    decision = Decision(row["id"], "matched" if invoice else "ignored", invoice)
    events = _pay(connection, partner_id, [row], [decision], author, now)
    [decided] = statement_repository.decide(connection, [decision], author, now)
    return bank_payment_of(decided), events


def _decisions(connection: Connection, partner_id: str, rows: Iterable[RowMapping]) -> list[Decision]:
    """One per document, in order; an invoice is paid by the first that it fits."""
    came = {row["id"]: _receipt_of(row) for row in rows}
    numbers = {number for receipt in came.values() for number in numbers_in(receipt.purpose)}
    invoices = statement_repository.lock_numbered(connection, partner_id, numbers)
    taken = statement_repository.paid_by_documents(connection, [one.id for one in invoices.values()])
    decisions = []
    for id, receipt in came.items():
        found = verdict(receipt, invoices, taken)
        if found.invoice is not None:
            taken.add(found.invoice.id)
        decisions.append(Decision(id, "matched" if found.invoice else "unmatched", found.invoice, found.problem))
    return decisions


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
    connection: Connection,
    partner_id: str,
    rows: Iterable[RowMapping],
    decisions: Iterable[Decision],
    author: str,
    now: datetime,
) -> posting.Events:
    by_id = {row["id"]: row for row in rows}
    paid = [(one.invoice, by_id[one.id]) for one in decisions if one.invoice is not None]
    if not paid:
        return []
    batches.lock_purses(connection, {invoice.advertiser_id: ADVERTISER for invoice, _ in paid}, now)
    events: posting.Events = []
    for invoice, row in paid:
        info = f"№ {row['document_number']}, {row['document_date']:%d.%m.%Y}"
        _, told = pay_invoice(connection, partner_id, invoice.id, author, info, now)
        events += told
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
