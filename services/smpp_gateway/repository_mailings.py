"""Queries on mailings: which are paused, and what waits of each.

What is paused is due a day after its validity has ended: claims do not meet it, and what ends late knows it by that. No lease
is so long.
"""

from datetime import datetime

from sqlalchemy import Connection, Row, text

from services.smpp_gateway.repository_changing import OPEN

MOST_LISTED = 100

_COLUMNS = "advertiser_id::text, mailing, author, reason, at, side"
#: As the index says it.
PAUSED = "due_at - expires_at >= interval '12 hours'"
_NOT_PAUSED = "due_at - expires_at < interval '12 hours'"
_OWN = "advertiser_id = CAST(:advertiser AS uuid) AND mailing = :mailing"
_PUT = text(
    "INSERT INTO mailing_pause AS held (advertiser_id, mailing, partner_id, author, reason, at, side) VALUES "
    "(CAST(:advertiser AS uuid), :mailing, CAST(:partner AS uuid), :author, :reason, :now, :side) "
    "ON CONFLICT (advertiser_id, mailing) DO UPDATE SET author = excluded.author, reason = excluded.reason, "
    "at = excluded.at, side = excluded.side, ended = false WHERE held.ended OR held.side < excluded.side"
)
# The states and what tells the paused are written out, or the planner could not see that the indexes serve.
_WAITS = f"mailing IS NOT NULL AND state IN {OPEN}"
_GOING, _PAUSED = f"{_WAITS} AND {_NOT_PAUSED}", f"{_WAITS} AND {PAUSED}"
# In the order of the index of mailings, or another one, of all messages of the advertiser, might be taken for as good.
_PARK = text(
    f"UPDATE message SET due_at = expires_at + interval '24 hours' WHERE id IN (SELECT id FROM message WHERE {_OWN} AND {_GOING} "
    "AND state IN ('accepted', 'charged') ORDER BY state, id LIMIT :limit FOR UPDATE SKIP LOCKED)"
)
_LET_GO = f"{_PAUSED} AND state IN ('accepted', 'charged') AND expires_at > :due"
# Looked for in the order of the index, and locked in that of ids, as whoever cancels them does, or the two might wait for each other.
_RELEASE = text(
    f"WITH found AS MATERIALIZED (SELECT id FROM message WHERE {_OWN} AND {_LET_GO} ORDER BY state, id LIMIT :limit), "
    f"held AS MATERIALIZED (SELECT id FROM message WHERE id = ANY(ARRAY(SELECT id FROM found)) AND {_LET_GO} "
    "ORDER BY id FOR UPDATE) UPDATE message SET due_at = :due WHERE id = ANY(ARRAY(SELECT id FROM held))"
)
_FORGET = text(
    f"DELETE FROM mailing_pause WHERE {_OWN} AND ended AND NOT EXISTS (SELECT FROM message WHERE {_OWN} AND {_LET_GO})"
)
_NEXT = text(
    "SELECT advertiser_id::text, mailing FROM mailing_pause WHERE ended = :ended AND (advertiser_id, mailing) > "
    "(CAST(:advertiser AS uuid), :mailing) ORDER BY advertiser_id, mailing LIMIT 1 FOR UPDATE SKIP LOCKED"
)
_IDS = text(
    f"SELECT id::text FROM message WHERE {_OWN} AND {_GOING} AND id > CAST(:after AS uuid) UNION ALL "
    f"SELECT id::text FROM message WHERE {_OWN} AND {_PAUSED} AND id > CAST(:after AS uuid)"
)


def _names(condition: str) -> str:
    """One step along the index for each name, however many messages it has."""
    first = f"SELECT mailing FROM message WHERE advertiser_id = CAST(:advertiser AS uuid) AND {condition}"
    return (
        f"WITH RECURSIVE one (mailing) AS (({first} ORDER BY mailing LIMIT 1) UNION ALL SELECT ({first} "
        "AND mailing > one.mailing ORDER BY mailing LIMIT 1) FROM one WHERE one.mailing IS NOT NULL) "
        "SELECT mailing FROM one WHERE mailing IS NOT NULL LIMIT :most"
    )


_NAMES = (text(_names(_GOING)), text(_names(_PAUSED)))


