"""Queries of those who change what was accepted: an advertiser's own messages, by id or by what they have in common."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection, text

from kit.ids import LAST_ID
from services.smpp_gateway.arrays import plain, quoted, repeated
from services.smpp_gateway.repository import _LIGHT, ALL_COLUMNS, work_of_row
from services.smpp_gateway.work import FINAL, Work

#: States of messages that no operator may have yet.
OPEN = ("accepted", "held", "charged")
#: How many messages of an advertiser are looked through in one go, and of one pair of sender and recipient.
MOST_LOOKED_THROUGH = 10_000
MOST_OF_A_PAIR = 1_000

_OPEN = str(OPEN)
_OWN = "FROM message WHERE id = ANY(CAST(:ids AS uuid[])) AND advertiser_id = CAST(:owner AS uuid)"
_FIND = text(f"SELECT {_LIGHT} FROM message WHERE id = ANY(CAST(:ids AS uuid[]))")
_FIND_OWN = text(f"SELECT {_LIGHT} {_OWN}")
_LOCK_OWN = text(f"SELECT {_LIGHT} {_OWN} ORDER BY id FOR UPDATE")
_LOCK_WHOLE = text(f"SELECT {ALL_COLUMNS} {_OWN} ORDER BY id FOR UPDATE")
_REPLACE = text(
    "UPDATE message m SET text = u.text, parts = u.parts, receipts = u.receipts, attempt = u.attempt, "
    "send_at = u.send_at, due_at = u.due_at, expires_at = u.expires_at "
    "FROM unnest(CAST(:ids AS uuid[]), CAST(:texts AS text[]), CAST(:parts AS smallint[]), "
    "CAST(:receipts AS smallint[]), CAST(:attempts AS integer[]), CAST(:send AS timestamptz[]), "
    "CAST(:due AS timestamptz[]), CAST(:ends AS timestamptz[])) "
    "AS u (id, text, parts, receipts, attempt, send_at, due_at, expires_at) "
    "WHERE m.id = u.id AND m.id = ANY(CAST(:ids AS uuid[]))"
)
# A term is a recipient or a client_ref, so the recipient is compared once more.
_OF_PAIRS = text(
    "SELECT o.place, message.id::text FROM unnest(CAST(:senders AS text[]), CAST(:recipients AS text[])) "
    "WITH ORDINALITY AS o (sender, recipient, place) CROSS JOIN LATERAL (SELECT message_id FROM message_term "
    "WHERE advertiser_id = CAST(:owner AS uuid) AND term = o.recipient ORDER BY message_id DESC LIMIT :most) AS own "
    "JOIN message ON message.id = own.message_id AND message.recipient = o.recipient AND message.sender = o.sender "
    f"AND message.state IN {_OPEN} ORDER BY message.id"
)
_OF_RECIPIENT = text(
    "SELECT id::text FROM message WHERE id = ANY(ARRAY(SELECT message_id FROM message_term "
    "WHERE advertiser_id = CAST(:owner AS uuid) AND term = :recipient AND message_id < CAST(:before AS uuid) "
    "AND message_id >= CAST(:since AS uuid) ORDER BY message_id DESC LIMIT :most)) AND recipient = :recipient "
    f"AND state IN {_OPEN} AND (CAST(:sender AS text) IS NULL OR sender = :sender) ORDER BY id DESC"
)
_OF_ADVERTISER = text(
    "SELECT id::text, own.state, own.sender FROM message AS own WHERE advertiser_id = CAST(:owner AS uuid) "
    "AND id < CAST(:before AS uuid) AND id >= CAST(:since AS uuid) ORDER BY id DESC LIMIT :most"
)
# The answers of large orders are kept in columns.
_OF_ORDER = text(
    "SELECT jsonb_array_elements_text(CASE jsonb_typeof(answer) WHEN 'array' THEN jsonb_path_query_array(answer, '$[*].id') "
    "ELSE answer #> '{each,id}' END) FROM idempotency WHERE advertiser_id = CAST(:owner AS uuid) AND key = :key"
)


def lock_own(connection: Connection, advertiser_id: str, ids: Collection[str]) -> dict[str, Work]:
    """The advertiser's messages of these ids, in their first columns, under row locks taken in the order of ids."""
    if not ids:
        return {}
    rows = connection.execute(_LOCK_OWN, {"ids": plain(ids), "owner": advertiser_id}).all()
    return {work.id: work for work in (Work(*row) for row in rows)}


