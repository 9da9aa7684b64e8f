"""Queries on parts, receipts that came early, receipts that wait for a client, and idempotency keys."""

import json
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg2
from sqlalchemy import Connection, text

from services.smpp_gateway.work import PartKey, PartRow

_BEGIN = text(
    "INSERT INTO part (message_id, number, link, recipient, state) "
    "SELECT message_id, number, :link, recipient, 'submitting' "
    "FROM unnest(CAST(:ids AS uuid[]), CAST(:numbers AS smallint[]), CAST(:recipients AS text[])) "
    "AS u (message_id, number, recipient) "
    "ON CONFLICT (message_id, number) DO UPDATE SET state = 'submitting', link = :link, error_code = NULL "
    "WHERE part.state = 'waiting' RETURNING message_id, number"
)
_ANSWER = text(
    "UPDATE part p SET state = u.state, smsc_message_id = u.smsc_id, error_code = u.error_code, "
    "submitted_at = CASE WHEN u.state = 'submitted' THEN :now ELSE p.submitted_at END, "
    "final_at = CASE WHEN u.state = 'rejected' THEN :now END "
    "FROM unnest(CAST(:ids AS uuid[]), CAST(:numbers AS smallint[]), CAST(:states AS text[]), "
    "CAST(:smsc_ids AS text[]), CAST(:error_codes AS text[])) AS u (message_id, number, state, smsc_id, error_code) "
    "WHERE p.message_id = u.message_id AND p.number = u.number AND p.state IN ('submitting', 'unresolved')"
)
_END = text(
    # Receipts tell minutes, so an end before the submission means within the minute: the time we learned it is nearer.
    "UPDATE part p SET state = u.state, error_code = u.error_code, "
    "final_at = CASE WHEN u.done_at >= coalesce(p.submitted_at, u.done_at) THEN least(u.done_at, :now) ELSE :now END, "
    "smsc_message_id = coalesce(p.smsc_message_id, u.smsc_id) "
    "FROM unnest(CAST(:ids AS uuid[]), CAST(:numbers AS smallint[]), CAST(:states AS text[]), "
    "CAST(:error_codes AS text[]), CAST(:done AS timestamptz[]), CAST(:smsc_ids AS text[])) "
    "AS u (message_id, number, state, error_code, done_at, smsc_id) "
    "WHERE p.message_id = u.message_id AND p.number = u.number AND p.state IN ('submitted', 'submitting', 'unresolved')"
)
_STORE_EARLY = text(
    "INSERT INTO early_receipt (id, link, smsc_message_id, recipient, state, error_code, done_at) "
    "SELECT *  FROM unnest(CAST(:ids AS uuid[]), CAST(:links AS text[]), CAST(:smsc_ids AS text[]), "
    "CAST(:recipients AS text[]), CAST(:states AS text[]), CAST(:error_codes AS text[]), CAST(:done AS timestamptz[]))"
)


@dataclass(slots=True, frozen=True)
class Answer:
    """What a submit_sm_resp means for a part: submitted, rejected or waiting (to be tried again)."""

    key: PartKey
    state: str
    smsc_message_id: str | None
    error_code: str | None


@dataclass(slots=True, frozen=True)
class Ending:
    """A final receipt as it came, before it is known whose it is; `recipient` as the SMSC wrote it."""

    id: uuid.UUID
    link: str
    smsc_message_id: str
    recipient: str
    state: str
    error_code: str
    done_at: datetime


@dataclass(slots=True, frozen=True)
class ClientReceipt:
    """A receipt that waits for its advertiser's SMPP client."""

    id: uuid.UUID
    advertiser_id: uuid.UUID
    message_id: uuid.UUID
    sender: str
    recipient: str
    state: str
    error_code: str
    submitted_at: datetime
    done_at: datetime


def _keys(keys: Sequence[PartKey]) -> dict[str, list[Any]]:
    return {"ids": [str(key.message_id) for key in keys], "numbers": [key.number for key in keys]}


def begin(connection: Connection, link: str, parts: Sequence[tuple[PartKey, str]]) -> set[PartKey]:
    """Note that these parts (with their recipients) are about to be submitted; those that may be."""
    if not parts:
        return set()
    values = _keys([key for key, _ in parts]) | {"link": link, "recipients": [recipient for _, recipient in parts]}
    return {PartKey(*row) for row in connection.execute(_BEGIN, values)}


