"""Queries on differences to statistics that nobody was told of yet."""

from collections.abc import Sequence

from sqlalchemy import Connection, text

from contracts.smpp_gateway import TotalsChange
from kit.prepared import later, prepared
from services.smpp_gateway.arrays import plain, quoted

#: So many rows are added up in one go.
MOST_ROWS = 5_000

_KEYS = "day, partner_id, advertiser_id, direction, sender, state"
_KEEP = prepared(
    f"INSERT INTO totals_change ({_KEYS}, messages, parts, charged, cost) SELECT * FROM unnest(CAST(:day AS date[]), "
    "CAST(:partner_id AS uuid[]), CAST(:advertiser_id AS uuid[]), CAST(:direction AS text[]), CAST(:sender AS text[]), "
    "CAST(:state AS text[]), CAST(:messages AS integer[]), CAST(:parts AS integer[]), CAST(:charged AS bigint[]), "
    "CAST(:cost AS bigint[]))"
)
_TAKE = text(
    "WITH gone AS (DELETE FROM totals_change WHERE ctid = ANY(ARRAY(SELECT ctid FROM totals_change LIMIT :most "
    "FOR UPDATE SKIP LOCKED)) RETURNING *), "
    f"sums AS (SELECT {_KEYS}, sum(messages)::bigint AS messages, sum(parts)::bigint AS parts, "
    f"sum(charged)::bigint AS charged, sum(cost)::bigint AS cost, count(*) AS changes FROM gone GROUP BY {_KEYS}) "
    "SELECT day::text, partner_id::text, advertiser_id::text, direction, sender, state, messages, parts, charged, cost, "
    "changes FROM sums"
)


def keep(connection: Connection, changes: Sequence[TotalsChange]) -> None:
    """Keep these until they are told."""
    if not changes:
        return
    values = {name: plain(getattr(one, name) for one in changes) for name in ("messages", "parts", "charged", "cost")}
    values |= {name: plain(getattr(one, name) for one in changes) for name in ("day", "partner_id", "advertiser_id")}
    values |= {name: quoted(getattr(one, name) for one in changes) for name in ("direction", "sender", "state")}
    later(connection, _KEEP, values)


def take(connection: Connection) -> tuple[list[TotalsChange], bool]:
    """(some of what was kept, added up, no longer kept; whether there may be more)."""
    rows = connection.execute(_TAKE, {"most": MOST_ROWS}).all()
    names = (
        "day",
        "partner_id",
        "advertiser_id",
        "direction",
        "sender",
        "state",
        "messages",
        "parts",
        "charged",
        "cost",
    )
    changes = [TotalsChange(**dict(zip(names, row[:-1], strict=True))) for row in rows if any(row[6:-1])]
    return changes, sum(row[-1] for row in rows) == MOST_ROWS
