"""Queries that give what waits for one link to another."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import Connection, text

from kit.ids import FIRST_ID
from services.smpp_gateway import repository
from services.smpp_gateway.arrays import plain, quoted
from services.smpp_gateway.work import Work

# In the order of the index, which within an advertiser's line is the order in which they are due. A message goes whole or
# not at all: of a part that an operator took, or may have taken, the others must follow the same way.
_MOVABLE = text(
    f"SELECT {repository.ALL_COLUMNS} FROM message WHERE state = 'charged' AND link = :link "
    "AND (priority, advertiser_id, due_at, id) > (:priority, CAST(:advertiser AS uuid), CAST(:due_at AS timestamptz), "
    "CAST(:id AS uuid)) AND due_at <= :now "
    "AND NOT EXISTS (SELECT FROM part p WHERE p.message_id = message.id AND p.state <> 'waiting') "
    "ORDER BY priority, advertiser_id, due_at, id LIMIT :limit FOR UPDATE SKIP LOCKED"
)
_MOVE = text(
    "UPDATE message m SET link = u.link FROM unnest(CAST(:ids AS uuid[]), CAST(:links AS text[])) AS u (id, link) "
    "WHERE m.id = u.id AND m.id = ANY(CAST(:ids AS uuid[])) AND m.state = 'charged' AND m.link = :was"
)


class Place(NamedTuple):
    """A place in a queue."""

    priority: int
    advertiser_id: str
    due_at: datetime
    id: str


START = Place(-1, FIRST_ID, datetime(1970, 1, 1, tzinfo=UTC), FIRST_ID)


def movable(connection: Connection, link: str, after: Place, now: datetime, limit: int) -> list[Work]:
    """Due messages of this queue behind that place, locked, of which no part was given to an operator that may have it."""
    values = {
        "link": link, "priority": after.priority, "advertiser": after.advertiser_id, "due_at": after.due_at,
        "id": after.id, "now": now, "limit": limit,
    }  # fmt: skip
    return [repository.work_of_row(row) for row in connection.execute(_MOVABLE, values)]


def place_of(work: Work) -> Place:
    assert work.due_at is not None
    return Place(work.priority, work.advertiser_id, work.due_at, work.id)


def move(connection: Connection, link: str, links: Mapping[str, str]) -> None:
    """Give these messages of one queue to others, by their ids; when they are due stays as it is."""
    if links:
        values = {"ids": plain(links), "links": quoted(links.values()), "was": link}
        connection.execute(_MOVE, values)