def answer(connection: Connection, answers: Sequence[Answer], now: datetime) -> None:
    values = _keys([one.key for one in answers]) | {
        "now": now,
        "states": [one.state for one in answers],
        "smsc_ids": [one.smsc_message_id for one in answers],
        "error_codes": [one.error_code for one in answers],
    }
    connection.execute(_ANSWER, values)


def end(connection: Connection, endings: Sequence[tuple[PartKey, Ending]], now: datetime) -> None:
    if not endings:
        return
    values = _keys([key for key, _ in endings]) | {
        "now": now,
        "states": [ending.state for _, ending in endings],
        "error_codes": [ending.error_code or None for _, ending in endings],
        "done": [ending.done_at for _, ending in endings],
        "smsc_ids": [ending.smsc_message_id or None for _, ending in endings],
    }
    connection.execute(_END, values)


def match(connection: Connection, link: str, smsc_ids: Iterable[str], since: uuid.UUID) -> dict[str, PartKey]:
    """Parts of this link by the id the SMSC gave them; only messages younger than `since` are looked at."""
    statement = text(
        "SELECT smsc_message_id, message_id, number FROM part WHERE smsc_message_id = ANY(:ids) AND link = :link "
        "AND message_id >= CAST(:since AS uuid)"
    )
    rows = connection.execute(statement, {"ids": list(set(smsc_ids)), "link": link, "since": str(since)})
    return {smsc_id: PartKey(message_id, number) for smsc_id, message_id, number in rows}


def unresolved(connection: Connection, link: str, recipients: Iterable[str]) -> dict[str, list[PartKey]]:
    """Parts whose submit_sm got no response, by recipient, oldest first."""
    statement = text(
        "SELECT recipient, message_id, number FROM part WHERE state = 'unresolved' AND recipient = ANY(:recipients) "
        "AND link = :link ORDER BY message_id, number"
    )
    found: dict[str, list[PartKey]] = defaultdict(list)
    for recipient, message_id, number in connection.execute(statement, {"recipients": list(recipients), "link": link}):
        found[recipient].append(PartKey(message_id, number))
    return found


def mark(connection: Connection, keys: Sequence[PartKey], *, was: Sequence[str], state: str) -> None:
    """Set the state of these parts where it is one of `was`."""
    statement = text(
        "UPDATE part p SET state = :state FROM unnest(CAST(:ids AS uuid[]), CAST(:numbers AS smallint[])) AS u (message_id, number) "
        "WHERE p.message_id = u.message_id AND p.number = u.number AND p.state = ANY(:was)"
    )
    connection.execute(statement, _keys(keys) | {"state": state, "was": list(was)})


def mark_all(
    connection: Connection, ids: Iterable[uuid.UUID], *, was: str, state: str, final_at: datetime | None = None
) -> None:
    """The same for all parts of these messages."""
    statement = text(
        "UPDATE part SET state = :state, final_at = :final_at WHERE message_id = ANY(CAST(:ids AS uuid[])) AND state = :was"
    )
    connection.execute(statement, {"ids": [str(one) for one in ids], "was": was, "state": state, "final_at": final_at})


def submitting(connection: Connection, link: str, since: uuid.UUID, limit: int) -> list[PartKey]:
    """Parts that were being submitted over this link."""
    statement = text(
        "SELECT message_id, number FROM part WHERE state = 'submitting' AND link = :link "
        "AND message_id >= CAST(:since AS uuid) LIMIT :limit"
    )
    return [PartKey(*row) for row in connection.execute(statement, {"link": link, "since": str(since), "limit": limit})]


def of_messages(connection: Connection, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[PartRow]]:
    statement = text(
        "SELECT message_id, number, state, error_code, submitted_at, final_at FROM part "
        "WHERE message_id = ANY(CAST(:ids AS uuid[])) ORDER BY message_id, number"
    )
    found: dict[uuid.UUID, list[PartRow]] = defaultdict(list)
    for row in connection.execute(statement, {"ids": [str(one) for one in ids]}):
        found[row[0]].append(PartRow(*row))
    return found


def store_early(connection: Connection, endings: Sequence[Ending]) -> None:
    """Receipts that match nothing yet: their submit_sm_resp may not be stored, or never came."""
    if not endings:
        return
    values = {
        "ids": [str(one.id) for one in endings],
        "links": [one.link for one in endings],
        "smsc_ids": [one.smsc_message_id for one in endings],
        "recipients": [one.recipient for one in endings],
        "states": [one.state for one in endings],
        "error_codes": [one.error_code for one in endings],
        "done": [one.done_at for one in endings],
    }
    connection.execute(_STORE_EARLY, values)


