"""The queries of bank statements. Nothing here commits.

A document of a statement is locked first, then invoices by id, then the account.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection, RowMapping
from sqlalchemy.dialects import postgresql

from contracts.billing_payments import BankPaymentQuery
from kit.ids import uuid7
from services.billing.invoices_models import invoice
from services.billing.payments_models import bank_payment
from services.billing.statement_matching import Payable
from services.billing.statements import Receipt

MOST_BANK_PAYMENTS = 500
#: So many are read at once to be matched.
MOST_UNDECIDED = 1_000
UNDECIDED = "Its invoice is still being looked for: look again in a minute"
DOCUMENT_KEY = ("document_number", "document_date", "amount", "payer_account", "payer_inn")


def add_receipts(
    connection: Connection, partner_id: str, receipts: Iterable[Receipt], author: str, now: datetime
) -> Sequence[RowMapping]:
    """The rows of those that were not there before, in the order of the statement; one of two alike is kept."""
    common = {"partner_id": partner_id, "imported_at": now, "imported_by": author, "state": "unmatched"}
    rows = [
        {one.name: getattr(receipt, one.name) for one in fields(Receipt)}
        | {"id": str(uuid7(now)), "problem": UNDECIDED, **common}
        for receipt in receipts
    ]
    if not rows:
        return []
    # Sorted by the key: of two imports of the same documents one waits, and neither for the other in a circle.
    rows.sort(key=lambda row: tuple(str(row[name]) for name in DOCUMENT_KEY))
    statement = postgresql.insert(bank_payment).on_conflict_do_nothing(constraint="bank_payment_document")
    made = connection.execute(statement.returning(bank_payment), rows).mappings().all()
    return sorted(made, key=lambda row: row["id"])


def lock_bank_payment(connection: Connection, partner_id: str, bank_payment_id: str) -> RowMapping | None:
    statement = sa.select(bank_payment).where(
        bank_payment.c.id == bank_payment_id, bank_payment.c.partner_id == partner_id
    )
    return connection.execute(statement.with_for_update()).mappings().one_or_none()


_PAYABLE = (invoice.c.id, invoice.c.number, invoice.c.advertiser_id, invoice.c.state, invoice.c.amount)


def payables(connection: Connection, partner_id: str, numbers: Collection[int], *, lock: bool = False) -> list[Payable]:
    """The invoices of the partner that have these numbers."""
    return _payables(connection, partner_id, invoice.c.number.in_(numbers), lock) if numbers else []


def lock_payable(connection: Connection, partner_id: str, invoice_id: str) -> Payable | None:
    return next(iter(_payables(connection, partner_id, invoice.c.id == invoice_id, lock=True)), None)


def _payables(connection: Connection, partner_id: str, condition: sa.ColumnElement[bool], lock: bool) -> list[Payable]:
    statement = sa.select(*_PAYABLE, invoice.c.buyer["inn"].astext).where(invoice.c.partner_id == partner_id, condition)
    if lock:
        # The kind of lock that paying an invoice takes, and always in this order.
        statement = statement.order_by(invoice.c.id).with_for_update(key_share=True)
    return [Payable(*row) for row in connection.execute(statement)]


def paid_by_documents(connection: Connection, invoice_ids: Collection[str]) -> set[str]:
    """Those of the invoices that a document of a statement has paid."""
    statement = sa.select(bank_payment.c.invoice_id).where(bank_payment.c.invoice_id.in_(invoice_ids))
    return set(connection.execute(statement).scalars()) if invoice_ids else set()


DECIDE = sa.text("""
    UPDATE bank_payment SET state = made.state, invoice_id = made.invoice_id, invoice_number = made.invoice_number,
        problem = made.problem, decided_at = :now, decided_by = :author
    FROM unnest(CAST(:ids AS uuid[]), CAST(:states AS text[]), CAST(:invoice_ids AS uuid[]),
        CAST(:invoice_numbers AS bigint[]), CAST(:problems AS text[]))
        AS made (id, state, invoice_id, invoice_number, problem)
    WHERE bank_payment.id = made.id
""")


@dataclass(slots=True, frozen=True)
class Decision:
    """How a document ended: `invoice` is what it pays; `problem` why it waits for a person."""

    id: str
    state: str
    invoice: Payable | None
    problem: str = ""


def decide(connection: Connection, decisions: Sequence[Decision], author: str, now: datetime) -> None:
    """Write how these documents ended."""
    if not decisions:
        return
    ids = [one.id for one in decisions]
    columns = {
        "ids": ids,
        "states": [one.state for one in decisions],
        "invoice_ids": [one.invoice and one.invoice.id for one in decisions],
        "invoice_numbers": [one.invoice and one.invoice.number for one in decisions],
        "problems": [one.problem for one in decisions],
    }
    connection.execute(DECIDE, columns | {"author": author, "now": now})


def undecided(connection: Connection) -> Sequence[RowMapping]:
    """{id, partner_id, imported_by} of the documents that may pay an invoice, of all partners; the oldest first."""
    statement = sa.select(bank_payment.c.id, bank_payment.c.partner_id, bank_payment.c.imported_by).where(
        bank_payment.c.decided_at.is_(None)
    )
    return connection.execute(statement.order_by(bank_payment.c.id).limit(MOST_UNDECIDED)).mappings().all()


def by_ids(connection: Connection, ids: Collection[str]) -> Sequence[RowMapping]:
    """In the order of their ids, which is that of the statement."""
    statement = sa.select(bank_payment).where(bank_payment.c.id.in_(ids)).order_by(bank_payment.c.id)
    return connection.execute(statement).mappings().all()


def bank_payment_row(connection: Connection, partner_id: str, bank_payment_id: str) -> RowMapping | None:
    statement = sa.select(bank_payment).where(
        bank_payment.c.id == bank_payment_id, bank_payment.c.partner_id == partner_id
    )
    return connection.execute(statement).mappings().one_or_none()


def page(connection: Connection, query: BankPaymentQuery) -> tuple[Sequence[RowMapping], int, int]:
    """The page by the day they came, newest first; how many there are in its state, and how many are not decided."""
    own = bank_payment.c.partner_id == query.partner_id
    conditions = [own, bank_payment.c.state == query.state] if query.state else [own]
    total = connection.execute(sa.select(sa.func.count()).where(*conditions).select_from(bank_payment)).scalar_one()
    waiting = sa.select(sa.func.count()).select_from(bank_payment).where(own, bank_payment.c.decided_at.is_(None))
    statement = (
        sa.select(bank_payment)
        .where(*conditions)
        .order_by(bank_payment.c.paid_on.desc(), bank_payment.c.id.desc())
        .offset((query.page - 1) * query.page_size)
        .limit(query.page_size)
    )
    return connection.execute(statement).mappings().all(), total, connection.execute(waiting).scalar_one()


def bank_payments(connection: Connection, partner_id: str, state: str) -> Sequence[RowMapping]:
    """The newest `MOST_BANK_PAYMENTS` by the day they came, newest first; all states where `state` is empty."""
    statement = sa.select(bank_payment).where(bank_payment.c.partner_id == partner_id)
    if state:
        statement = statement.where(bank_payment.c.state == state)
    newest = statement.order_by(bank_payment.c.paid_on.desc(), bank_payment.c.id.desc()).limit(MOST_BANK_PAYMENTS)
    return connection.execute(newest).mappings().all()