def paused(connection: Connection) -> frozenset[tuple[str, str]]:
    """(advertiser, mailing) of all that are paused."""
    rows = connection.execute(text("SELECT advertiser_id::text, mailing FROM mailing_pause WHERE NOT ended"))
    return frozenset((row[0], row[1]) for row in rows)


def pauses(connection: Connection, advertiser_id: str) -> dict[str, Row]:
    """The advertiser's paused mailings by their names."""
    statement = text(
        f"SELECT {_COLUMNS} FROM mailing_pause WHERE advertiser_id = CAST(:advertiser AS uuid) AND NOT ended "
        "ORDER BY mailing LIMIT :most"
    )
    rows = connection.execute(statement, {"advertiser": advertiser_id, "most": MOST_LISTED})
    return {row.mailing: row for row in rows}


def find(connection: Connection, advertiser_id: str, mailing: str) -> Row | None:
    statement = text(f"SELECT {_COLUMNS} FROM mailing_pause WHERE {_OWN} AND NOT ended")
    return connection.execute(statement, {"advertiser": advertiser_id, "mailing": mailing}).one_or_none()


def count(connection: Connection, advertiser_id: str) -> int:
    statement = text("SELECT count(*) FROM mailing_pause WHERE advertiser_id = CAST(:advertiser AS uuid)")
    return int(connection.execute(statement, {"advertiser": advertiser_id}).scalar_one())


def put(
    connection: Connection,
    advertiser_id: str,
    mailing: str,
    partner_id: str,
    *,
    author: str,
    reason: str,
    side: int,
    now: datetime,
) -> None:
    """A pause that is there already stays as it is, unless it is of a lower side."""
    values = {"advertiser": advertiser_id, "mailing": mailing, "partner": partner_id, "author": author}
    connection.execute(_PUT, values | {"reason": reason, "side": side, "now": now})


def end(connection: Connection, advertiser_id: str, mailing: str, side: int) -> bool:
    """Whether there was one that this side may end. It is there until its last message was let go."""
    statement = text(f"UPDATE mailing_pause SET ended = true WHERE {_OWN} AND NOT ended AND side <= :side")
    values = {"advertiser": advertiser_id, "mailing": mailing, "side": side}
    return connection.execute(statement, values).rowcount > 0


def next_of(connection: Connection, after: tuple[str, str], *, ended: bool) -> tuple[str, str] | None:
    """The next pause behind that place, locked: of several processes one alone works on it."""
    values = {"advertiser": after[0], "mailing": after[1], "ended": ended}
    row = connection.execute(_NEXT, values).one_or_none()
    return None if row is None else (row[0], row[1])


def park(connection: Connection, pause: tuple[str, str], limit: int) -> int:
    """Keep so many of its messages from being due; how many these were."""
    values = {"advertiser": pause[0], "mailing": pause[1], "limit": limit}
    return connection.execute(_PARK, values).rowcount


def release(connection: Connection, pause: tuple[str, str], due: datetime, limit: int) -> int:
    """Let so many of its messages, of those that are valid then, be due at that time; how many these were, without those
    that somebody changed meanwhile."""
    values = {"advertiser": pause[0], "mailing": pause[1], "due": due, "limit": limit}
    return connection.execute(_RELEASE, values).rowcount


def forget(connection: Connection, pause: tuple[str, str], due: datetime) -> None:
    """Unless some of its messages, of those that are valid then, were not let go yet."""
    connection.execute(_FORGET, {"advertiser": pause[0], "mailing": pause[1], "due": due})


def names(connection: Connection, advertiser_id: str) -> list[str]:
    """Of mailings of which something waits, at most `MOST_LISTED`."""
    values = {"advertiser": advertiser_id, "most": MOST_LISTED}
    found = {one for statement in _NAMES for one in connection.execute(statement, values).scalars()}
    return sorted(found)[:MOST_LISTED]


def open_ids(
    connection: Connection, advertiser_id: str, mailing: str, *, after: str, most: int
) -> tuple[list[str], str | None]:
    """Ids of the mailing's messages that no operator may have, in their order, and behind which to look on."""
    values = {"advertiser": advertiser_id, "mailing": mailing, "after": after, "most": most}
    statement = text(f"SELECT id FROM ({_IDS.text}) AS open (id) ORDER BY id LIMIT :most")
    ids = list(connection.execute(statement, values).scalars())
    return ids, ids[-1] if len(ids) == most else None
