"""Queries on what waits beside the messages: receipts that came early, receipts for clients, idempotency keys."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, text

from kit.prepared import later, prepared
from services.smpp_gateway.arrays import octets, plain, quoted, repeated
from services.smpp_gateway.repository_parts import Ending

_ENDING = "id::text, link, smsc_message_id, recipient, state, error_code, done_at, received_at"
_STORE_EARLY = prepared(
    "INSERT INTO early_receipt (id, link, smsc_message_id, recipient, state, error_code, done_at, received_at, look_at) "
    "SELECT *, received_at FROM unnest(CAST(:ids AS uuid[]), CAST(:links AS text[]), CAST(:smsc_ids AS text[]), "
    "CAST(:recipients AS text[]), CAST(:states AS text[]), CAST(:error_codes AS text[]), CAST(:done AS timestamptz[]), "
    "CAST(:received AS timestamptz[])) AS u (id, link, smsc_message_id, recipient, state, error_code, done_at, received_at)"
)
_EARLY_OF = prepared(
    f"SELECT {_ENDING} FROM early_receipt WHERE smsc_message_id = ANY(CAST(:ids AS text[])) AND link = :link "
    "ORDER BY id FOR UPDATE"
)
# Each look makes the next one as late as the receipt is old: a flood of strangers' receipts costs little and hides nothing.
_CLAIM_EARLY = text(
    "WITH due AS MATERIALIZED (SELECT id FROM early_receipt WHERE link = :link AND look_at <= :now "
    "ORDER BY look_at LIMIT :limit FOR UPDATE SKIP LOCKED) UPDATE early_receipt e "
    "SET look_at = :now + greatest(interval '1 second', least(interval '10 minutes', :now - received_at)) "
    f"FROM due WHERE e.id = due.id RETURNING {_ENDING.replace('id::text', 'e.id::text')}"
)

_DROP_EARLY = prepared("DELETE FROM early_receipt WHERE id = ANY(CAST(:ids AS uuid[]))")
_REMEMBER_KEYS = prepared(
    "INSERT INTO idempotency (advertiser_id, key, request_hash, answer) SELECT owner, key, hash, "
    "CAST(answer AS jsonb) FROM unnest(CAST(:owners AS uuid[]), CAST(:keys AS text[]), CAST(:hashes AS bytea[]), "
    "CAST(:answers AS text[])) AS new (owner, key, hash, answer)"
)
_LOCK_KEYS = prepared(
    "SELECT pg_advisory_xact_lock(hash) FROM (SELECT DISTINCT hashtextextended(owner || ' ' || key, 0) AS hash "
    "FROM unnest(CAST(:owners AS text[]), CAST(:keys AS text[])) AS asked (owner, key) ORDER BY 1) AS hashes"
)
_KNOWN_KEYS = prepared(
    "SELECT advertiser_id::text, idempotency.key, request_hash, answer FROM idempotency "
    "JOIN unnest(CAST(:owners AS uuid[]), CAST(:keys AS text[])) AS asked (owner, key) "
    "ON advertiser_id = owner AND idempotency.key = asked.key"
)


@dataclass(slots=True, frozen=True)
class ClientReceipt:
    """A receipt that waits for its advertiser's SMPP client; `error_code` is the operator's number, or empty."""

    id: str
    advertiser_id: str
    message_id: str
    sender: str
    recipient: str
    state: str
    error_code: str
    submitted_at: datetime
    done_at: datetime


_RECEIPT = ", ".join(
    f"{name}::text" if name in ("id", "advertiser_id", "message_id") else name for name in ClientReceipt.__slots__
)
_RECEIPT_COLUMNS = (
    ("uuid", plain), ("uuid", plain), ("uuid", plain), ("text", quoted), ("text", quoted), ("text", quoted),
    ("text", quoted), ("timestamptz", repeated), ("timestamptz", repeated),
)  # fmt: skip
_KEEP_RECEIPTS = prepared(
    f"INSERT INTO client_receipt ({', '.join(ClientReceipt.__slots__)}, due_at) SELECT *, :now FROM unnest("
    + ", ".join(
        f"CAST(:{name} AS {kind}[])" for name, (kind, _) in zip(ClientReceipt.__slots__, _RECEIPT_COLUMNS, strict=True)
    )
    + ")"
)
# Each owner gets what its sessions have room for, so that one with a long queue or a slow client holds up nobody else.
_CLAIM_RECEIPTS = text(
    "WITH due AS MATERIALIZED (SELECT one.id FROM unnest(CAST(:owners AS uuid[]), CAST(:rooms AS integer[])) "
    "AS o (owner, room) CROSS JOIN LATERAL (SELECT id FROM client_receipt WHERE advertiser_id = o.owner "
    "AND due_at <= :now ORDER BY due_at, id LIMIT o.room FOR UPDATE SKIP LOCKED) AS one) "
    "UPDATE client_receipt r SET due_at = :lease_until, attempts = attempts + 1 FROM due WHERE r.id = due.id "
    f"RETURNING {_RECEIPT.replace('id::text', 'r.id::text', 1)}"
)


def store_early(connection: Connection, endings: Sequence[Ending]) -> None:
    """Receipts that match nothing yet: their submit_sm_resp may not be stored, or never came."""
    if not endings:
        return
    values = {
        "ids": plain(one.id for one in endings),
        "links": quoted(one.link for one in endings),
        "smsc_ids": quoted(one.smsc_message_id for one in endings),
        "recipients": quoted(one.recipient for one in endings),
        "states": plain(one.state for one in endings),
        "error_codes": quoted(one.error_code for one in endings),
        "done": repeated(one.done_at for one in endings),
        "received": repeated(one.received_at for one in endings),
    }
    later(connection, _STORE_EARLY, values)


def early_of(connection: Connection, link: str, smsc_ids: Sequence[str]) -> list[Ending]:
    """Stored receipts of these ids, oldest first."""
    if not smsc_ids:
        return []
    return [Ending(*row) for row in connection.execute(_EARLY_OF, {"link": link, "ids": quoted(smsc_ids)})]


def claim_early(connection: Connection, link: str, now: datetime, limit: int) -> list[Ending]:
    """Stored receipts it is time to look at again, oldest first."""
    rows = connection.execute(_CLAIM_EARLY, {"link": link, "now": now, "limit": limit})
    return sorted((Ending(*row) for row in rows), key=attrgetter("id"))


def drop_early(connection: Connection, ids: Collection[str]) -> None:
    if ids:
        later(connection, _DROP_EARLY, {"ids": plain(ids)})


def forget_early(connection: Connection, before: str) -> int:
    """Drop receipts that nobody's part ever matched; `before` is a floor of ids."""
    statement = text("DELETE FROM early_receipt WHERE id < CAST(:before AS uuid)")
    return connection.execute(statement, {"before": before}).rowcount


