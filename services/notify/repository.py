"""Every query of notify."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from services.notify.letters import delay_after
from services.notify.mail import Letter
from services.notify.models import letters
from services.notify.smtp import FAILED, SENT, UNTRIED, Outcome

#: Longer than the longest sending: until then nobody else takes the letter.
LEASE = timedelta(minutes=5)
UNTRIED_DELAY = timedelta(minutes=1)
MOST_LISTED = 500
TIDY_ROWS = 5_000

_CLAIM = sa.text("""
    UPDATE letters SET attempts = attempts + 1, due_at = :leased_until
    WHERE id IN (
        SELECT id FROM letters WHERE state = 'waiting' AND due_at <= :now
        ORDER BY due_at, id LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    RETURNING id, attempts, sender_name, recipient, subject, body, created_at
""")

_RECORD = sa.text("""
    UPDATE letters SET state = told.state, attempts = told.attempts, error = told.error, due_at = told.due_at,
        sent_at = told.sent_at
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:claimed AS integer[]), CAST(:states AS text[]), CAST(:attempts AS integer[]),
        CAST(:errors AS text[]), CAST(:due_at AS timestamptz[]), CAST(:sent_at AS timestamptz[])
    ) AS told (id, claimed, state, attempts, error, due_at, sent_at)
    WHERE letters.id = told.id AND letters.attempts = told.claimed AND letters.state = 'waiting'
""")


def add(connection: Connection, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(letters.insert(), rows)


def claim(connection: Connection, now: datetime, limit: int) -> list[Letter]:
    """Up to `limit` due letters, nobody else's for `LEASE`; oldest first."""
    values = {"now": now, "leased_until": now + LEASE, "limit": limit}
    rows = connection.execute(_CLAIM, values)
    return sorted((Letter(str(row.id), *row[1:]) for row in rows), key=lambda letter: letter.id)


def record(connection: Connection, outcomes: Sequence[Outcome], now: datetime) -> None:
    """Note what became of claimed letters; a letter that somebody else has claimed since is left to them."""
    told = [_told(outcome, now) for outcome in outcomes]
    if told:
        names = ("ids", "claimed", "states", "attempts", "errors", "due_at", "sent_at")
        connection.execute(_RECORD, dict(zip(names, map(list, zip(*told, strict=True)), strict=True)))


def _told(outcome: Outcome, now: datetime) -> tuple[Any, ...]:
    """(id, claimed, state, attempts, error, due_at, sent_at) of an outcome."""
    letter, attempts = outcome.letter, outcome.letter.attempts
    if outcome.fate == SENT:
        return letter.id, attempts, "sent", attempts, "", now, now
    if outcome.fate == UNTRIED:
        return letter.id, attempts, "waiting", attempts - 1, outcome.error, now + UNTRIED_DELAY, None
    delay = delay_after(attempts)
    if outcome.fate == FAILED or delay is None:
        return letter.id, attempts, "failed", attempts, outcome.error, now, None
    return letter.id, attempts, "waiting", attempts, outcome.error, now + delay, None


def explain_waiting(connection: Connection, error: str) -> None:
    """Say on every waiting letter why nothing is sent at all."""
    connection.execute(
        letters.update().where(letters.c.state == "waiting", letters.c.error != error).values(error=error)
    )


def newest(connection: Connection, partner_id: str, limit: int) -> list[Row]:
    query = sa.select(letters).where(letters.c.partner_id == partner_id)
    return list(connection.execute(query.order_by(letters.c.id.desc()).limit(limit)))


def drop_old(connection: Connection, before: datetime) -> int:
    """Drop up to `TIDY_ROWS` letters that were made before; how many."""
    old = sa.select(letters.c.id).where(letters.c.created_at < before, letters.c.state != "waiting").limit(TIDY_ROWS)
    return connection.execute(letters.delete().where(letters.c.id.in_(old))).rowcount
