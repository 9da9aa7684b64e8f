"""Queries on whose sending is paused, and on what waits beyond its validity."""

from datetime import datetime

from sqlalchemy import Connection, Row, text

from services.smpp_gateway import repository
from services.smpp_gateway.repository_mailings import PAUSED
from services.smpp_gateway.work import Work

_COLUMNS = "advertiser_id::text, author, reason, at, side"
_PUT = text(
    "INSERT INTO sending_pause AS held (advertiser_id, partner_id, author, reason, at, side) VALUES "
    "(CAST(:advertiser AS uuid), CAST(:partner AS uuid), :author, :reason, :now, :side) "
    "ON CONFLICT (advertiser_id) DO UPDATE SET author = excluded.author, reason = excluded.reason, at = excluded.at, "
    "side = excluded.side WHERE held.side < excluded.side"
)
# The states are written out, or the planner could not see that the index, which is of these alone, serves. What is
# accepted may be about to be charged by whoever has its lease.
_LATE_ACCEPTED = text(
    f"SELECT {repository.ALL_COLUMNS} FROM message WHERE state = 'accepted' AND expires_at <= :now "
    f"AND (due_at <= :now OR {PAUSED}) AND {repository.ID_BOUNDS} ORDER BY expires_at LIMIT :limit FOR UPDATE SKIP LOCKED"
)
_LATE_CHARGED = text(
    "SELECT id::text, link FROM message WHERE state = 'charged' AND expires_at <= :now "
    f"AND {repository.ID_BOUNDS} ORDER BY expires_at LIMIT :limit FOR UPDATE SKIP LOCKED"
)


def paused(connection: Connection) -> frozenset[str]:
    """All advertisers whose sending is paused."""
    return frozenset(connection.execute(text("SELECT advertiser_id::text FROM sending_pause")).scalars())


def find(connection: Connection, advertiser_id: str) -> Row | None:
    statement = text(f"SELECT {_COLUMNS} FROM sending_pause WHERE advertiser_id = CAST(:advertiser AS uuid)")
    return connection.execute(statement, {"advertiser": advertiser_id}).one_or_none()


def put(
    connection: Connection, advertiser_id: str, partner_id: str, *, author: str, reason: str, side: int, now: datetime
) -> None:
    """A pause that is there already stays as it is, unless it is of a lower side."""
    values = {"advertiser": advertiser_id, "partner": partner_id, "author": author, "reason": reason, "now": now}
    connection.execute(_PUT, values | {"side": side})


def drop(connection: Connection, advertiser_id: str, side: int) -> bool:
    """Whether there was one that this side may end."""
    statement = text("DELETE FROM sending_pause WHERE advertiser_id = CAST(:advertiser AS uuid) AND side <= :side")
    return connection.execute(statement, {"advertiser": advertiser_id, "side": side}).rowcount > 0


def late_accepted(connection: Connection, now: datetime, limit: int) -> list[Work]:
    """Locked; those that somebody may be charging now are not among them."""
    rows = connection.execute(_LATE_ACCEPTED, {"now": now, "limit": limit} | repository.id_bounds(now))
    return [repository.work_of_row(row) for row in rows]


def late_charged(connection: Connection, now: datetime, limit: int) -> dict[str, str]:
    """Their links by their ids, locked; whoever has them in memory finds them moved."""
    rows = connection.execute(_LATE_CHARGED, {"now": now, "limit": limit} | repository.id_bounds(now))
    return {row.id: row.link for row in rows}
