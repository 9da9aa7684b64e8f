"""Every query on webhooks: where they lead, and the events that wait for each."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from services.notify.webhooks import MOST_ERROR, MOST_EVENTS, Claim, Event, Kept, Outcome, delay_after

#: Longer than the longest POST: until then nobody else sends to the destination.
LEASE = timedelta(seconds=60)
TIDY_ROWS = 5_000

_ROW = "advertiser_id::text, partner_id::text, url, secret, key_id, sealed, email, states, failures, error"
_GET = sa.text(
    f"SELECT {_ROW} FROM destination WHERE advertiser_id = CAST(:advertiser AS uuid) "
    "AND partner_id = CAST(:partner AS uuid)"
)
_OF_MANY = sa.text(f"SELECT {_ROW} FROM destination WHERE advertiser_id = ANY(CAST(:ids AS uuid[]))")
# A new address is tried at once, however often the old one failed.
_PUT = sa.text(
    "INSERT INTO destination AS d (advertiser_id, partner_id, url, key_id, sealed, email, states, look_at, author, "
    "changed_at) VALUES (CAST(:advertiser AS uuid), CAST(:partner AS uuid), :url, :key_id, :sealed, :email, :states, :now, "
    ":author, :now) "
    "ON CONFLICT (advertiser_id) DO UPDATE SET url = EXCLUDED.url, email = EXCLUDED.email, states = EXCLUDED.states, "
    "look_at = least(d.look_at, EXCLUDED.look_at), failures = 0, error = '', author = EXCLUDED.author, "
    "changed_at = EXCLUDED.changed_at WHERE d.partner_id = EXCLUDED.partner_id"
)
_SECRET = sa.text(
    "UPDATE destination SET secret = NULL, key_id = :key_id, sealed = :sealed, author = :author, changed_at = :now "
    "WHERE advertiser_id = CAST(:advertiser AS uuid) AND partner_id = CAST(:partner AS uuid)"
)
_OPEN = sa.text(
    "SELECT advertiser_id::text, secret FROM destination WHERE secret IS NOT NULL LIMIT :limit FOR UPDATE SKIP LOCKED"
)
_SEAL = sa.text(
    "UPDATE destination SET secret = NULL, key_id = :key_id, sealed = :sealed WHERE advertiser_id = CAST(:advertiser AS uuid)"
)
_ADD = sa.text(
    "INSERT INTO webhook_event (id, advertiser_id, type, data, created_at) SELECT id, owner, :type, CAST(data AS jsonb), at "
    "FROM unnest(CAST(:ids AS uuid[]), CAST(:owners AS uuid[]), CAST(:data AS text[]), CAST(:at AS timestamptz[])) "
    "AS u (id, owner, data, at) ON CONFLICT (id) DO NOTHING"
)
_CLAIM = sa.text(
    "WITH due AS MATERIALIZED (SELECT d.advertiser_id FROM destination d WHERE d.look_at <= :now AND d.url <> '' "
    "AND (d.failures > 0) = :failing AND EXISTS (SELECT 1 FROM webhook_event e "
    "WHERE e.advertiser_id = d.advertiser_id AND e.state = 'waiting') ORDER BY d.look_at LIMIT :limit "
    "FOR UPDATE OF d SKIP LOCKED), "
    "taken AS (UPDATE destination d SET look_at = :leased_until FROM due WHERE d.advertiser_id = due.advertiser_id "
    "RETURNING d.advertiser_id, d.url, d.secret, d.key_id, d.sealed, d.failures, d.batch) "
    "SELECT t.advertiser_id::text, t.url, t.secret, t.key_id, t.sealed, t.failures, t.batch, e.id::text, e.type, e.data, "
    "e.created_at, e.attempts "
    "FROM taken t CROSS JOIN LATERAL (SELECT * FROM webhook_event e WHERE e.advertiser_id = t.advertiser_id "
    "AND e.state = 'waiting' ORDER BY e.id LIMIT t.batch) AS e ORDER BY t.advertiser_id, e.id"
)
_RECORD_EVENTS = sa.text(
    "UPDATE webhook_event SET attempts = attempts + 1, state = :state, error = :error, "
    "ended_at = CASE WHEN :state <> 'waiting' THEN CAST(:now AS timestamptz) END "
    "WHERE id = ANY(CAST(:ids AS uuid[])) AND state = 'waiting'"
)
_RECORD_DESTINATION = sa.text(
    "UPDATE destination SET failures = :failures, batch = :batch, error = :error, look_at = :look_at "
    "WHERE advertiser_id = CAST(:advertiser AS uuid) AND url = :url"
)
_EXPIRE = sa.text(
    "UPDATE webhook_event SET state = 'failed', ended_at = :now, error = CASE WHEN error = '' THEN :error ELSE error END "
    "WHERE id IN (SELECT id FROM webhook_event WHERE state = 'waiting' AND created_at < :before ORDER BY created_at "
    "LIMIT :limit FOR UPDATE SKIP LOCKED)"
)
_DROP = sa.text(
    "DELETE FROM webhook_event WHERE id IN (SELECT id FROM webhook_event WHERE state <> 'waiting' "
    "AND created_at < :before LIMIT :limit)"
)
_FATES = sa.text(
    "SELECT id::text, state, attempts, error FROM webhook_event WHERE advertiser_id = CAST(:advertiser AS uuid) "
    "AND id = ANY(CAST(:ids AS uuid[]))"
)
_WAITING = sa.text(
    "SELECT count(*), min(created_at) FROM (SELECT created_at FROM webhook_event WHERE state = 'waiting' "
    "ORDER BY created_at LIMIT :limit) AS listed"
)


def destination(connection: Connection, partner_id: str, advertiser_id: str) -> Row | None:
    return connection.execute(_GET, {"partner": partner_id, "advertiser": advertiser_id}).one_or_none()


def destinations(connection: Connection, advertiser_ids: Iterable[str]) -> dict[str, Row]:
    """Of those of these advertisers that have any."""
    rows = connection.execute(_OF_MANY, {"ids": list(advertiser_ids)})
    return {row.advertiser_id: row for row in rows}


def put_destination(connection: Connection, values: dict[str, Any]) -> bool:
    """`values`: advertiser, partner, url, key_id and sealed (of a new one), email, states, author, now. False: another partner's."""
    return connection.execute(_PUT, values).rowcount == 1


