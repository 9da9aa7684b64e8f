"""The queries that move what is left of ended packages. Nothing here commits; the order of locks is `batch_repository`'s."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, Row, text

MOST_SWEPT = 500

ENDED = text(f"""
    SELECT CAST(id AS text) AS id, CAST(advertiser_id AS text) AS advertiser_id FROM package
    WHERE NOT swept AND ends_at <= :now ORDER BY ends_at LIMIT {MOST_SWEPT}
""")


def ended_packages(connection: Connection, now: datetime) -> dict[str, str]:
    """Packages whose rest may have to be moved, those that ended first: package id -> advertiser id."""
    rows = connection.execute(ENDED, {"now": now})
    return {row.id: row.advertiser_id for row in rows}


LOCK_FREE = text("""
    SELECT CAST(id AS text) FROM account WHERE id = ANY (CAST(:ids AS uuid[]))
    ORDER BY account.id FOR NO KEY UPDATE SKIP LOCKED
""")


def lock_free_accounts(connection: Connection, ids: Collection[str]) -> set[str]:
    """Lock those of the accounts that nobody holds: debits never wait for this, nor replicas for each other."""
    return set(connection.execute(LOCK_FREE, {"ids": sorted(ids)}).scalars())


# A statement after the locks, so that it sees what was committed before them. Credit is no money: it never expires.
SWEEP = text("""
    WITH rest AS (
        SELECT id, advertiser_id, greatest(credited - spent - held - expired, 0) AS amount FROM package
        WHERE id = ANY (CAST(:ids AS uuid[])) AND NOT swept AND ends_at <= :now
    ), swept AS (
        UPDATE package SET swept = true, expired = package.expired + rest.amount
        FROM rest WHERE package.id = rest.id
    ), lost AS (
        UPDATE account SET expired = account.expired + sums.amount
        FROM (SELECT advertiser_id, sum(amount) AS amount FROM rest GROUP BY advertiser_id) AS sums
        WHERE account.id = sums.advertiser_id AND sums.amount > 0
    )
    SELECT CAST(id AS text) AS id, CAST(advertiser_id AS text) AS advertiser_id, amount FROM rest ORDER BY id
""")


def sweep(connection: Connection, package_ids: Collection[str], now: datetime) -> Sequence[Row]:
    """Move the rest of these packages, whose accounts are locked: (id, advertiser_id, amount), zeros included."""
    return connection.execute(SWEEP, {"ids": list(package_ids), "now": now}).all()