#: (advertiser id, idempotency key)
Key = tuple[str, str]


def remember_keys(connection: Connection, answers: Mapping[Key, tuple[bytes, Any]]) -> None:
    """Store what idempotency keys were answered, with the hashes of their requests; the caller has seen that they are new."""
    if not answers:
        return
    values = {
        "hashes": octets(request_hash for request_hash, _ in answers.values()),
        "answers": quoted(json.dumps(answer) for _, answer in answers.values()),
    }
    later(connection, _REMEMBER_KEYS, _key_columns(answers) | values)


def known_keys(connection: Connection, keys: Collection[Key]) -> dict[Key, tuple[bytes, Any]]:
    """(request hash, answer) of those that were used. Serialises their users: the first one's commit is waited for.

    The locks are taken in one order, so that nobody waits in a circle.
    """
    if not keys:
        return {}
    columns = _key_columns(keys)
    # Locks are taken before the keys are read, by a statement of their own: this one sees what was committed meanwhile.
    later(connection, _LOCK_KEYS, columns)
    rows = connection.execute(_KNOWN_KEYS, columns)
    return {(owner, key): (bytes(request_hash), answer) for owner, key, request_hash, answer in rows}


def _key_columns(keys: Collection[Key]) -> dict[str, str]:
    return {"owners": plain(owner for owner, _ in keys), "keys": quoted(key for _, key in keys)}


def forget_keys(connection: Connection, before: datetime) -> int:
    return connection.execute(text("DELETE FROM idempotency WHERE created_at < :before"), {"before": before}).rowcount


def keep_client_receipts(connection: Connection, receipts: Sequence[ClientReceipt], now: datetime) -> None:
    if not receipts:
        return
    values: dict[str, Any] = {
        name: array([getattr(one, name) for one in receipts])
        for name, (_, array) in zip(ClientReceipt.__slots__, _RECEIPT_COLUMNS, strict=True)
    }
    later(connection, _KEEP_RECEIPTS, values | {"now": now})


def claim_client_receipts(
    connection: Connection, rooms: Mapping[str, int], *, now: datetime, lease_until: datetime
) -> list[ClientReceipt]:
    """Of each owner as many as its sessions take now, in order; not given out again before `lease_until`."""
    if not rooms:
        return []
    values = {"owners": plain(rooms), "rooms": plain(rooms.values()), "now": now, "lease_until": lease_until}
    return sorted((ClientReceipt(*row) for row in connection.execute(_CLAIM_RECEIPTS, values)), key=attrgetter("id"))


def client_receipts_done(connection: Connection, ids: Collection[str]) -> None:
    connection.execute(text("DELETE FROM client_receipt WHERE id = ANY(CAST(:ids AS uuid[]))"), {"ids": plain(ids)})


def client_receipts_again(
    connection: Connection, ids: Collection[str], now: datetime, *, tried: bool, most_seconds: float
) -> None:
    """Give these out again: at once when they were not tried, else after 1, 2, 4 … at most `most_seconds`."""
    statement = text(
        "UPDATE client_receipt SET attempts = attempts - CASE WHEN :tried THEN 0 ELSE 1 END, due_at = :now + "
        "CASE WHEN :tried THEN make_interval(secs => least(:most, power(2, least(attempts, 20) - 1))) "
        "ELSE interval '0' END WHERE id = ANY(CAST(:ids AS uuid[]))"
    )
    connection.execute(statement, {"ids": plain(ids), "now": now, "tried": tried, "most": most_seconds})


def waiting_client_receipts(connection: Connection, most: int) -> tuple[int, str | None]:
    """How many there are, counted up to `most`, and the id of the oldest."""
    statement = text(
        "SELECT (SELECT count(*) FROM (SELECT 1 FROM client_receipt LIMIT :most) AS counted), "
        "(SELECT id::text FROM client_receipt ORDER BY id LIMIT 1)"
    )
    count, oldest = connection.execute(statement, {"most": most}).one()
    return count, oldest


def forget_client_receipts(connection: Connection, before: str) -> int:
    """Drop receipts whose client did not come for them; `before` is a floor of ids."""
    statement = text("DELETE FROM client_receipt WHERE id < CAST(:before AS uuid)")
    return connection.execute(statement, {"before": before}).rowcount
