"""Queries on messages of people that wait for their advertiser's SMPP client.

Of an advertiser's number one is under way at a time, the oldest: so they come in order, whichever bind takes them.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from services.smpp_gateway.arrays import plain, quoted
from services.smpp_gateway.incoming import Incoming
from services.smpp_gateway.repository_incoming import COLUMNS, SELECTED, of_row

_KEEP = text(
    "INSERT INTO incoming_forward (id, advertiser_id, number, state, due_at) SELECT u.id, u.advertiser_id, u.number, "
    "'waiting', CAST(:now AS timestamptz) FROM unnest(CAST(:ids AS uuid[]), CAST(:owners AS uuid[]), "
    "CAST(:numbers AS text[])) AS u (id, advertiser_id, number) LEFT JOIN incoming_setting s "
    "ON s.advertiser_id = u.advertiser_id WHERE coalesce(s.smpp, true)"
)
# The heads of the queues that are due, of each owner at most what its sessions have room for. From number to number is a
# step along the index, however many messages wait.
_CLAIM = text(
    "WITH heads AS MATERIALIZED (SELECT one.id FROM unnest(CAST(:owners AS uuid[]), CAST(:rooms AS integer[])) "
    "AS o (owner, room) CROSS JOIN LATERAL (WITH RECURSIVE head AS ("
    "(SELECT number, id, due_at FROM incoming_forward WHERE advertiser_id = o.owner AND state = 'waiting' "
    "ORDER BY number, id LIMIT 1) UNION ALL SELECT f.* FROM head CROSS JOIN LATERAL (SELECT number, id, due_at "
    "FROM incoming_forward WHERE advertiser_id = o.owner AND state = 'waiting' AND number > head.number "
    "ORDER BY number, id LIMIT 1) AS f) SELECT head.id FROM head WHERE head.due_at <= :now "
    "ORDER BY head.id LIMIT o.room) AS one), "
    "due AS MATERIALIZED (SELECT f.id FROM incoming_forward f JOIN heads ON heads.id = f.id "
    "WHERE f.state = 'waiting' AND f.due_at <= :now FOR UPDATE OF f SKIP LOCKED), "
    "taken AS (UPDATE incoming_forward f SET due_at = :lease_until, attempts = f.attempts + 1 FROM due "
    "WHERE f.id = due.id RETURNING f.id) "
    f"SELECT {SELECTED.replace('id::text', 'incoming.id::text', 1)} FROM incoming JOIN taken ON taken.id = incoming.id"
)
_DONE = text(
    "UPDATE incoming_forward SET state = 'delivered', ended_at = :now WHERE id = ANY(CAST(:ids AS uuid[])) "
    "AND state = 'waiting'"
)
_AGAIN = text(
    "UPDATE incoming_forward SET attempts = attempts - CASE WHEN :tried THEN 0 ELSE 1 END, "
    "state = CASE WHEN :tried AND attempts >= :most THEN 'failed' ELSE state END, "
    "ended_at = CASE WHEN :tried AND attempts >= :most THEN CAST(:now AS timestamptz) END, "
    "due_at = :now + CASE WHEN :tried THEN make_interval(secs => least(:most_seconds, power(2, least(attempts, 20) - 1))) "
    "ELSE interval '0' END WHERE id = ANY(CAST(:ids AS uuid[])) AND state = 'waiting'"
)
_EXPIRE = text(
    "UPDATE incoming_forward SET state = 'expired', ended_at = :now WHERE id IN (SELECT id FROM incoming_forward "
    "WHERE state = 'waiting' AND id < CAST(:before AS uuid) AND due_at <= :now ORDER BY id LIMIT :limit "
    "FOR UPDATE SKIP LOCKED)"
)
_WAITING = text(
    "SELECT count(*), min(id::text) FROM (SELECT id FROM incoming_forward WHERE state = 'waiting' ORDER BY id LIMIT :most) "
    "AS listed"
)
_FATES = text("SELECT id::text, state, attempts FROM incoming_forward WHERE id = ANY(CAST(:ids AS uuid[]))")
_SET = text(
    "INSERT INTO incoming_setting (advertiser_id, smpp, states) VALUES (CAST(:owner AS uuid), :smpp, :states) "
    "ON CONFLICT (advertiser_id) DO UPDATE SET smpp = EXCLUDED.smpp, states = EXCLUDED.states"
)


def keep(connection: Connection, messages: Sequence[Incoming], now: datetime) -> None:
    """Let these wait for their advertisers' clients, of those who want them by SMPP."""
    if not messages:
        return
    values = {
        "ids": plain(one.id for one in messages),
        "owners": plain(one.advertiser_id for one in messages),
        "numbers": quoted(one.number for one in messages),
    }
    connection.execute(_KEEP, values | {"now": now})


def claim(connection: Connection, rooms: Mapping[str, int], *, now: datetime, lease_until: datetime) -> list[Incoming]:
    """The next message of each number of these owners, as many as their sessions take, not given out again before then."""
    if not rooms:
        return []
    values = {"owners": plain(rooms), "rooms": plain(rooms.values()), "now": now, "lease_until": lease_until}
    return sorted((of_row(row[: len(COLUMNS)]) for row in connection.execute(_CLAIM, values)), key=lambda one: one.id)


def done(connection: Connection, ids: Collection[str], now: datetime) -> int:
    """The client has these. How many were waiting."""
    return connection.execute(_DONE, {"ids": plain(ids), "now": now}).rowcount


def again(
    connection: Connection, ids: Collection[str], now: datetime, *, tried: bool, most_attempts: int, most_seconds: float
) -> None:
    """Give these out again: at once when they were not tried, else after 1, 2, 4 … seconds; tried too often they failed."""
    values = {"ids": plain(ids), "now": now, "tried": tried, "most": most_attempts, "most_seconds": most_seconds}
    connection.execute(_AGAIN, values)


def expire(connection: Connection, before: str, now: datetime, limit: int) -> int:
    """Up to `limit` of those whose client did not come for them; `before` is a floor of ids."""
    return connection.execute(_EXPIRE, {"before": before, "now": now, "limit": limit}).rowcount


def waiting(connection: Connection, most: int) -> tuple[int, str | None]:
    """(how many wait, counted up to `most`; the oldest id among them)."""
    row: Any = connection.execute(_WAITING, {"most": most}).one()
    return row[0], row[1]


def fates(connection: Connection, ids: Collection[str]) -> dict[str, tuple[str, int]]:
    """id → (state, attempts) of those that go by SMPP."""
    rows = connection.execute(_FATES, {"ids": plain(ids)})
    return {found: (state, attempts) for found, state, attempts in rows}


def settings(connection: Connection, advertiser_id: str) -> tuple[bool, bool]:
    """Whether the advertiser gets messages by SMPP (yes unless it was switched off), and states of its own by webhook."""
    query = text("SELECT smpp, states FROM incoming_setting WHERE advertiser_id = CAST(:owner AS uuid)")
    row = connection.execute(query, {"owner": advertiser_id}).one_or_none()
    return (True, False) if row is None else (row[0], row[1])


def put_setting(connection: Connection, advertiser_id: str, smpp: bool, states: bool) -> None:
    connection.execute(_SET, {"owner": advertiser_id, "smpp": smpp, "states": states})


def watchers(connection: Connection) -> frozenset[str]:
    """The advertisers that want to be told how their messages ended."""
    rows = connection.execute(text("SELECT advertiser_id::text FROM incoming_setting WHERE states"))
    return frozenset(row[0] for row in rows)
