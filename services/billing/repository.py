"""The queries of billing that are not about batches: operations, packages, balances, upkeep. Nothing here commits.

The order of locks is told in `batch_repository.py`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, RowMapping, text
from sqlalchemy.dialects import postgresql

from contracts.billing import NewPackage
from kit.partitions import ensure_partitions
from services.billing.models import operation, package
from services.billing.packages import Terms

PARTITIONED = ("charge", "refused_attempt", "ledger_entry")
MOST_PACKAGES = 1_000
MOST_ANNOUNCED = 1_000
PARTITION_LOCK_MILLISECONDS = 500


def begin_operation(
    connection: Connection, id: str, kind: str, author: str, request: dict[str, Any], now: datetime
) -> Any:
    """None if the id is new: it is now taken, and whoever comes with it too waits. Else the row of the first time."""
    row = {"id": id, "kind": kind, "author": author, "request": request, "created_at": now}
    statement = postgresql.insert(operation).values(row).on_conflict_do_nothing()
    if connection.execute(statement).rowcount == 1:
        return None
    return connection.execute(sa.select(operation).where(operation.c.id == id)).mappings().one()


def end_operation(connection: Connection, id: str, outcome: dict[str, Any]) -> None:
    connection.execute(operation.update().where(operation.c.id == id).values(outcome=outcome))


def own_account(connection: Connection, advertiser_id: str, partner_id: str) -> bool:
    """Give the locked account to the partner if it is nobody's yet; whether it is this partner's."""
    statement = text("""
        UPDATE account SET partner_id = CAST(:partner_id AS uuid)
        WHERE id = CAST(:id AS uuid) AND kind = 'advertiser'
            AND (partner_id IS NULL OR partner_id = CAST(:partner_id AS uuid))
    """)
    return connection.execute(statement, {"id": advertiser_id, "partner_id": partner_id}).rowcount == 1


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


def credit_partner(connection: Connection, partner_id: str, amount: int, credit: int) -> bool:
    """Credit the locked account and set its credit line; False if more than that is in use already."""
    statement = text("""
        UPDATE account SET credited = credited + :amount, credit = :credit
        WHERE id = CAST(:id AS uuid) AND kind = 'partner' AND spent + held <= credited + :amount + :credit
    """)
    return connection.execute(statement, {"id": partner_id, "amount": amount, "credit": credit}).rowcount == 1


def set_level(connection: Connection, advertiser_id: str, level: int) -> None:
    statement = text("UPDATE account SET level = :level WHERE id = CAST(:id AS uuid)")
    connection.execute(statement, {"id": advertiser_id, "level": level})


BALANCES = text("""
    SELECT CAST(account.id AS text) AS id, credited, spent, held,
        CASE kind WHEN 'partner' THEN credited + credit - spent - held ELSE coalesce(room, 0) END AS available,
        coalesce(postpaid, false) AS postpaid, coalesce(unpaid, 0) AS unpaid
    FROM account LEFT JOIN (
        SELECT advertiser_id, count(*) FILTER (WHERE NOT paid) AS unpaid,
            CAST(sum(credited + credit - spent - held) FILTER (WHERE starts_at <= :now AND ends_at > :now) AS bigint)
                AS room,
            bool_or(postpaid AND starts_at <= :now AND ends_at > :now) AS postpaid
        FROM package WHERE advertiser_id = ANY (CAST(:ids AS uuid[])) GROUP BY advertiser_id
    ) AS packages ON packages.advertiser_id = account.id
    WHERE account.id = ANY (CAST(:ids AS uuid[]))
""")


def balances(connection: Connection, account_ids: Sequence[str], now: datetime) -> dict[str, RowMapping]:
    """By account id, those that exist: credited, spent, held, available, postpaid, unpaid (packages)."""
    rows = connection.execute(BALANCES, {"ids": list(account_ids), "now": now}).mappings()
    return {row["id"]: row for row in rows}


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


def make_partitions(connection: Connection, table: str, now: datetime) -> list[str]:
    """The partitions made. One replica at a time; one table per transaction, as the parent is locked.

    Debits queue up behind a waiting lock on the parent, so this gives up soon (`Unavailable`): months are made ahead.
    """
    connection.execute(text(f"SET LOCAL lock_timeout = '{PARTITION_LOCK_MILLISECONDS}ms'"))
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:table))"), {"table": table})
    made = ensure_partitions(connection, table, now)
    if table == "ledger_entry":
        connection.execute(text("SELECT protect_ledger()"))
    return made
