"""Queries on messages that wait for a moderator of texts, and on why one was refused in somebody's own words.

`text_held` has the messages that wait, by the text they wait as: `moving.write` takes out what waits no more. `text_wait`
has the texts. Who adds a message writes its text's row first, and who drops that row locks it and looks afterwards whether
anything waits: so no message is left without one.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, text

from services.smpp_gateway.arrays import plain, quoted

MOST_COUNTED = 100_000

_JOIN = text(
    "INSERT INTO text_wait AS w (item_id, advertiser_id, look_at) SELECT DISTINCT item, owner, CAST(:look_at AS timestamptz) "
    "FROM unnest(CAST(:items AS uuid[]), CAST(:owners AS uuid[])) AS u (item, owner) ORDER BY item "
    "ON CONFLICT (item_id) DO UPDATE SET look_at = least(w.look_at, EXCLUDED.look_at), decided = false"
)
_HOLD = text(
    "INSERT INTO text_held (item_id, message_id) SELECT * FROM unnest(CAST(:items AS uuid[]), CAST(:messages AS uuid[])) "
    "ON CONFLICT DO NOTHING"
)
_FREE = text("DELETE FROM text_held WHERE message_id = ANY(CAST(:ids AS uuid[]))")
_DECIDED = text(
    "UPDATE text_wait SET decided = true, look_at = :now WHERE item_id IN (SELECT item_id FROM text_wait "
    "WHERE item_id = ANY(CAST(:items AS uuid[])) ORDER BY item_id FOR UPDATE)"
)
_CLAIM = text(
    "WITH due AS MATERIALIZED (SELECT item_id FROM text_wait WHERE look_at <= :now ORDER BY look_at, item_id LIMIT :limit "
    "FOR UPDATE SKIP LOCKED) UPDATE text_wait w SET look_at = :until FROM due WHERE w.item_id = due.item_id "
    "RETURNING w.item_id::text, w.advertiser_id::text, w.decided"
)
_OF_ITEMS = text(
    "SELECT o.item::text, h.message_id::text FROM unnest(CAST(:items AS uuid[])) AS o (item) CROSS JOIN LATERAL "
    "(SELECT message_id FROM text_held WHERE item_id = o.item ORDER BY message_id LIMIT :share) AS h"
)
_LOCK = text("SELECT 1 FROM text_wait WHERE item_id = ANY(CAST(:items AS uuid[])) ORDER BY item_id FOR UPDATE")
_DROP_EMPTY = text(
    "DELETE FROM text_wait w WHERE item_id = ANY(CAST(:items AS uuid[])) "
    "AND NOT EXISTS (SELECT FROM text_held h WHERE h.item_id = w.item_id) RETURNING item_id::text"
)
_LOOK = text(
    "UPDATE text_wait SET look_at = :at, decided = decided OR :decided WHERE item_id IN (SELECT item_id FROM text_wait "
    "WHERE item_id = ANY(CAST(:items AS uuid[])) ORDER BY item_id FOR UPDATE)"
)
_COUNT = text(
    "SELECT o.item::text, counted.count FROM unnest(CAST(:items AS uuid[])) AS o (item) CROSS JOIN LATERAL "
    "(SELECT count(*) FROM (SELECT FROM text_held WHERE item_id = o.item LIMIT :most) AS few) AS counted (count)"
)
_NOTE = text(
    "INSERT INTO text_note (message_id, note) SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:notes AS text[])) "
    "ON CONFLICT (message_id) DO UPDATE SET note = EXCLUDED.note"
)


class Wait(NamedTuple):
    """A text that messages wait as; `decided`: they are to be judged anew."""

    item_id: str
    advertiser_id: str
    decided: bool


def hold(connection: Connection, waits: Sequence[tuple[str, str, str]], look_at: datetime) -> None:
    """(message id, text's id, advertiser id): these messages wait as these texts; each is looked at by then."""
    if not waits:
        return
    items = {"items": plain(item for _, item, _ in waits)}
    connection.execute(_JOIN, items | {"owners": plain(owner for _, _, owner in waits), "look_at": look_at})
    connection.execute(_HOLD, items | {"messages": plain(one for one, _, _ in waits)})


def free(connection: Connection, ids: Collection[str]) -> None:
    """These messages wait no more."""
    if ids:
        connection.execute(_FREE, {"ids": plain(ids)})


def decided(connection: Connection, item_ids: Sequence[str], now: datetime) -> None:
    connection.execute(_DECIDED, {"items": plain(item_ids), "now": now})


def claim(connection: Connection, *, now: datetime, until: datetime, limit: int) -> list[Wait]:
    """Texts it is time to look at; nobody else looks at them before `until`."""
    return [Wait(*row) for row in connection.execute(_CLAIM, {"now": now, "until": until, "limit": limit})]


def messages_of(connection: Connection, item_ids: Collection[str], share: int) -> dict[str, list[str]]:
    """The first messages that wait as each of these, at most `share`."""
    found: dict[str, list[str]] = {item: [] for item in item_ids}
    for item, message in connection.execute(_OF_ITEMS, {"items": plain(item_ids), "share": share}):
        found[item].append(message)
    return found


def drop_empty(connection: Connection, item_ids: Collection[str]) -> set[str]:
    """Forget those of these as which nothing waits; their ids."""
    if not item_ids:
        return set()
    items = {"items": plain(item_ids)}
    connection.execute(_LOCK, items)
    return set(connection.execute(_DROP_EMPTY, items).scalars())


def look_again(connection: Connection, item_ids: Collection[str], at: datetime, *, decided: bool = False) -> None:
    """Look at these next at that time; with `decided` they are known to be so."""
    if item_ids:
        connection.execute(_LOOK, {"items": plain(item_ids), "at": at, "decided": decided})


def counts(connection: Connection, item_ids: Collection[str]) -> dict[str, int]:
    """How many messages wait as each of these, counted up to one more than `MOST_COUNTED`."""
    rows = connection.execute(_COUNT, {"items": plain(item_ids), "most": MOST_COUNTED + 1})
    return {item: count for item, count in rows if count}


def note(connection: Connection, notes: Mapping[str, str]) -> None:
    """Why these messages are refused, in the words their advertisers read."""
    if notes:
        connection.execute(_NOTE, {"ids": plain(notes), "notes": quoted(notes.values())})


def notes_of(connection: Connection, ids: Collection[str]) -> dict[str, str]:
    if not ids:
        return {}
    statement = text("SELECT message_id::text, note FROM text_note WHERE message_id = ANY(CAST(:ids AS uuid[]))")
    return {row[0]: row[1] for row in connection.execute(statement, {"ids": plain(ids)})}


def forget_notes(connection: Connection, before: str) -> int:
    """Drop those of old messages; `before` is a floor of ids."""
    statement = text("DELETE FROM text_note WHERE message_id < CAST(:before AS uuid)")
    return connection.execute(statement, {"before": before}).rowcount