def find_own(connection: Connection, advertiser_id: str, ids: Collection[str]) -> dict[str, Work]:
    """The same, only looked at."""
    if not ids:
        return {}
    rows = connection.execute(_FIND_OWN, {"ids": plain(ids), "owner": advertiser_id}).all()
    return {work.id: work for work in (Work(*row) for row in rows)}


def ended(connection: Connection, ids: Collection[str]) -> dict[str, Work]:
    """Those of these messages that have ended."""
    if not ids:
        return {}
    rows = connection.execute(_FIND, {"ids": plain(ids)}).all()
    return {work.id: work for work in (Work(*row) for row in rows) if work.state in FINAL}


def lock_own_whole(connection: Connection, advertiser_id: str, ids: Collection[str]) -> dict[str, Work]:
    """As `lock_own`, with all columns."""
    if not ids:
        return {}
    rows = connection.execute(_LOCK_WHOLE, {"ids": plain(ids), "owner": advertiser_id}).all()
    return {work.id: work for work in map(work_of_row, rows)}


def replace(connection: Connection, works: Sequence[Work]) -> None:
    """Write text, parts, receipts, times and attempt of messages that are locked."""
    if works:
        values = {
            "ids": plain(work.id for work in works),
            "texts": quoted(work.text for work in works),
            "parts": plain(work.parts for work in works),
            "receipts": plain(work.receipts for work in works),
            "attempts": plain(work.attempt for work in works),
            "send": repeated(work.send_at for work in works),
            "due": repeated(work.due_at for work in works),
            "ends": repeated(work.expires_at for work in works),
        }
        connection.execute(_REPLACE, values)


def open_of_pairs(
    connection: Connection, advertiser_id: str, pairs: Sequence[tuple[str, str]]
) -> Mapping[int, list[str]]:
    """By the place of its (sender, recipient), ids of messages that no operator may have yet."""
    found: dict[int, list[str]] = {}
    if pairs:
        values = {
            "senders": quoted(sender for sender, _ in pairs),
            "recipients": quoted(recipient for _, recipient in pairs),
            "owner": advertiser_id,
            "most": MOST_OF_A_PAIR,
        }
        for place, message_id in connection.execute(_OF_PAIRS, values):
            found.setdefault(place - 1, []).append(message_id)
    return found


def open_of_recipient(
    connection: Connection, advertiser_id: str, recipient: str, sender: str | None, *, since: str, before: str | None
) -> tuple[list[str], str | None]:
    """Ids, newest first, and behind which to look on, None at the end."""
    values = {"owner": advertiser_id, "recipient": recipient, "sender": sender, "most": MOST_OF_A_PAIR}
    rows = connection.execute(_OF_RECIPIENT, values | {"since": since, "before": before or LAST_ID})
    ids = list(rows.scalars())
    return ids, ids[-1] if len(ids) == MOST_OF_A_PAIR else None


def open_of_advertiser(
    connection: Connection, advertiser_id: str, sender: str | None, *, since: str, before: str | None
) -> tuple[list[str], str | None]:
    """The same of all recipients; a page may be empty before the end."""
    values = {"owner": advertiser_id, "since": since, "before": before or LAST_ID, "most": MOST_LOOKED_THROUGH}
    rows = connection.execute(_OF_ADVERTISER, values).all()
    ids = [key for key, state, name in rows if state in OPEN and sender in (None, name)]
    return ids, rows[-1][0] if len(rows) == MOST_LOOKED_THROUGH else None


def of_order(connection: Connection, advertiser_id: str, key: str) -> list[str]:
    """Ids of all messages of the request with this idempotency key."""
    return list(connection.execute(_OF_ORDER, {"owner": advertiser_id, "key": key}).scalars())
