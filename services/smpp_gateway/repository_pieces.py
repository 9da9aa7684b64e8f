"""Queries on parts that clients cut themselves (`pieces.py`).

Whoever adds to parts of a key holds the key's advisory lock, so that of two parts that come at once the second sees the
first; whoever takes waiting parts away locks their rows.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from services.smpp_gateway.arrays import octets, plain, quoted, repeated
from services.smpp_gateway.pieces import Piece

_IDS = ("id", "partner_id", "advertiser_id")
_KINDS: dict[str, tuple[str, Callable[[Any], str]]] = {
    **dict.fromkeys((*_IDS, "message_id"), ("uuid", plain)),
    **dict.fromkeys(("total", "number", "data_coding", "receipts", "priority"), ("smallint", plain)),
    "reference": ("integer", plain),
    "octets": ("bytea", octets),
    **dict.fromkeys(("expires_at", "accepted_at", "send_at", "due_at"), ("timestamptz", repeated)),
}
_TEXT: tuple[str, Callable[[Any], str]] = ("text", quoted)
_COLUMNS = Piece.__slots__
_ALL = ", ".join(f"p.{name}::text" if name in _IDS else f"p.{name}" for name in _COLUMNS)
_NEW = (*_COLUMNS, "due_at", "message_id")
_INSERT = text(
    f"INSERT INTO piece ({', '.join(_NEW)}) SELECT * FROM unnest("
    + ", ".join(f"CAST(:{name} AS {_KINDS.get(name, _TEXT)[0]}[])" for name in _NEW)
    + ")"
)
_LOCK_KEYS = text(
    "SELECT pg_advisory_xact_lock(hash) FROM (SELECT DISTINCT hashtextextended(key, 1) AS hash "
    "FROM unnest(CAST(:keys AS text[])) AS asked (key) ORDER BY 1) AS hashes"
)
_WAITING = text(
    f"SELECT {_ALL} FROM (SELECT DISTINCT * FROM unnest(CAST(:owners AS uuid[]), CAST(:recipients AS text[]), "
    "CAST(:references AS integer[])) AS u (owner, recipient, reference)) AS asked JOIN piece p "
    "ON p.advertiser_id = asked.owner AND p.recipient = asked.recipient AND p.reference = asked.reference "
    "WHERE p.message_id IS NULL ORDER BY p.id FOR UPDATE OF p"
)
_JOIN = text(
    "UPDATE piece p SET message_id = u.message_id, due_at = NULL FROM unnest(CAST(:ids AS uuid[]), "
    "CAST(:messages AS uuid[])) AS u (id, message_id) WHERE p.id = u.id AND p.id = ANY(CAST(:ids AS uuid[]))"
)
_OVERDUE = text(
    f"SELECT {_ALL} FROM piece p WHERE p.message_id IS NULL AND p.due_at <= :now ORDER BY p.due_at, p.id LIMIT :limit "
    "FOR UPDATE SKIP LOCKED"
)
_REPEATS = text(
    "SELECT p.id::text, first.message_id::text FROM piece p CROSS JOIN LATERAL (SELECT o.message_id FROM piece o "
    "WHERE o.advertiser_id = p.advertiser_id AND o.recipient = p.recipient AND o.reference = p.reference "
    "AND o.sender = p.sender AND o.total = p.total AND o.number = p.number AND o.octets = p.octets "
    "AND o.message_id IS NOT NULL AND o.accepted_at BETWEEN p.accepted_at - :window AND p.accepted_at "
    "ORDER BY o.accepted_at DESC LIMIT 1) AS first WHERE p.id = ANY(CAST(:ids AS uuid[]))"
)
_FIND = text(
    "SELECT id::text, message_id::text, sender, recipient FROM piece WHERE id = ANY(CAST(:ids AS uuid[])) "
    "AND advertiser_id = CAST(:owner AS uuid)"
)
_WAITING_LIKE = text(
    f"SELECT {_ALL} FROM piece p JOIN piece own ON own.advertiser_id = p.advertiser_id AND own.recipient = p.recipient "
    "AND own.reference = p.reference AND own.sender = p.sender AND own.total = p.total "
    "AND own.data_coding = p.data_coding WHERE own.id = ANY(CAST(:ids AS uuid[])) "
    "AND own.advertiser_id = CAST(:owner AS uuid) AND own.message_id IS NULL AND p.message_id IS NULL "
    "ORDER BY p.id FOR UPDATE OF p"
)
_OF_PAIRS = text(
    "SELECT o.place, p.id::text FROM unnest(CAST(:senders AS text[]), CAST(:recipients AS text[])) WITH ORDINALITY "
    "AS o (sender, recipient, place) JOIN piece p ON p.advertiser_id = CAST(:owner AS uuid) "
    "AND p.recipient = o.recipient AND p.sender = o.sender WHERE p.message_id IS NULL ORDER BY p.id"
)
_ENDS = text(
    "SELECT p.message_id::text, p.id::text, p.receipts, p.accepted_at, part.state, part.error_code, part.final_at, "
    "p.client_ref "
    "FROM piece p LEFT JOIN part ON part.message_id = p.message_id AND part.number = p.number "
    "AND part.message_id = ANY(CAST(:ids AS uuid[])) WHERE p.message_id = ANY(CAST(:ids AS uuid[])) ORDER BY p.id"
)


class Found(NamedTuple):
    """A part by the id its client was told; `message_id` None while it waits for the others."""

    id: str
    message_id: str | None
    sender: str
    recipient: str


class End(NamedTuple):
    """How a part of an ended message ended; `state` None where it was never given to an operator."""

    message_id: str
    id: str
    receipts: int
    accepted_at: datetime
    state: str | None
    error_code: str | None
    final_at: datetime | None
    client_ref: str | None


def _piece(row: Any) -> Piece:
    values = list(row)
    place = _COLUMNS.index("octets")
    values[place] = bytes(values[place])
    return Piece(*values)


def waiting(connection: Connection, fresh: Sequence[Piece]) -> list[Piece]:
    """Parts that wait for one of these, or with it for others; nobody else adds to them until the transaction ends."""
    keys = sorted({" ".join(map(str, one.key)) for one in fresh})
    connection.execute(_LOCK_KEYS, {"keys": quoted(keys)})
    values = {
        "owners": plain(one.advertiser_id for one in fresh),
        "recipients": quoted(one.recipient for one in fresh),
        "references": plain(one.reference for one in fresh),
    }
    wanted = {one.key for one in fresh}
    found = [_piece(row) for row in connection.execute(_WAITING, values).all()]
    return [one for one in found if one.key in wanted]


def insert(connection: Connection, pieces: Mapping[Piece, str | None], due_at: datetime) -> None:
    """New parts with the messages that they have become parts of; those without wait until `due_at`."""
    if not pieces:
        return
    listed = list(pieces)
    values = {name: _KINDS.get(name, _TEXT)[1]([getattr(one, name) for one in listed]) for name in _COLUMNS}
    values["message_id"] = plain(pieces.values())
    values["due_at"] = repeated(None if message_id else due_at for message_id in pieces.values())
    connection.execute(_INSERT, values)


def join(connection: Connection, messages: Mapping[str, str]) -> None:
    """Parts, by their ids, become parts of these messages."""
    if messages:
        connection.execute(_JOIN, {"ids": plain(messages), "messages": plain(messages.values())})


def overdue(connection: Connection, now: datetime, limit: int) -> list[Piece]:
    """Parts that the others did not come to in time, locked."""
    return [_piece(row) for row in connection.execute(_OVERDUE, {"now": now, "limit": limit}).all()]


def repeats(connection: Connection, ids: Collection[str], window: timedelta) -> dict[str, str]:
    """By id, the message that has just this part already and got it so short a time before."""
    if not ids:
        return {}
    return dict(connection.execute(_REPEATS, {"ids": plain(ids), "window": window}).all())  # type: ignore[arg-type]


def drop(connection: Connection, ids: Iterable[str]) -> None:
    """These are messages of their own now."""
    connection.execute(text("DELETE FROM piece WHERE id = ANY(CAST(:ids AS uuid[]))"), {"ids": plain(ids)})


def find(connection: Connection, advertiser_id: str, ids: Collection[str]) -> dict[str, Found]:
    if not ids:
        return {}
    rows = connection.execute(_FIND, {"ids": plain(ids), "owner": advertiser_id}).all()
    return {row[0]: Found(*row) for row in rows}


def lock_waiting_like(connection: Connection, advertiser_id: str, ids: Collection[str]) -> list[Piece]:
    """Those of these parts that still wait, and what waits with them, locked."""
    if not ids:
        return []
    rows = connection.execute(_WAITING_LIKE, {"ids": plain(ids), "owner": advertiser_id}).all()
    return list({piece.id: piece for piece in map(_piece, rows)}.values())


def of_pairs(connection: Connection, advertiser_id: str, pairs: Sequence[tuple[str, str]]) -> Mapping[int, list[str]]:
    """By the place of its (sender, recipient), ids of parts that wait."""
    found: dict[int, list[str]] = {}
    values = {"senders": quoted(pair[0] for pair in pairs), "recipients": quoted(pair[1] for pair in pairs)}
    for place, piece_id in connection.execute(_OF_PAIRS, values | {"owner": advertiser_id}) if pairs else ():
        found.setdefault(place - 1, []).append(piece_id)
    return found


def ends(connection: Connection, message_ids: Collection[str]) -> list[End]:
    """How the parts of these messages ended, in the order in which they came."""
    return [End(*row) for row in connection.execute(_ENDS, {"ids": plain(message_ids)}).all()]
