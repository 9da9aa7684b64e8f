"""The queries of billing that are not about batches: operations, balances, upkeep. Nothing here commits.

The order of locks is told in `batch_repository.py`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, text
from sqlalchemy.dialects import postgresql

from kit.partitions import ensure_partitions
from services.billing.models import operation

PARTITIONED = ("charge", "refused_attempt", "ledger_entry")
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


def forget_operation(connection: Connection, id: str) -> None:
    connection.execute(operation.delete().where(operation.c.id == id))


def own_account(connection: Connection, advertiser_id: str, partner_id: str) -> bool:
    """Give the locked account to the partner if it is nobody's yet; whether it is this partner's."""
    statement = text("""
        UPDATE account SET partner_id = CAST(:partner_id AS uuid)
        WHERE id = CAST(:id AS uuid) AND kind = 'advertiser'
            AND (partner_id IS NULL OR partner_id = CAST(:partner_id AS uuid))
    """)
    return connection.execute(statement, {"id": advertiser_id, "partner_id": partner_id}).rowcount == 1


def credit_line(connection: Connection, partner_id: str) -> int:
    """That of the locked account of a partner."""
    statement = text("SELECT credit FROM account WHERE id = CAST(:id AS uuid)")
    return connection.execute(statement, {"id": partner_id}).scalar_one()


def credit_partner(connection: Connection, partner_id: str, amount: int, credit: int) -> bool:
    """Credit the locked account and set its credit line; False if more than that is in use already."""
    statement = text("""
        UPDATE account SET credited = credited + :amount, credit = :credit
        WHERE id = CAST(:id AS uuid) AND kind = 'partner' AND spent + held <= credited + :amount + :credit
    """)
    return connection.execute(statement, {"id": partner_id, "amount": amount, "credit": credit}).rowcount == 1


def correct_partner(connection: Connection, partner_id: str, amount: int) -> None:
    """Add `amount`, of either sign, to what the locked account was credited."""
    statement = text("UPDATE account SET credited = credited + :amount WHERE id = CAST(:id AS uuid)")
    connection.execute(statement, {"id": partner_id, "amount": amount})


def set_level(connection: Connection, advertiser_id: str, level: int, percent: int) -> None:
    statement = text("UPDATE account SET level = :level, level_percent = :percent WHERE id = CAST(:id AS uuid)")
    connection.execute(statement, {"id": advertiser_id, "level": level, "percent": percent})


BALANCES = text("""
    SELECT CAST(account.id AS text) AS id, credited, spent, held, level, level_percent,
        CASE kind WHEN 'partner' THEN credit ELSE coalesce(package_credit, 0) END AS credit,
        CASE kind WHEN 'partner' THEN credited + credit - spent - held ELSE coalesce(room, 0) END AS available,
        coalesce(postpaid, false) AS postpaid, coalesce(unpaid, 0) AS unpaid
    FROM account LEFT JOIN (
        SELECT advertiser_id, count(*) FILTER (WHERE NOT paid) AS unpaid,
            sum(credited + credit - spent - held - expired) FILTER (WHERE starts_at <= :now AND ends_at > :now) AS room,
            sum(credit) FILTER (WHERE starts_at <= :now AND ends_at > :now) AS package_credit,
            bool_or(postpaid AND starts_at <= :now AND ends_at > :now) AS postpaid
        FROM package WHERE advertiser_id = ANY (CAST(:ids AS uuid[])) AND deleted_at IS NULL GROUP BY advertiser_id
    ) AS packages ON packages.advertiser_id = account.id
    WHERE account.id = ANY (CAST(:ids AS uuid[]))
""")


def balances(connection: Connection, account_ids: Sequence[str], now: datetime) -> dict[str, dict[str, Any]]:
    """By account id, those that exist: the sums, available and credit of now, postpaid, unpaid (packages), the level."""
    rows = connection.execute(BALANCES, {"ids": list(account_ids), "now": now}).mappings()
    # Sums over packages have no limit in the database, as no column holds them: credit lines may add up to anything.
    return {row["id"]: {**row, "available": int(row["available"]), "credit": int(row["credit"])} for row in rows}


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
