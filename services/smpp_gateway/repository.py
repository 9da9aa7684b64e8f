"""Queries on messages. Every change of a message goes through `move`: it succeeds only from the state it was read in.

So two processes (or one that was thought dead) may work on the same message: the second finds it moved and leaves it.
"""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import psycopg2
from sqlalchemy import Connection, text

from services.smpp_gateway.work import Work

COLUMNS = tuple(Work.__slots__)
_SELECT = ", ".join(COLUMNS)

_TYPES = {
    "id": "uuid",
    "partner_id": "uuid",
    "advertiser_id": "uuid",
    "raw": "bytea",
    "data_coding": "smallint",
    "esm_class": "smallint",
    "wants_receipt": "boolean",
    "parts": "smallint",
    "attempt": "integer",
    "submits": "integer",
    "sell_price": "bigint",
    "buy_price": "bigint",
    "by_delivered": "boolean",
    "buy_by_delivered": "boolean",
    "charged": "bigint",
    "cost": "bigint",
    "due_at": "timestamptz",
    "expires_at": "timestamptz",
    "accepted_at": "timestamptz",
    "submitted_at": "timestamptz",
    "final_at": "timestamptz",
}
#: What changes while a message goes its way; the rest is written once.
_MOVING = (
    "state",
    "reason",
    "attempt",
    "submits",
    "mcc",
    "mnc",
    "direction",
    "sell_price",
    "buy_price",
    "by_delivered",
    "buy_by_delivered",
    "charged",
    "cost",
    "due_at",
    "submitted_at",
    "final_at",
)


def _arrays(names: Iterable[str]) -> str:
    return ", ".join(f"CAST(:{name} AS {_TYPES.get(name, 'text')}[])" for name in names)


_INSERT = text(f"INSERT INTO message ({_SELECT}) SELECT * FROM unnest({_arrays(COLUMNS)})")
_MOVE = text(
    f"UPDATE message m SET {', '.join(f'{name} = u.{name}' for name in _MOVING)} "
    f"FROM unnest({_arrays(('id', *_MOVING))}, CAST(:was_state AS text[]), CAST(:was_attempt AS integer[]), "
    f"CAST(:was_submits AS integer[])) AS u (id, {', '.join(_MOVING)}, was_state, was_attempt, was_submits) "
    "WHERE m.id = u.id AND m.state = u.was_state AND m.attempt = u.was_attempt AND m.submits = u.was_submits "
    "RETURNING m.id"
)
_CLAIM = text(
    "UPDATE message SET due_at = :lease_until WHERE id IN ("
    "SELECT id FROM message WHERE state = ANY(:states) AND due_at <= :now ORDER BY due_at, id LIMIT :limit "
    f"FOR UPDATE SKIP LOCKED) RETURNING {_SELECT}"
)


def _cells(works: Sequence[Work], name: str) -> list[Any]:
    values = [getattr(work, name) for work in works]
    if name in ("id", "partner_id", "advertiser_id"):
        return [str(value) for value in values]
    if name == "raw":
        return [None if value is None else psycopg2.Binary(value) for value in values]
    return values


def _work(row: Any) -> Work:
    work = Work(*row)
    if work.raw is not None:
        work.raw = bytes(work.raw)
    return work


def insert(connection: Connection, works: Sequence[Work]) -> None:
    if works:
        connection.execute(_INSERT, {name: _cells(works, name) for name in COLUMNS})


def move(connection: Connection, pairs: Sequence[tuple[Work, Work]]) -> list[tuple[Work, Work]]:
    """Write the second of each pair where the row still is what the first says; the pairs that were written."""
    if not pairs:
        return []
    before, after = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    cells = {name: _cells(after, name) for name in ("id", *_MOVING)}
    was = {f"was_{name}": _cells(before, name) for name in ("state", "attempt", "submits")}
    moved = {row[0] for row in connection.execute(_MOVE, cells | was)}
    return [pair for pair in pairs if pair[0].id in moved]


def claim(
    connection: Connection, states: Sequence[str], *, now: datetime, lease_until: datetime, limit: int
) -> list[Work]:
    """Messages in these states that are due, oldest first; nobody else claims them before `lease_until`."""
    values = {"states": list(states), "now": now, "lease_until": lease_until, "limit": limit}
    return sorted((_work(row) for row in connection.execute(_CLAIM, values)), key=lambda work: work.id)


def lock(connection: Connection, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Work]:
    """The messages under row locks taken in the order of their ids."""
    statement = text(f"SELECT {_SELECT} FROM message WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR UPDATE")
    rows = connection.execute(statement, {"ids": [str(one) for one in ids]})
    return {work.id: work for work in map(_work, rows)}


def wake_held(connection: Connection, reason: str, column: str, ids: Sequence[str], now: datetime) -> int:
    """Make messages held for `reason` due now; `column` is advertiser_id or partner_id."""
    if column not in ("advertiser_id", "partner_id"):
        raise ValueError(column)
    statement = text(
        f"UPDATE message SET due_at = :now WHERE state = 'held' AND reason = :reason AND {column} = ANY(CAST(:ids AS uuid[]))"
    )
    return connection.execute(statement, {"now": now, "reason": reason, "ids": list(ids)}).rowcount


def postpone(connection: Connection, ids: Iterable[uuid.UUID], until: datetime) -> None:
    """Look at these again at `until`; their state stays."""
    statement = text("UPDATE message SET due_at = :until WHERE id = ANY(CAST(:ids AS uuid[])) AND due_at IS NOT NULL")
    connection.execute(statement, {"until": until, "ids": [str(one) for one in ids]})


def find(connection: Connection, advertiser_id: str, message_id: str) -> Work | None:
    statement = text(
        f"SELECT {_SELECT} FROM message WHERE id = CAST(:id AS uuid) AND advertiser_id = CAST(:owner AS uuid)"
    )
    row = connection.execute(statement, {"id": message_id, "owner": advertiser_id}).one_or_none()
    return None if row is None else _work(row)


def page(connection: Connection, advertiser_id: str, *, before: str | None, limit: int, search: str) -> list[Work]:
    """The advertiser's messages, newest first, older than `before`; `search`: a recipient's digits or a client_ref."""
    conditions = ["advertiser_id = CAST(:owner AS uuid)"]
    if before:
        conditions.append("id < CAST(:before AS uuid)")
    if search:
        conditions.append("(recipient LIKE :digits OR client_ref = :search)")
    statement = text(f"SELECT {_SELECT} FROM message WHERE {' AND '.join(conditions)} ORDER BY id DESC LIMIT :limit")
    values = {
        "owner": advertiser_id,
        "before": before,
        "search": search,
        "digits": f"%{_digits(search)}%",
        "limit": limit,
    }
    return [_work(row) for row in connection.execute(statement, values)]


def _digits(search: str) -> str:
    return "".join(character for character in search if character.isdigit()) or "\x01"


def waiting(connection: Connection) -> dict[str, int]:
    """Messages by state that something is still to be done with."""
    rows = connection.execute(text("SELECT state, count(*) FROM message WHERE due_at IS NOT NULL GROUP BY state"))
    return {state: count for state, count in rows}