def put_secret(connection: Connection, values: dict[str, Any]) -> bool:
    return connection.execute(_SECRET, values).rowcount == 1


def open_secrets(connection: Connection, limit: int) -> list[tuple[str, str]]:
    """(advertiser, secret) of up to `limit` that are not sealed yet, locked."""
    rows = connection.execute(_OPEN, {"limit": limit})
    return [(row[0], row[1]) for row in rows]


def seal(connection: Connection, sealed: Sequence[dict[str, Any]]) -> None:
    """`advertiser`, `key_id`, `sealed` of each; locked by `open_secrets`."""
    if sealed:
        connection.execute(_SEAL, sealed)


def add_events(connection: Connection, kind: str, events: Sequence[tuple[str, str, str, datetime]]) -> None:
    """(id, advertiser, data as JSON, time) each; one that is known stays as it is."""
    if events:
        names = ("ids", "owners", "data", "at")
        columns = dict(zip(names, map(list, zip(*events, strict=True)), strict=True))
        connection.execute(_ADD, columns | {"type": kind})


def claim(connection: Connection, now: datetime, limit: int, *, failing: bool) -> list[Claim]:
    """Up to `limit` destinations that are due, each with its next events; `failing`: those whose last POST failed."""
    if limit <= 0:
        return []
    values = {"now": now, "leased_until": now + LEASE, "limit": limit, "failing": failing}
    found: dict[str, list[Any]] = {}
    for row in connection.execute(_CLAIM, values):
        found.setdefault(row[0], []).append(row)
    return [_claim(rows) for rows in found.values()]


def _claim(rows: Sequence[Row]) -> Claim:
    advertiser_id, url, secret, key_id, sealed, failures, batch, *_ = rows[0]
    events = tuple(Event(*row[7:]) for row in rows)
    return Claim(advertiser_id, url, Kept(secret, key_id, sealed), failures, batch, events)


def record(connection: Connection, outcome: Outcome, now: datetime) -> None:
    """What became of a POST, for its events and for what is sent there next."""
    claimed, error = outcome.claim, outcome.error[:MOST_ERROR]
    state = "sent" if outcome.taken else "failed" if outcome.gives_up else "waiting"
    ids = [one.id for one in claimed.events]
    connection.execute(_RECORD_EVENTS, {"ids": ids, "state": state, "error": error, "now": now})
    failures = 0 if outcome.taken else claimed.failures + 1
    waits = failures > 0 and not outcome.gives_up
    values = {
        "advertiser": claimed.advertiser_id,
        "url": claimed.url,
        "failures": failures,
        "batch": min(MOST_EVENTS, outcome.next_batch),
        "error": error,
        "look_at": now + delay_after(failures) if waits else now,
    }
    connection.execute(_RECORD_DESTINATION, values)


def expire(connection: Connection, before: datetime, now: datetime, error: str) -> int:
    """Up to `TIDY_ROWS` events that nobody took since before then have failed."""
    values = {"before": before, "now": now, "error": error, "limit": TIDY_ROWS}
    return connection.execute(_EXPIRE, values).rowcount


def drop_old(connection: Connection, before: datetime) -> int:
    return connection.execute(_DROP, {"before": before, "limit": TIDY_ROWS}).rowcount


def fates(connection: Connection, advertiser_id: str, ids: Collection[str]) -> Sequence[Row]:
    return connection.execute(_FATES, {"advertiser": advertiser_id, "ids": list(ids)}).all()


def waiting(connection: Connection, most: int) -> tuple[int, datetime | None]:
    """(how many wait, counted up to `most`; since when the oldest one)."""
    row = connection.execute(_WAITING, {"limit": most}).one()
    return row[0], row[1]
