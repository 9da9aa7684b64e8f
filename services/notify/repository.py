"""Every query of notify."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from contracts.notify_settings import LetterQuery
from kit.vault import Sealed
from services.notify.letters import delay_after
from services.notify.mail import LEASE, Letter
from services.notify.models import letters
from services.notify.smtp import FAILED, SENT, UNTRIED, Outcome

UNTRIED_DELAY = timedelta(minutes=1)
MOST_LISTED = 500
TIDY_ROWS = 5_000

#: At once, by the partners' own servers.
OWN_SERVERS, OWN_LETTERS = 8, 20

_OWN = "EXISTS (SELECT 1 FROM partner_mail WHERE partner_mail.partner_id = letters.partner_id AND host <> '')"
_TAKE = """
    UPDATE letters SET attempts = attempts + 1, due_at = :leased_until
    WHERE id IN ({wanted})
    RETURNING id, attempts, sender_name, recipient, subject, body, created_at, partner_id, urgent, useless_at, key_id, sealed
"""
_CLAIM = sa.text(
    _TAKE.format(
        wanted=f"""
        SELECT id FROM letters WHERE state = 'waiting' AND due_at <= :now AND NOT {_OWN}
        ORDER BY due_at, id LIMIT :limit FOR UPDATE SKIP LOCKED
    """
    )
)
#: Some letters of each of some partners: those whose oldest one is due for longest.
_CLAIM_OWN = sa.text(
    _TAKE.format(
        wanted=f"""
        SELECT mine.id FROM (
            SELECT partner_id FROM letters WHERE state = 'waiting' AND due_at <= :now AND {_OWN}
            GROUP BY partner_id ORDER BY min(due_at) LIMIT {OWN_SERVERS}
        ) AS due CROSS JOIN LATERAL (
            SELECT id FROM letters WHERE partner_id = due.partner_id AND state = 'waiting' AND due_at <= :now
            ORDER BY due_at, id LIMIT {OWN_LETTERS} FOR UPDATE SKIP LOCKED
        ) AS mine
    """
    )
)

#: What was a secret is gone with the waiting.
_RECORD = sa.text("""
    UPDATE letters SET state = told.state, attempts = told.attempts, error = told.error, due_at = told.due_at,
        sent_at = told.sent_at,
        body = CASE WHEN sealed IS NOT NULL AND told.state <> 'waiting' THEN '' ELSE body END,
        sealed = CASE WHEN told.state = 'waiting' THEN sealed END,
        key_id = CASE WHEN told.state = 'waiting' THEN key_id END
    FROM unnest(
        CAST(:ids AS uuid[]), CAST(:claimed AS integer[]), CAST(:states AS text[]), CAST(:attempts AS integer[]),
        CAST(:errors AS text[]), CAST(:due_at AS timestamptz[]), CAST(:sent_at AS timestamptz[])
    ) AS told (id, claimed, state, attempts, error, due_at, sent_at)
    WHERE letters.id = told.id AND letters.attempts = told.claimed AND letters.state = 'waiting'
""")
_EXPIRE = sa.text("""
    UPDATE letters SET state = 'failed', error = :error, body = '', sealed = NULL, key_id = NULL
    WHERE id IN (
        SELECT id FROM letters WHERE state = 'waiting' AND useless_at <= :now AND due_at <= :now LIMIT :limit
        FOR UPDATE SKIP LOCKED
    )
""")


def add(connection: Connection, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(letters.insert(), rows)


def claim(connection: Connection, now: datetime, limit: int) -> list[Letter]:
    """Up to `limit` due letters that go by the platform's server, nobody else's for `LEASE`; oldest first."""
    return _taken(connection.execute(_CLAIM, {"now": now, "leased_until": now + LEASE, "limit": limit}))


def claim_own(connection: Connection, now: datetime) -> list[Letter]:
    """As `claim`, of up to `OWN_SERVERS` partners that have servers of their own, up to `OWN_LETTERS` of each."""
    return _taken(connection.execute(_CLAIM_OWN, {"now": now, "leased_until": now + LEASE}))


def _taken(rows: Iterable[Row]) -> list[Letter]:
    return sorted(map(_letter, rows), key=lambda letter: letter.id)


def _letter(row: Row) -> Letter:
    return Letter(
        str(row.id),
        row.attempts,
        row.sender_name,
        row.recipient,
        row.subject,
        row.body,
        row.created_at,
        partner_id=str(row.partner_id),
        urgent=row.urgent,
        useless_at=row.useless_at,
        secret=Sealed(row.key_id, row.sealed) if row.sealed is not None else None,
    )


def expire(connection: Connection, now: datetime, error: str) -> int:
    """Letters that nobody needs any more have failed; how many of up to `TIDY_ROWS`."""
    return connection.execute(_EXPIRE, {"now": now, "error": error, "limit": TIDY_ROWS}).rowcount


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
        return letter.id, attempts, "waiting", attempts - 1, outcome.error, outcome.at or now + UNTRIED_DELAY, None
    delay = delay_after(attempts)
    if outcome.fate == FAILED or delay is None:
        return letter.id, attempts, "failed", attempts, outcome.error, now, None
    return letter.id, attempts, "waiting", attempts, outcome.error, now + delay, None


def explain_waiting(connection: Connection, error: str) -> None:
    """Say on every waiting letter that would go by the platform's server why nothing does."""
    by_platform = sa.text(f"NOT {_OWN}")
    waiting = letters.update().where(letters.c.state == "waiting", letters.c.error != error, by_platform)
    connection.execute(waiting.values(error=error))


def newest(connection: Connection, partner_id: str, limit: int) -> list[Row]:
    query = sa.select(letters).where(letters.c.partner_id == partner_id)
    return list(connection.execute(query.order_by(letters.c.id.desc()).limit(limit)))


def page_of(connection: Connection, query: LetterQuery) -> tuple[list[Row], int]:
    """A page, newest first, and how many letters there are in all."""
    asked = {"partner_id": query.partner_id, "state": query.state, "kind": query.kind}
    found: list[sa.ColumnElement[bool]] = [letters.c[name] == one for name, one in asked.items() if one]
    if query.search:
        wanted = query.search.lower()
        found.append(
            sa.or_(*(sa.func.strpos(sa.func.lower(letters.c[name]), wanted) > 0 for name in ("recipient", "subject")))
        )
    total = connection.execute(sa.select(sa.func.count()).select_from(letters).where(*found)).scalar_one()
    page = sa.select(letters).where(*found).order_by(letters.c.id.desc())
    rows = connection.execute(page.offset((query.page - 1) * query.page_size).limit(query.page_size))
    return list(rows), total


def one_of(connection: Connection, partner_id: str, letter_id: str) -> Row | None:
    query = sa.select(letters).where(letters.c.partner_id == partner_id, letters.c.id == letter_id)
    return connection.execute(query.with_for_update()).one_or_none()


def wait_again(connection: Connection, letter_id: str, now: datetime) -> Row:
    """A failed letter, whose row is locked, begins anew."""
    values = {"state": "waiting", "attempts": 0, "error": "", "due_at": now, "useless_at": None}
    return connection.execute(
        letters.update().where(letters.c.id == letter_id).values(values).returning(*letters.c)
    ).one()


def drop_old(connection: Connection, before: datetime) -> int:
    """Drop up to `TIDY_ROWS` letters that were made before; how many."""
    old = sa.select(letters.c.id).where(letters.c.created_at < before, letters.c.state != "waiting").limit(TIDY_ROWS)
    return connection.execute(letters.delete().where(letters.c.id.in_(old))).rowcount
