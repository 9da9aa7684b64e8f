"""The queries of packages outside the message path. Nothing here commits; money changes under the account's lock."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, RowMapping, text

from contracts.billing_packages import NewPackage
from contracts.tariffs import TariffRow
from services.billing.packages import ChangedTerms, Terms
from services.billing.packages_models import package, package_price

MOST_PACKAGES = 1_000
MOST_ANNOUNCED = 1_000
MOST_UNPAID = 10_000


def add_package(
    connection: Connection, new: NewPackage, terms: Terms, origin: str, author: str, now: datetime
) -> RowMapping:
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
        "individual": bool(new.prices),
        "invoice_number": new.invoice_number,
        "origin": origin,
    }
    made = connection.execute(package.insert().values(row).returning(package)).mappings().one()
    if new.prices:
        connection.execute(package_price.insert(), [_price(new.id, price) for price in new.prices])
    return made


def _price(package_id: str, price: TariffRow) -> dict[str, Any]:
    return {
        "package_id": package_id,
        "mcc": price.mcc,
        "mnc": price.mnc,
        "sms_type": price.sms_type,
        "from_nth": price.from_nth,
        "by_delivered": price.by_delivered,
        "price": price.price,
    }


def prices_of(connection: Connection, rows: Sequence[RowMapping]) -> dict[str, list[TariffRow]]:
    """The individual prices of these packages by package id, in the order of their directions."""
    found: dict[str, list[TariffRow]] = {row["id"]: [] for row in rows}
    ids = [row["id"] for row in rows if row["individual"]]
    if ids:
        table = package_price.c
        statement = (
            sa.select(package_price)
            .where(table.package_id.in_(ids))
            .order_by(table.package_id, table.mcc, table.mnc, table.sms_type, table.from_nth)
        )
        for row in connection.execute(statement).mappings():
            values = dict(row)
            found[values.pop("package_id")].append(TariffRow(**values))
    return found


def packages_of(connection: Connection, partner_id: str, advertiser_id: str) -> Sequence[RowMapping]:
    """The newest `MOST_PACKAGES` that were not deleted, in order of their numbers."""
    newest = (
        sa.select(package)
        .where(
            package.c.advertiser_id == advertiser_id,
            package.c.partner_id == partner_id,
            package.c.deleted_at.is_(None),
        )
        .order_by(package.c.number.desc())
        .limit(MOST_PACKAGES)
    )
    return connection.execute(newest).mappings().all()[::-1]


def package_row(connection: Connection, partner_id: str, package_id: str) -> RowMapping | None:
    """The row as it is committed now; None if the partner has no such package, or has deleted it."""
    statement = sa.select(package).where(
        package.c.id == package_id, package.c.partner_id == partner_id, package.c.deleted_at.is_(None)
    )
    return connection.execute(statement).mappings().one_or_none()


def mark_paid(
    connection: Connection, partner_id: str, package_id: str, author: str, now: datetime
) -> RowMapping | None:
    """The row, or None if the partner has no such package. Who marked it first is kept."""
    statement = (
        package.update()
        .where(package.c.id == package_id, package.c.partner_id == partner_id, package.c.deleted_at.is_(None))
        .values(
            paid=True,
            paid_at=sa.func.coalesce(package.c.paid_at, now),
            paid_by=sa.func.coalesce(package.c.paid_by, author),
        )
        .returning(package)
    )
    return connection.execute(statement).mappings().one_or_none()


def change_terms(connection: Connection, package_id: str, terms: ChangedTerms) -> RowMapping:
    """The account is locked. Its end may have come nearer, so that the package is to be looked at by the sweep."""
    values = {
        "credit": terms.credit,
        "payment_kind": terms.payment_kind,
        "payment_info": terms.payment_info,
        "invoice_number": terms.invoice_number,
        "ends_at": terms.ends_at,
        "planned_payment_at": terms.planned_payment_at,
        "swept": False,
    }
    statement = package.update().where(package.c.id == package_id).values(values).returning(package)
    return connection.execute(statement).mappings().one()


def move_sums(connection: Connection, row: RowMapping, *, credited: int = 0, expired: int = 0) -> RowMapping:
    """Add to what was credited and what has expired, of the package and of its locked account alike."""
    changes = {"credited": credited, "expired": expired}
    account = text("""
        UPDATE account SET credited = credited + :credited, expired = expired + :expired WHERE id = CAST(:id AS uuid)
    """)
    connection.execute(account, {"id": row["advertiser_id"]} | changes)
    statement = (
        package.update()
        .where(package.c.id == row["id"])
        .values(credited=package.c.credited + credited, expired=package.c.expired + expired, swept=False)
        .returning(package)
    )
    return connection.execute(statement).mappings().one()


def mark_deleted(connection: Connection, package_id: str, author: str, now: datetime) -> None:
    """Nothing is left in it: it is nothing for the sweep, and never announced."""
    values = {"deleted_at": now, "deleted_by": author, "swept": True, "announced": True}
    connection.execute(package.update().where(package.c.id == package_id).values(values))


def unpaid_advertisers(connection: Connection, partner_id: str) -> list[str]:
    """Each once, in no order; at most `MOST_UNPAID`."""
    unpaid = (package.c.partner_id == partner_id, ~package.c.paid, package.c.deleted_at.is_(None))
    query = sa.select(package.c.advertiser_id).where(*unpaid).distinct().limit(MOST_UNPAID)
    return list(connection.execute(query).scalars())


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
