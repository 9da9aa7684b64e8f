"""The queries of payment systems. Nothing here commits.

A payment is locked before accounts; nobody who holds an account waits for a payment.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, RowMapping
from sqlalchemy.dialects import postgresql

from contracts.billing_payments import PaymentQuery
from services.billing.payments_models import payment, payment_provider

MOST_PAYMENTS = 500


def provider_row(connection: Connection, partner_id: str, provider: str, *, lock: bool = False) -> RowMapping | None:
    statement = sa.select(payment_provider).where(
        payment_provider.c.partner_id == partner_id, payment_provider.c.provider == provider
    )
    return connection.execute(statement.with_for_update() if lock else statement).mappings().one_or_none()


def save_provider(connection: Connection, row: dict[str, Any]) -> RowMapping:
    """Create or change by (partner_id, provider)."""
    statement = postgresql.insert(payment_provider).values(row)
    changed = {name: value for name, value in row.items() if name not in ("partner_id", "provider")}
    saved = statement.on_conflict_do_update(index_elements=["partner_id", "provider"], set_=changed)
    return connection.execute(saved.returning(payment_provider)).mappings().one()


def started_since(connection: Connection, advertiser_id: str, moment: datetime, most: int) -> int:
    """How many payments of the advertiser were started since then; `most` where there are more."""
    recent = (
        sa.select(payment.c.created_at)
        .where(payment.c.advertiser_id == advertiser_id)
        .order_by(payment.c.number.desc())
        .limit(most)
        .subquery()
    )
    return connection.execute(sa.select(sa.func.count()).where(recent.c.created_at > moment)).scalar_one()


def add_payment(connection: Connection, row: dict[str, Any]) -> RowMapping:
    """The new row with its number, the next of the platform."""
    return connection.execute(payment.insert().values(row).returning(payment)).mappings().one()


def lock_payment(connection: Connection, partner_id: str, provider: str, number: int) -> RowMapping | None:
    statement = sa.select(payment).where(
        payment.c.number == number, payment.c.partner_id == partner_id, payment.c.provider == provider
    )
    return connection.execute(statement.with_for_update()).mappings().one_or_none()


def mark_paid(connection: Connection, payment_id: str, package_id: str | None, now: datetime) -> RowMapping:
    return _change(connection, payment_id, state="paid", paid_at=now, package_id=package_id, problem="")


def mark_failed(connection: Connection, payment_id: str, problem: str) -> RowMapping:
    return _change(connection, payment_id, state="failed", problem=problem)


def _change(connection: Connection, payment_id: str, **values: Any) -> RowMapping:
    statement = payment.update().where(payment.c.id == payment_id).values(values).returning(payment)
    return connection.execute(statement).mappings().one()


def page(connection: Connection, query: PaymentQuery) -> tuple[Sequence[RowMapping], int]:
    """The page, newest first, and how many there are in its filter."""
    conditions = [payment.c.partner_id == query.partner_id]
    if query.advertiser_id is not None:
        conditions.append(payment.c.advertiser_id == query.advertiser_id)
    if query.state:
        conditions.append(payment.c.state == query.state)
    total = connection.execute(sa.select(sa.func.count()).where(*conditions).select_from(payment)).scalar_one()
    statement = (
        sa.select(payment)
        .where(*conditions)
        .order_by(payment.c.number.desc())
        .offset((query.page - 1) * query.page_size)
        .limit(query.page_size)
    )
    return connection.execute(statement).mappings().all(), total


def payments(connection: Connection, partner_id: str, advertiser_id: str | None) -> Sequence[RowMapping]:
    """The newest `MOST_PAYMENTS`, newest first."""
    statement = sa.select(payment).where(payment.c.partner_id == partner_id)
    if advertiser_id is not None:
        statement = statement.where(payment.c.advertiser_id == advertiser_id)
    return connection.execute(statement.order_by(payment.c.number.desc()).limit(MOST_PAYMENTS)).mappings().all()
