"""Queries on the binds of SMPP clients, at whichever process they are."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from services.smpp_gateway.arrays import plain


@dataclass(slots=True, frozen=True)
class Bind:
    """A bound session; `kind`: transmitter, receiver or transceiver."""

    id: str
    advertiser_id: str
    system_id: str
    kind: str
    address: str
    secure: bool
    bound_at: datetime


@dataclass(slots=True, frozen=True)
class Place:
    """Where a session of this process stands among those of its account: `rank` from 1 in the order of binding.

    `own` of the `total` sessions that may submit are this process's.
    """

    id: str
    advertiser_id: str
    rank: int
    own: int
    total: int


_FIELDS = ", ".join(Bind.__slots__)
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('smpp_bind ' || :advertiser_id, 2))")
# This process knows best which of its own are there: what it has lost track of is gone.
_DROP = text(
    "DELETE FROM smpp_bind WHERE advertiser_id = CAST(:advertiser_id AS uuid) AND (lease_until <= :now "
    "OR (process_id = CAST(:process_id AS uuid) AND NOT id = ANY(CAST(:own AS uuid[]))))"
)
_TAKE = text(
    f"INSERT INTO smpp_bind ({_FIELDS}, process_id, lease_until) "
    "SELECT CAST(:id AS uuid), CAST(:advertiser_id AS uuid), :system_id, :kind, :address, :secure, :bound_at, "
    "CAST(:process_id AS uuid), :lease_until WHERE (SELECT count(*) FROM smpp_bind "
    "WHERE advertiser_id = CAST(:advertiser_id AS uuid)) < :most ON CONFLICT (id) DO UPDATE SET lease_until = :lease_until"
)
_PLACES = text(
    "SELECT id::text, advertiser_id::text, rank, own, total FROM (SELECT id, process_id, advertiser_id, "
    "row_number() OVER (PARTITION BY advertiser_id ORDER BY bound_at, id) AS rank, "
    "count(*) FILTER (WHERE kind <> 'receiver' AND process_id = CAST(:process_id AS uuid)) "
    "OVER (PARTITION BY advertiser_id) AS own, "
    "count(*) FILTER (WHERE kind <> 'receiver') OVER (PARTITION BY advertiser_id) AS total FROM smpp_bind "
    "WHERE advertiser_id = ANY(CAST(:advertiser_ids AS uuid[])) AND lease_until > :now) AS found "
    "WHERE process_id = CAST(:process_id AS uuid)"
)
_RENEW = text("UPDATE smpp_bind SET lease_until = :lease_until WHERE id = ANY(CAST(:ids AS uuid[])) RETURNING id::text")
_FORGET = text(
    "DELETE FROM smpp_bind WHERE id IN (SELECT id FROM smpp_bind WHERE lease_until <= :now "
    "LIMIT 1000 FOR UPDATE SKIP LOCKED)"
)
_LISTED = text(
    f"SELECT {_FIELDS.replace('advertiser_id', 'advertiser_id::text').replace('id,', 'id::text,', 1)} FROM smpp_bind "
    "WHERE advertiser_id = CAST(:advertiser_id AS uuid) AND lease_until > :now ORDER BY bound_at, id LIMIT :limit"
)


def lock(connection: Connection, advertiser_id: str) -> None:
    """Whoever binds for this advertiser waits until the transaction ends: the count is exact."""
    connection.execute(_LOCK, {"advertiser_id": advertiser_id})


def take(
    connection: Connection,
    bind: Bind,
    process_id: str,
    own: Collection[str],
    *,
    most: int,
    now: datetime,
    lease_until: datetime,
) -> bool:
    """Store the bind unless the advertiser has `most` already; after `lock`. `own`: all that this process has of it."""
    where = {"advertiser_id": bind.advertiser_id, "process_id": process_id, "now": now, "own": plain(own)}
    connection.execute(_DROP, where)
    values = {name: getattr(bind, name) for name in Bind.__slots__}
    values |= {"process_id": process_id, "most": most, "lease_until": lease_until}
    return bool(connection.execute(_TAKE, values).rowcount)


def places(connection: Connection, advertiser_ids: Collection[str], process_id: str, now: datetime) -> list[Place]:
    """Of this process's sessions of these advertisers."""
    values = {"advertiser_ids": plain(advertiser_ids), "process_id": process_id, "now": now}
    return [Place(*row) for row in connection.execute(_PLACES, values)]


def renew(connection: Connection, ids: Collection[str], lease_until: datetime) -> set[str]:
    """Those that were still there."""
    if not ids:
        return set()
    return set(connection.execute(_RENEW, {"ids": plain(ids), "lease_until": lease_until}).scalars())


def drop(connection: Connection, ids: Sequence[str]) -> None:
    if ids:
        connection.execute(text("DELETE FROM smpp_bind WHERE id = ANY(CAST(:ids AS uuid[]))"), {"ids": plain(ids)})


def forget(connection: Connection, now: datetime) -> None:
    """Drop what dead processes left."""
    connection.execute(_FORGET, {"now": now})


def listed(connection: Connection, advertiser_id: str, now: datetime, limit: int) -> list[Bind]:
    """Who is bound now, in the order of binding."""
    values = {"advertiser_id": advertiser_id, "now": now, "limit": limit}
    return [Bind(*row) for row in connection.execute(_LISTED, values)]
