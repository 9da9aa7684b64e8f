"""Transactional outbox: events are rows of the same transaction as the state they tell of, relayed afterwards.

Rows are found by a flag, never by "id greater than the last": ids are not in commit order. A relay leases rows, publishes
them with confirms and deletes them; a crash in between publishes again, which is why consumers keep an inbox.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql

from contracts.events import envelope, type_of
from kit.clock import Clock, SystemClock, to_rfc3339
from kit.database import after_commit
from kit.ids import uuid7

LEASE_SECONDS = 30
BATCH = 100
MOST_BACKOFF_SECONDS = 300

metadata = sa.MetaData()
outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", postgresql.UUID(as_uuid=True), primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("envelope", postgresql.JSONB, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("available_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Index("outbox_due", "available_at"),
)
inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("consumer", sa.Text, primary_key=True),
    sa.Column("event_id", postgresql.UUID(as_uuid=True), primary_key=True),
    sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Index("inbox_seen", "seen_at"),
)


@dataclass(slots=True, frozen=True)
class Due:
    """A leased row: publish `envelope` to the events of `source` under `name`."""

    id: Any
    source: str
    name: str
    envelope: dict[str, Any]
    attempts: int


class OutboxWriter:
    """`put(connection, payload)` inside the transaction; `wake` is called after it committed."""

    def __init__(self, wake: Any = lambda: None, clock: Clock | None = None) -> None:
        self._wake = wake
        self._clock = clock or SystemClock()

    def put(self, connection: Connection, *payloads: Any) -> None:
        now = self._clock.now()
        rows = []
        for payload in payloads:
            kind, row_id = type_of(payload), uuid7(now)
            document = envelope(str(row_id), to_rfc3339(now), payload)
            rows.append({"id": row_id, "source": kind.source, "name": kind.name, "envelope": document})
        if rows:
            connection.execute(outbox.insert(), rows)
            after_commit(connection, self._wake)


_LEASE = sa.text(
    "WITH due AS MATERIALIZED (SELECT id FROM outbox WHERE available_at <= now() ORDER BY available_at, id LIMIT :limit "
    "FOR UPDATE SKIP LOCKED) UPDATE outbox SET available_at = now() + make_interval(secs => :lease), "
    "attempts = attempts + 1 FROM due WHERE outbox.id = due.id RETURNING outbox.id, source, name, envelope, attempts"
)
_PUBLISHED = sa.text("DELETE FROM outbox WHERE id = ANY(CAST(:ids AS uuid[]))")
_POSTPONE = sa.text(
    "UPDATE outbox SET available_at = now() + make_interval(secs => least(power(2, least(attempts - 1, 16)), :most)) "
    "WHERE id = ANY(CAST(:ids AS uuid[]))"
)


def lease(connection: Connection, limit: int = BATCH) -> list[Due]:
    """Up to `limit` due rows, nobody else's for `LEASE_SECONDS`; oldest first."""
    rows = connection.execute(_LEASE, {"lease": LEASE_SECONDS, "limit": limit})
    return sorted((Due(*row) for row in rows), key=lambda row: row.id)


def published(connection: Connection, ids: Sequence[Any]) -> None:
    """The bus has these."""
    if ids:
        connection.execute(_PUBLISHED, {"ids": [str(one) for one in ids]})


def postpone(connection: Connection, rows: Sequence[Due]) -> None:
    """Try these again later: 1, 2, 4 … seconds, at most `MOST_BACKOFF_SECONDS`."""
    if rows:
        connection.execute(_POSTPONE, {"ids": [str(row.id) for row in rows], "most": MOST_BACKOFF_SECONDS})


def first_time(connection: Connection, consumer: str, event_id: str) -> bool:
    """Remember in this transaction that the consumer has handled the event; False when it had already.

    Under READ COMMITTED a second transaction waits here until the first ends. Rows must outlive every redelivery.
    """
    statement = sa.text("INSERT INTO inbox (consumer, event_id) VALUES (:consumer, :id) ON CONFLICT DO NOTHING")
    return connection.execute(statement, {"consumer": consumer, "id": event_id}).rowcount == 1


def forget_old(connection: Connection, days: int = 14) -> int:
    """Drop inbox rows older than any possible redelivery."""
    return connection.execute(
        sa.text("DELETE FROM inbox WHERE seen_at < now() - make_interval(days => :days)"), {"days": days}
    ).rowcount


def create_tables(connection: Connection) -> None:
    """For a service's first migration: `kit.outbox.create_tables(op.get_bind())`."""
    metadata.create_all(connection, checkfirst=False)
