"""Queries on what people write to our numbers: stored in batches, found again, put together from parts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from kit.ids import LAST_ID
from services.smpp_gateway.arrays import octets, plain, quoted, repeated
from services.smpp_gateway.incoming import REPEAT_WITH_REFERENCE, REPEAT_WITHIN, Incoming, IncomingPart

_TYPES: dict[str, tuple[str, Any]] = {
    **dict.fromkeys(("id", "advertiser_id", "repeat_of", "incoming_id"), ("uuid", plain)),
    **dict.fromkeys(("link", "number", "sender", "text", "keyword", "kind"), ("text", quoted)),
    **dict.fromkeys(("octets", "fingerprint"), ("bytea", octets)),
    **dict.fromkeys(("data_coding", "esm_class", "parts", "parts_total", "total", "sequence"), ("smallint", plain)),
    "reference": ("integer", plain),
    "received_at": ("timestamptz", repeated),
}
COLUMNS = tuple(one.name for one in fields(Incoming) if one.name != "referenced")
_PART_COLUMNS = tuple(one.name for one in fields(IncomingPart))


def _insert(table: str, columns: Sequence[str]) -> str:
    arrays = ", ".join(f"CAST(:{name} AS {_TYPES[name][0]}[])" for name in columns)
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT * FROM unnest({arrays})"


def _selected(columns: Sequence[str], table: str = "") -> str:
    prefix = f"{table}." if table else ""
    return ", ".join(f"{prefix}{name}{'::text' if _TYPES[name][0] == 'uuid' else ''}" for name in columns)


def _values(columns: Sequence[str], rows: Sequence[Any]) -> dict[str, str]:
    return {name: _TYPES[name][1]([getattr(row, name) for row in rows]) for name in columns}


SELECTED = _selected(COLUMNS)
_STORE = text(_insert("incoming", COLUMNS))
_STORE_PARTS = text(_insert("incoming_part", _PART_COLUMNS))
_REPEATS = text(
    "SELECT DISTINCT ON (i.fingerprint) i.fingerprint, i.id::text FROM incoming i JOIN unnest("
    "CAST(:prints AS bytea[]), CAST(:since AS timestamptz[])) AS u (fingerprint, since) "
    "ON i.fingerprint = u.fingerprint AND i.received_at >= u.since WHERE i.repeat_of IS NULL "
    "ORDER BY i.fingerprint, i.id"
)
# Those that went into a message an hour ago are not needed any more to know a repeat.
_PARTS_OF = text(
    f"SELECT {_selected(_PART_COLUMNS, 'p')} FROM incoming_part p JOIN (SELECT DISTINCT * FROM unnest("
    "CAST(:senders AS text[]), CAST(:numbers AS text[]), CAST(:references AS integer[])) AS u (sender, number, reference)) "
    "AS k ON p.sender = k.sender AND p.number = k.number AND p.reference = k.reference "
    "WHERE p.link = :link AND (p.incoming_id IS NULL OR p.received_at > :since) ORDER BY p.id FOR UPDATE OF p"
)
_LATE_PARTS = text(
    f"SELECT {_selected(_PART_COLUMNS)} FROM incoming_part WHERE incoming_id IS NULL AND received_at <= :before "
    "ORDER BY received_at LIMIT :limit FOR UPDATE SKIP LOCKED"
)
_USE_PARTS = text(
    "UPDATE incoming_part p SET incoming_id = u.incoming_id FROM unnest(CAST(:ids AS uuid[]), "
    "CAST(:incoming_ids AS uuid[])) AS u (id, incoming_id) WHERE p.id = u.id"
)
_OWNERS = text(
    "SELECT n.number, n.advertiser_id::text, k.keyword, k.advertiser_id::text FROM incoming_number n "
    "LEFT JOIN incoming_keyword k ON k.number = n.number WHERE n.number = ANY(CAST(:numbers AS text[]))"
)
_PAGE = (
    f"SELECT {SELECTED} FROM incoming WHERE {{whose}} AND id < CAST(:before AS uuid) AND sender LIKE :piece "
    "ORDER BY id DESC LIMIT :limit"
)
_PAGE_OF = text(_PAGE.format(whose="advertiser_id = CAST(:owner AS uuid)"))
_PAGE_OF_NOBODY = text(_PAGE.format(whose="advertiser_id IS NULL"))
_DROP_OLD = text(
    "DELETE FROM incoming WHERE id IN (SELECT id FROM incoming WHERE id < CAST(:before AS uuid) ORDER BY id LIMIT :limit)"
)
_DROP_PARTS = text("DELETE FROM incoming_part WHERE incoming_id IS NOT NULL AND received_at < :before")


def store(connection: Connection, messages: Sequence[Incoming]) -> None:
    if messages:
        connection.execute(_STORE, _values(COLUMNS, messages))


def repeats(connection: Connection, messages: Sequence[Incoming], now: datetime) -> dict[bytes, str]:
    """fingerprint → the id of the first message that has it, where these may be repeats of it."""
    if not messages:
        return {}
    since = [now - (REPEAT_WITH_REFERENCE if one.referenced else REPEAT_WITHIN) for one in messages]
    values = {"prints": octets(one.fingerprint for one in messages), "since": plain(f'"{one}"' for one in since)}
    return {bytes(print_): found for print_, found in connection.execute(_REPEATS, values)}


def store_parts(connection: Connection, parts: Sequence[IncomingPart]) -> None:
    if parts:
        connection.execute(_STORE_PARTS, _values(_PART_COLUMNS, parts))


def parts_like(connection: Connection, parts: Sequence[IncomingPart], since: datetime) -> list[IncomingPart]:
    """All parts of the messages that these belong to, in the order in which they came; they are locked."""
    if not parts:
        return []
    values = {
        "link": parts[0].link,
        "senders": quoted(one.sender for one in parts),
        "numbers": quoted(one.number for one in parts),
        "references": plain(one.reference for one in parts),
        "since": since,
    }
    return [_part(row) for row in connection.execute(_PARTS_OF, values)]


def late_parts(connection: Connection, before: datetime, limit: int) -> list[IncomingPart]:
    """Parts that have waited for the others since before then."""
    rows = connection.execute(_LATE_PARTS, {"before": before, "limit": limit})
    return [_part(row) for row in rows]


def _part(row: Any) -> IncomingPart:
    values = row._asdict()
    return IncomingPart(**values | {"octets": bytes(values["octets"])})


def use_parts(connection: Connection, used: Mapping[str, str]) -> None:
    """part id → the message it went into, or whose part it repeats."""
    if used:
        connection.execute(_USE_PARTS, {"ids": plain(used), "incoming_ids": plain(used.values())})


def owners(connection: Connection, numbers: Collection[str]) -> dict[tuple[str, str], str | None]:
    """(number, keyword) → advertiser; with an empty keyword the number's own."""
    found: dict[tuple[str, str], str | None] = {}
    for number, advertiser, keyword, of_keyword in connection.execute(_OWNERS, {"numbers": quoted(numbers)}):
        found[number, ""] = advertiser
        if keyword is not None:
            found[number, keyword] = of_keyword
    return found


def page(
    connection: Connection, advertiser_id: str | None, *, before: str | None, piece: str, limit: int
) -> list[Incoming]:
    """Newest first; None: what nobody receives."""
    values = {"before": before or LAST_ID, "piece": f"%{piece}%", "limit": limit, "owner": advertiser_id}
    rows = connection.execute(_PAGE_OF if advertiser_id else _PAGE_OF_NOBODY, values)
    return [of_row(row) for row in rows]


def of_row(row: Any) -> Incoming:
    values = dict(zip(COLUMNS, row, strict=False))
    return Incoming(**values | {name: bytes(values[name]) for name in ("octets", "fingerprint")})


def drop_old(connection: Connection, before: str, limit: int) -> int:
    """Drop up to `limit` messages of before that floor of ids."""
    return connection.execute(_DROP_OLD, {"before": before, "limit": limit}).rowcount


def drop_parts(connection: Connection, before: datetime) -> int:
    """Drop parts that went into messages long ago."""
    return connection.execute(_DROP_PARTS, {"before": before}).rowcount