def early(connection: Connection, link: str, limit: int) -> list[tuple[Ending, float]]:
    """Stored early receipts under lock, oldest first, each with its age in seconds."""
    statement = text(
        "SELECT id, link, smsc_message_id, recipient, state, error_code, done_at, "
        "extract(epoch FROM now() - received_at)::float FROM early_receipt WHERE link = :link "
        "ORDER BY received_at DESC LIMIT :limit FOR UPDATE SKIP LOCKED"
    )
    return [(Ending(*row[:7]), row[7]) for row in connection.execute(statement, {"link": link, "limit": limit})]


def drop_early(connection: Connection, ids: Iterable[uuid.UUID]) -> None:
    connection.execute(
        text("DELETE FROM early_receipt WHERE id = ANY(CAST(:ids AS uuid[]))"), {"ids": [str(one) for one in ids]}
    )


def remember_key(connection: Connection, owner: str, key: str, request_hash: bytes, answers: Any) -> None:
    """Store what an idempotency key was answered; the caller has seen that it is new."""
    connection.execute(
        text(
            "INSERT INTO idempotency (advertiser_id, key, request_hash, answer) "
            "VALUES (CAST(:owner AS uuid), :key, :hash, CAST(:answer AS jsonb))"
        ),
        {"owner": owner, "key": key, "hash": psycopg2.Binary(request_hash), "answer": json.dumps(answers)},
    )


def known_key(connection: Connection, owner: str, key: str) -> tuple[bytes, Any] | None:
    """(request hash, answer) of a key that was used. Serialises its users: the first one's commit is waited for."""
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"{owner} {key}"})
    row = connection.execute(
        text("SELECT request_hash, answer FROM idempotency WHERE advertiser_id = CAST(:owner AS uuid) AND key = :key"),
        {"owner": owner, "key": key},
    ).one_or_none()
    return None if row is None else (bytes(row[0]), row[1])


def forget_keys(connection: Connection, before: datetime) -> int:
    return connection.execute(text("DELETE FROM idempotency WHERE created_at < :before"), {"before": before}).rowcount


def keep_client_receipts(connection: Connection, receipts: Sequence[ClientReceipt]) -> None:
    for_insert = [{name: getattr(one, name) for name in ClientReceipt.__slots__} for one in receipts]
    if for_insert:
        names = ", ".join(ClientReceipt.__slots__)
        kinds = ("uuid", "uuid", "uuid", "text", "text", "text", "text", "timestamptz", "timestamptz")
        casts = ", ".join(
            f"CAST(:{name} AS {kind}[])" for name, kind in zip(ClientReceipt.__slots__, kinds, strict=True)
        )
        cells = {
            name: [str(row[name]) if isinstance(row[name], uuid.UUID) else row[name] for row in for_insert]
            for name in ClientReceipt.__slots__
        }
        connection.execute(text(f"INSERT INTO client_receipt ({names}) SELECT * FROM unnest({casts})"), cells)


def claim_client_receipts(
    connection: Connection, owners: Sequence[str], *, now: datetime, lease_until: datetime, limit: int
) -> list[ClientReceipt]:
    """Receipts for advertisers that are bound now, in order; not given out again before `lease_until`."""
    names = ", ".join(ClientReceipt.__slots__)
    statement = text(
        "UPDATE client_receipt SET due_at = :lease_until WHERE id IN (SELECT id FROM client_receipt "
        "WHERE advertiser_id = ANY(CAST(:owners AS uuid[])) AND due_at <= :now ORDER BY id LIMIT :limit "
        f"FOR UPDATE SKIP LOCKED) RETURNING {names}"
    )
    values = {"owners": list(owners), "now": now, "lease_until": lease_until, "limit": limit}
    return sorted((ClientReceipt(*row) for row in connection.execute(statement, values)), key=lambda one: one.id)


def client_receipts_done(connection: Connection, ids: Iterable[uuid.UUID]) -> None:
    connection.execute(
        text("DELETE FROM client_receipt WHERE id = ANY(CAST(:ids AS uuid[]))"), {"ids": [str(one) for one in ids]}
    )


def client_receipts_again(connection: Connection, ids: Iterable[uuid.UUID], now: datetime) -> None:
    """Give these out again: the client did not take them."""
    connection.execute(
        text("UPDATE client_receipt SET due_at = :now WHERE id = ANY(CAST(:ids AS uuid[]))"),
        {"ids": [str(one) for one in ids], "now": now},
    )
