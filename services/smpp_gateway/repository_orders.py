"""Queries on the order log. Who takes an order out of it makes its messages in the same transaction, or neither happens."""

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, TextClause, text

from kit.ids import LAST_ID
from kit.prepared import prepared
from services.smpp_gateway.arrays import plain, quoted
from services.smpp_gateway.order_log import LargeOrder, json_text, packed, unpacked
from services.smpp_gateway.order_pace import Seen

#: Of a log that is ever so full, what one look sees.
MOST_SEEN = 2_000

_INSERT = text(
    "INSERT INTO accepted_order (id, last_id, partner_id, advertiser_id, priority, messages, accepted_at, items) VALUES "
    "(CAST(:id AS uuid), CAST(:last_id AS uuid), CAST(:partner_id AS uuid), CAST(:advertiser_id AS uuid), :priority, "
    ":messages, :accepted_at, :items)"
)
_SEEN = text(
    "SELECT id::text, advertiser_id::text, priority, messages, accepted_at FROM accepted_order ORDER BY id LIMIT :most"
)
_ROW = "id::text, partner_id::text, advertiser_id::text, accepted_at, items"
_TAKE_ONE = text(
    "DELETE FROM accepted_order WHERE id = (SELECT o.id FROM unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS w (id, place) "
    f"JOIN accepted_order o ON o.id = w.id ORDER BY w.place LIMIT 1 FOR UPDATE OF o SKIP LOCKED) RETURNING {_ROW}"
)


def _take_all(condition: str) -> TextClause:
    """Those that somebody else is taking are waited for, in one order, so that nobody waits in a circle."""
    return prepared(
        "DELETE FROM accepted_order WHERE id = ANY(ARRAY(SELECT id FROM accepted_order "
        f"WHERE advertiser_id = CAST(:owner AS uuid) AND {condition} ORDER BY id FOR UPDATE)) RETURNING {_ROW}"
    )


_OF_IDS = "EXISTS (SELECT FROM unnest(CAST(:ids AS uuid[])) AS asked (id) WHERE asked.id BETWEEN accepted_order.id AND last_id)"
_OF_TERMS = "EXISTS (SELECT FROM unnest(CAST(:terms AS text[])) AS asked (term) WHERE strpos(items, term) > 0)"
# Each is newer than all that it leaves behind, and `most` messages of these are older than `before`.
_NEWEST = (
    "id < CAST(:before AS uuid) AND last_id >= coalesce((SELECT "
    "(array_agg(id ORDER BY id) FILTER (WHERE more_before < CAST(:most AS bigint)))[1] FROM ("
    "SELECT id, coalesce(sum(CASE WHEN last_id < CAST(:before AS uuid) THEN messages ELSE 0 END) OVER ("
    "ORDER BY last_id DESC, id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS more_before "
    "FROM accepted_order WHERE advertiser_id = CAST(:owner AS uuid) AND id < CAST(:before AS uuid)) AS newest), id)"
)
_TAKE_OF_IDS, _TAKE_OF_TERMS, _TAKE_NEWEST = map(_take_all, (_OF_IDS, _OF_TERMS, _NEWEST))
# Two statements of one transaction, each with an order of its own, would wait in a circle with those of another one.
_TAKE_OF_IDS_AND_TERMS = _take_all(f"({_OF_IDS} OR {_OF_TERMS})")
_TAKE_NEWEST_AND_OF_TERMS = _take_all(f"({_NEWEST} OR {_OF_TERMS})")


def insert(connection: Connection, orders: Sequence[LargeOrder]) -> None:
    """A statement for each: there are few in a call, and their items are long."""
    for order in orders:
        values = {
            "id": order.first_id,
            "last_id": order.ids[-1],
            "partner_id": order.partner_id,
            "advertiser_id": order.advertiser_id,
            "priority": order.priority,
            "messages": len(order),
            "accepted_at": order.accepted_at,
            "items": packed(order),
        }
        connection.execute(_INSERT, values)


def seen(connection: Connection) -> list[Seen]:
    """What is in the log, oldest first, at most `MOST_SEEN`."""
    return [Seen(*row) for row in connection.execute(_SEEN, {"most": MOST_SEEN})]


def take_one(connection: Connection, ids: Sequence[str]) -> LargeOrder | None:
    """The first of these that is there and that nobody else is taking, out of the log."""
    row = connection.execute(_TAKE_ONE, {"ids": plain(ids)}).one_or_none() if ids else None
    return None if row is None else unpacked(*row)


def take_of_ids(connection: Connection, advertiser_id: str, ids: Collection[str]) -> list[LargeOrder]:
    """The orders of the advertiser that hold messages of these ids."""
    return _taken(connection, _TAKE_OF_IDS, owner=advertiser_id, ids=plain(ids)) if ids else []


def take_of_terms(connection: Connection, advertiser_id: str, terms: Collection[str]) -> list[LargeOrder]:
    """All that may have a message whose whole recipient or client_ref is one of these."""
    if not terms:
        return []
    return _taken(connection, _TAKE_OF_TERMS, owner=advertiser_id, terms=quoted(map(json_text, terms)))


def take_of_ids_and_terms(
    connection: Connection, advertiser_id: str, ids: Collection[str], terms: Collection[str]
) -> list[LargeOrder]:
    """What both of these take, in one order."""
    if not ids or not terms:
        return take_of_ids(connection, advertiser_id, ids) or take_of_terms(connection, advertiser_id, terms)
    words = quoted(map(json_text, terms))
    return _taken(connection, _TAKE_OF_IDS_AND_TERMS, owner=advertiser_id, ids=plain(ids), terms=words)


def take_newest_and_of_terms(
    connection: Connection, advertiser_id: str, before: str | None, most: int, terms: Collection[str]
) -> list[LargeOrder]:
    """What `take_newest` and `take_of_terms` take, in one order."""
    values = {"before": before or LAST_ID, "most": most, "terms": quoted(map(json_text, terms))}
    return _taken(connection, _TAKE_NEWEST_AND_OF_TERMS, owner=advertiser_id, **values)


def take_newest(connection: Connection, advertiser_id: str, before: str | None, most: int) -> list[LargeOrder]:
    """As many as the `most` newest messages before that id can be in."""
    return _taken(connection, _TAKE_NEWEST, owner=advertiser_id, before=before or LAST_ID, most=most)


def _taken(connection: Connection, statement: TextClause, **values: object) -> list[LargeOrder]:
    return [unpacked(*row) for row in sorted(connection.execute(statement, values).all())]
