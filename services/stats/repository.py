"""Every query of stats; nothing here commits."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from contracts.smpp_gateway import TotalsChange
from services.stats.models import totals
from services.stats.query import MOST_ROWS, TotalsQuery

TIDY_ROWS = 5_000

# Grouped, because one statement can't change a row twice; in order, so that two batches never lock rows crosswise.
_ADD = sa.text(
    "INSERT INTO totals AS t "
    "(partner_id, day, advertiser_id, direction, sender, state, messages, parts, charged, cost) "
    "SELECT partner_id, day, advertiser_id, direction, sender, state, "
    "sum(messages), sum(parts), sum(charged), sum(cost) "
    "FROM unnest(CAST(:partner_ids AS uuid[]), CAST(:days AS date[]), CAST(:advertiser_ids AS uuid[]), "
    "CAST(:directions AS text[]), CAST(:senders AS text[]), CAST(:states AS text[]), CAST(:messages AS bigint[]), "
    "CAST(:parts AS bigint[]), CAST(:charged AS bigint[]), CAST(:costs AS bigint[])) "
    "AS change (partner_id, day, advertiser_id, direction, sender, state, messages, parts, charged, cost) "
    "GROUP BY partner_id, day, advertiser_id, direction, sender, state "
    "ORDER BY partner_id, day, advertiser_id, direction, sender, state "
    "ON CONFLICT (partner_id, day, advertiser_id, direction, sender, state) DO UPDATE SET "
    "messages = t.messages + excluded.messages, parts = t.parts + excluded.parts, "
    "charged = t.charged + excluded.charged, cost = t.cost + excluded.cost"
)
# Locked rows are left for another time, so that this never waits for a batch nor makes one wait for long.
_DROP_ZEROS = sa.text(
    "DELETE FROM totals WHERE ctid = ANY (ARRAY(SELECT ctid FROM totals WHERE day < :before "
    "AND messages = 0 AND parts = 0 AND charged = 0 AND cost = 0 LIMIT :limit FOR UPDATE SKIP LOCKED))"
)


def add(connection: Connection, changes: Sequence[TotalsChange]) -> None:
    """Add the differences to the totals of their keys, in one statement."""
    if not changes:
        return
    arrays = {
        "partner_ids": [one.partner_id for one in changes],
        "days": [one.day for one in changes],
        "advertiser_ids": [one.advertiser_id for one in changes],
        "directions": [one.direction for one in changes],
        "senders": [one.sender for one in changes],
        "states": [one.state for one in changes],
        "messages": [one.messages for one in changes],
        "parts": [one.parts for one in changes],
        "charged": [one.charged for one in changes],
        "costs": [one.cost for one in changes],
    }
    connection.execute(_ADD, arrays)


def grouped(connection: Connection, query: TotalsQuery) -> list[Any]:
    """(key, messages, parts, delivered, charged, cost) by key; what adds up to nothing is left out."""
    table = totals.c
    key = sa.cast(table[query.group_by], sa.Text).label("key")
    sums = {name: _sum(table[name]) for name in ("messages", "parts", "charged", "cost")}
    delivered = sa.func.coalesce(_sum(table.messages, table.state == "delivered"), 0)
    chosen = (
        sa.select(key, sums["messages"], sums["parts"], delivered, sums["charged"], sums["cost"])
        .where(table.partner_id == query.partner_id, table.day.between(query.first, query.last))
        .group_by(key)
        .having(sa.or_(*(one != 0 for one in sums.values())))
        .order_by(key)
        .limit(MOST_ROWS)
    )
    if query.advertiser_id is not None:
        chosen = chosen.where(table.advertiser_id == query.advertiser_id)
    return list(connection.execute(chosen))


def by_advertiser(connection: Connection) -> list[Any]:
    """(partner_id, advertiser_id, messages, parts, charged, cost) over all days and states."""
    table = totals.c
    ids = (table.partner_id, table.advertiser_id)
    sums = (_sum(column) for column in (table.messages, table.parts, table.charged, table.cost))
    return list(connection.execute(sa.select(*ids, *sums).group_by(*ids)))


def drop_zeros(connection: Connection, before: date) -> int:
    """Delete rows of older days that every message has left; how many, at most `TIDY_ROWS`.

    A difference that still comes for such a key makes a new row.
    """
    return connection.execute(_DROP_ZEROS, {"before": before, "limit": TIDY_ROWS}).rowcount


def _sum(column: Any, condition: Any | None = None) -> Any:
    """PostgreSQL's sum of a bigint is a numeric; money and counts stay integers."""
    total = sa.func.sum(column)
    return sa.cast(total if condition is None else total.filter(condition), sa.BigInteger)
