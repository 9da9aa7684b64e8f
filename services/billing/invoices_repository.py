"""The queries of invoices. Nothing here commits."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection, RowMapping

from contracts.billing_invoices import InvoiceQuery
from services.billing.invoices import needle_of
from services.billing.invoices_models import invoice


class Sums(NamedTuple):
    """Of a whole filter: how many invoices, and what is issued and what is paid in 1/10,000."""

    total: int
    issued: int
    paid: int


def insert(connection: Connection, values: Mapping[str, Any]) -> RowMapping:
    return connection.execute(invoice.insert().values(values).returning(invoice)).mappings().one()


def issued_since(connection: Connection, partner_id: str, advertiser_id: str, moment: datetime, most: int) -> int:
    """How many invoices of the advertiser were issued since then; `most` where there are more."""
    recent = (
        sa.select(invoice.c.issued_at)
        .where(invoice.c.partner_id == partner_id, invoice.c.advertiser_id == advertiser_id)
        .order_by(invoice.c.number.desc())
        .limit(most)
        .subquery()
    )
    return connection.execute(sa.select(sa.func.count()).where(recent.c.issued_at > moment)).scalar_one()


def row(connection: Connection, partner_id: str, invoice_id: str, *, lock: bool = False) -> RowMapping | None:
    """An invoice of the partner; `lock` keeps its state until the end of the transaction."""
    statement = sa.select(invoice).where(invoice.c.id == invoice_id, invoice.c.partner_id == partner_id)
    if lock:
        statement = statement.with_for_update(key_share=True)
    return connection.execute(statement).mappings().one_or_none()


def by_numbers(connection: Connection, partner_id: str, numbers: Collection[int]) -> dict[int, RowMapping]:
    """Invoices of the partner by their numbers, those that exist."""
    statement = sa.select(invoice).where(invoice.c.partner_id == partner_id, invoice.c.number.in_(numbers))
    return {found["number"]: found for found in connection.execute(statement).mappings()}


def page(connection: Connection, query: InvoiceQuery) -> tuple[Sequence[RowMapping], Sums]:
    """The page, newest first, and the sums of its whole filter."""
    conditions = _conditions(query)
    states = {state: invoice.c.state == state for state in ("issued", "paid")}
    summed = (sa.func.coalesce(sa.func.sum(invoice.c.amount).filter(of), 0) for of in states.values())
    sums = connection.execute(sa.select(sa.func.count(), *summed).where(*conditions)).one()
    statement = (
        sa.select(invoice)
        .where(*conditions)
        .order_by(invoice.c.number.desc())
        .offset((query.page - 1) * query.page_size)
        .limit(query.page_size)
    )
    return connection.execute(statement).mappings().all(), Sums(*map(int, sums))


def _conditions(query: InvoiceQuery) -> list[sa.ColumnElement[bool]]:
    conditions = [invoice.c.partner_id == query.partner_id]
    if query.advertiser_id is not None:
        conditions.append(invoice.c.advertiser_id == query.advertiser_id)
    if query.state:
        conditions.append(invoice.c.state == query.state)
    if query.number is not None:
        conditions.append(invoice.c.number == query.number)
    if query.below is not None:
        conditions.append(invoice.c.number < query.below)
    needle = needle_of(query.search)
    if needle:
        conditions.append(sa.func.strpos(invoice.c.search_text, needle) > 0)
    return conditions


def set_paid(
    connection: Connection,
    invoice_id: str,
    author: str,
    payment_info: str,
    package_id: str,
    found_by: str,
    now: datetime,
) -> RowMapping:
    values = {
        "state": "paid",
        "paid_at": now,
        "paid_by": author,
        "payment_info": payment_info,
        "package_id": package_id,
        "search_text": found_by,
    }
    return _update(connection, invoice_id, values)


def set_cancelled(connection: Connection, invoice_id: str, author: str, reason: str, now: datetime) -> RowMapping:
    values = {"state": "cancelled", "cancelled_at": now, "cancelled_by": author, "reason": reason}
    return _update(connection, invoice_id, values)


def _update(connection: Connection, invoice_id: str, values: Mapping[str, Any]) -> RowMapping:
    statement = invoice.update().where(invoice.c.id == invoice_id).values(values).returning(invoice)
    return connection.execute(statement).mappings().one()
