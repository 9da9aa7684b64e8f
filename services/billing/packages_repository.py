"""The queries of packages outside the message path. Nothing here commits; a package is changed under its account's lock."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, RowMapping, text

from contracts.billing_packages import NewPackage
from services.billing.packages import Terms
from services.billing.packages_models import package

MOST_PACKAGES = 1_000
MOST_ANNOUNCED = 1_000


def add_package(connection: Connection, new: NewPackage, terms: Terms, author: str, now: datetime) -> RowMapping:
    """The new row, with the advertiser's next number; the account is locked and credited."""
    numbered = text("""
        UPDATE account SET packages = packages + 1, credited = credited + :amount
        WHERE id = CAST(:id AS uuid) RETURNING packages
    """)
    number = connection.execute(numbered, {"id": new.advertiser_id, "amount": new.amount}).scalar_one()
    row = {
        "id": new.id,
        "number": number,
        "advertiser_id": new.advertiser_id,
        "partner_id": new.partner_id,
        "credited": new.amount,
        "credit": new.credit,
        "postpaid": new.postpaid,
        "paid": new.paid,
        "paid_at": now if new.paid else None,
        "paid_by": author if new.paid else None,
        "payment_kind": new.payment_kind,
        "payment_info": new.payment_info,
        "starts_at": terms.starts_at,
        "ends_at": terms.ends_at,
        "planned_payment_at": terms.planned_payment_at,
        "created_at": now,
        "author": author,
        "announced": terms.starts_at <= now,
        "individual": False,
    }
    return connection.execute(package.insert().values(row).returning(package)).mappings().one()


def packages_of(connection: Connection, partner_id: str, advertiser_id: str) -> Sequence[RowMapping]:
    """The newest `MOST_PACKAGES` in order of their numbers."""
    newest = (
        sa.select(package)
        .where(package.c.advertiser_id == advertiser_id, package.c.partner_id == partner_id)
        .order_by(package.c.number.desc())
        .limit(MOST_PACKAGES)
    )
    return connection.execute(newest).mappings().all()[::-1]


def mark_paid(connection: Connection, partner_id: str, package_id: str, author: str, now: datetime) -> Any:
    """The row, or None if the partner has no such package. Who marked it first is kept."""
    statement = (
        package.update()
        .where(package.c.id == package_id, package.c.partner_id == partner_id)
        .values(
            paid=True,
            paid_at=sa.func.coalesce(package.c.paid_at, now),
            paid_by=sa.func.coalesce(package.c.paid_by, author),
        )
        .returning(package)
    )
    return connection.execute(statement).mappings().one_or_none()


def packages_to_announce(connection: Connection, now: datetime) -> dict[str, str]:
    """Packages whose date has come and that nobody was told of: package id -> advertiser id."""
    due = (
        sa.select(package.c.id, package.c.advertiser_id)
        .where(~package.c.announced, package.c.starts_at <= now)
        .order_by(package.c.starts_at)
        .limit(MOST_ANNOUNCED)
    )
    return {row.id: row.advertiser_id for row in connection.execute(due)}


def mark_announced(connection: Connection, package_ids: Sequence[str]) -> None:
    statement = text("UPDATE package SET announced = true WHERE id = ANY (CAST(:ids AS uuid[]))")
    connection.execute(statement, {"ids": list(package_ids)})
