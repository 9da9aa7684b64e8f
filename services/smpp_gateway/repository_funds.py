"""Queries on what waits for money: a line for each advertiser and reason, and how long partners let them wait.

A line has a row as long as messages of it may be held. Whoever adds to it or wakes it raises its version, and what a look
at it found out is written only at the version it looked at. Rows are locked in the order of their keys.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from kit.prepared import prepared
from services.smpp_gateway.arrays import plain, quoted, repeated
from services.smpp_gateway.repository import ALL_COLUMNS, work_of_row
from services.smpp_gateway.work import Work

#: (advertiser id, partner id, reason)
Place = tuple[str, str, str]
#: ((when the oldest that waits was accepted, its id), the reason)
Front = tuple[tuple[datetime, str], str]


@dataclass(slots=True, frozen=True)
class Line:
    """The messages of an advertiser that are held for one reason, at the moment at which it was looked at."""

    advertiser_id: str
    reason: str
    version: int

    @property
    def key(self) -> tuple[str, str]:
        return self.advertiser_id, self.reason


_LOCK = text(
    "SELECT 1 FROM funds_wait f JOIN unnest(CAST(:advertisers AS uuid[]), CAST(:reasons AS text[])) "
    "AS u (advertiser_id, reason) ON f.advertiser_id = u.advertiser_id AND f.reason = u.reason "
    "ORDER BY f.advertiser_id, f.reason FOR UPDATE OF f"
)
_JOIN = text(
    "INSERT INTO funds_wait AS f (advertiser_id, partner_id, reason, look_at) SELECT advertiser_id, partner_id, reason, "
    ":look_at FROM unnest(CAST(:advertisers AS uuid[]), CAST(:partners AS uuid[]), CAST(:reasons AS text[])) "
    "AS u (advertiser_id, partner_id, reason) ORDER BY advertiser_id, reason ON CONFLICT (advertiser_id, reason) "
    "DO UPDATE SET look_at = least(f.look_at, EXCLUDED.look_at), version = f.version + 1"
)
_WAKE = text(
    "WITH own AS MATERIALIZED (SELECT advertiser_id, reason FROM funds_wait "
    "WHERE (reason = 'funds' AND advertiser_id = ANY(CAST(:advertisers AS uuid[]))) "
    "OR (reason = 'partner_funds' AND partner_id = ANY(CAST(:partners AS uuid[]))) "
    "ORDER BY advertiser_id, reason FOR UPDATE) "
    "UPDATE funds_wait f SET look_at = least(f.look_at, :now), version = f.version + 1 FROM own "
    "WHERE f.advertiser_id = own.advertiser_id AND f.reason = own.reason"
)
_CLAIM = text(
    "WITH due AS MATERIALIZED (SELECT advertiser_id, reason FROM funds_wait WHERE look_at <= :now "
    "AND advertiser_id <> ALL(CAST(:without AS uuid[])) ORDER BY look_at, advertiser_id LIMIT :limit FOR UPDATE SKIP LOCKED) "
    "UPDATE funds_wait f SET look_at = :until FROM due WHERE f.advertiser_id = due.advertiser_id "
    "AND f.reason = due.reason RETURNING f.advertiser_id::text, f.reason, f.version"
)
# By the time and not by the id alone: in the order of ids the planner reads the messages of all, for want of a better idea
# of how many are whose.
_OLDEST = text(
    f"SELECT {ALL_COLUMNS} FROM unnest(CAST(:advertisers AS uuid[]), CAST(:reasons AS text[])) AS o (advertiser, why) "
    "CROSS JOIN LATERAL (SELECT * FROM message WHERE advertiser_id = o.advertiser AND state = 'held' "
    "AND reason = o.why ORDER BY accepted_at, id LIMIT :share) AS message"
)
_SOMEBODY_WAITS = prepared(
    "SELECT EXISTS (SELECT FROM funds_wait WHERE advertiser_id = ANY(CAST(:advertisers AS uuid[])))"
)
_FRONTS = text(
    "SELECT f.advertiser_id::text, f.reason, message.accepted_at, message.id::text FROM funds_wait f "
    "CROSS JOIN LATERAL (SELECT accepted_at, id FROM message WHERE advertiser_id = f.advertiser_id AND state = 'held' "
    "AND reason = f.reason ORDER BY accepted_at, id LIMIT 1) AS message "
    "WHERE f.advertiser_id = ANY(CAST(:advertisers AS uuid[]))"
)
_LOOK_AGAIN = text(
    "WITH own AS MATERIALIZED (SELECT f.advertiser_id, f.reason, u.look_at FROM funds_wait f "
    "JOIN unnest(CAST(:advertisers AS uuid[]), CAST(:reasons AS text[]), CAST(:versions AS bigint[]), "
    "CAST(:moments AS timestamptz[])) AS u (advertiser_id, reason, version, look_at) "
    "ON f.advertiser_id = u.advertiser_id AND f.reason = u.reason AND f.version = u.version "
    "ORDER BY f.advertiser_id, f.reason FOR UPDATE OF f) "
    "UPDATE funds_wait f SET look_at = own.look_at FROM own "
    "WHERE f.advertiser_id = own.advertiser_id AND f.reason = own.reason"
)
_END = text(
    "DELETE FROM funds_wait f USING unnest(CAST(:advertisers AS uuid[]), CAST(:reasons AS text[]), "
    "CAST(:versions AS bigint[])) AS u (advertiser_id, reason, version) "
    "WHERE f.advertiser_id = u.advertiser_id AND f.reason = u.reason AND f.version = u.version"
)


def lock(connection: Connection, keys: Iterable[tuple[str, str]]) -> None:
    """Lock those of these lines that are there; for who is going to write some of them after others."""
    wanted = sorted(set(keys))
    connection.execute(
        _LOCK, {"advertisers": plain(key[0] for key in wanted), "reasons": quoted(key[1] for key in wanted)}
    )


def join(connection: Connection, places: Iterable[Place], look_at: datetime) -> None:
    """Somebody waits in these lines now: look at them at `look_at`, if not sooner."""
    rows = sorted(set(places))
    if not rows:
        return
    values = {
        "advertisers": plain(row[0] for row in rows),
        "partners": plain(row[1] for row in rows),
        "reasons": quoted(row[2] for row in rows),
    }
    connection.execute(_JOIN, values | {"look_at": look_at})


def wake(connection: Connection, advertiser_ids: Sequence[str], partner_ids: Sequence[str], now: datetime) -> None:
    """Look at once at the lines that wait for money of these advertisers, or of these partners."""
    values = {"advertisers": plain(advertiser_ids), "partners": plain(partner_ids), "now": now}
    connection.execute(_WAKE, values)


def claim(
    connection: Connection, *, now: datetime, until: datetime, limit: int, without: Collection[str] = ()
) -> list[Line]:
    """Lines that are due, the one that waited longest first; nobody else looks at them before `until`. `without`:
    advertisers that are passed over."""
    values = {"now": now, "until": until, "limit": limit, "without": plain(without)}
    return [Line(*row) for row in connection.execute(_CLAIM, values)]


def oldest(connection: Connection, lines: Sequence[Line], share: int) -> dict[tuple[str, str], list[Work]]:
    """The first messages of each line, at most `share`, oldest first."""
    found: dict[tuple[str, str], list[Work]] = {line.key: [] for line in lines}
    if lines:
        for work in map(work_of_row, connection.execute(_OLDEST, _keys(lines) | {"share": share})):
            found[work.advertiser_id, work.reason or ""].append(work)
    return {key: sorted(works, key=lambda work: work.id) for key, works in found.items()}


def fronts(connection: Connection, advertiser_ids: Collection[str]) -> dict[str, Front]:
    """Of these advertisers, whose messages wait: when the oldest of them was accepted with its id, and its reason."""
    found: dict[str, Front] = {}
    advertisers = {"advertisers": plain(sorted(advertiser_ids))}
    # Nearly always nobody waits, and the second statement takes long to plan.
    if not connection.execute(_SOMEBODY_WAITS, advertisers).scalar_one():
        return found
    for advertiser_id, reason, *oldest in connection.execute(_FRONTS, advertisers):
        front = (oldest[0], oldest[1]), reason
        found[advertiser_id] = min(front, found.get(advertiser_id, front))
    return found


def look_again(connection: Connection, lines: Mapping[Line, datetime]) -> None:
    """When to look at each line next, unless it was joined or woken meanwhile."""
    if lines:
        moments = {"versions": plain(line.version for line in lines), "moments": repeated(lines.values())}
        connection.execute(_LOOK_AGAIN, _keys(lines) | moments)


def end(connection: Connection, lines: Collection[Line]) -> None:
    """Nobody waits in these any more, unless they were joined meanwhile."""
    if lines:
        connection.execute(_END, _keys(lines) | {"versions": plain(line.version for line in lines)})


def _keys(lines: Collection[Line]) -> dict[str, str]:
    return {
        "advertisers": plain(line.advertiser_id for line in lines),
        "reasons": quoted(line.reason for line in lines),
    }


def policies(connection: Connection, partner_ids: Collection[str]) -> dict[str, int]:
    """Hours by partner, of those that have chosen any."""
    if not partner_ids:
        return {}
    statement = text(
        "SELECT partner_id::text, funds_wait_hours FROM waiting_policy WHERE partner_id = ANY(CAST(:ids AS uuid[]))"
    )
    return {row[0]: row[1] for row in connection.execute(statement, {"ids": plain(sorted(partner_ids))})}


def put_policy(connection: Connection, partner_id: str, hours: int, author: str, now: datetime) -> None:
    connection.execute(
        text(
            "INSERT INTO waiting_policy (partner_id, funds_wait_hours, author, changed_at) VALUES (CAST(:partner AS uuid), "
            ":hours, :author, :now) ON CONFLICT (partner_id) DO UPDATE SET funds_wait_hours = :hours, author = :author, "
            "changed_at = :now"
        ),
        {"partner": partner_id, "hours": hours, "author": author, "now": now},
    )
