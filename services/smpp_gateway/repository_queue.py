"""Claims of what waits to be charged or submitted: by priority, and of the advertisers that wait each gets its share.

A queue is a state and a link (none yet for what is to be charged). Its index is read line by line, a line being the
messages of one advertiser with one priority, so that a million messages of one advertiser cost a claim no more than one.
"""

import itertools
import random
import uuid
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Literal, NamedTuple

from sqlalchemy import Connection, TextClause, text

from kit.ids import FIRST_ID
from services.smpp_gateway import repository
from services.smpp_gateway.arrays import plain
from services.smpp_gateway.work import PRIORITY_ADVERTISING, Work

Queue = Literal["accepted", "charged"]
PRIORITIES = PRIORITY_ADVERTISING + 1
#: Lines that one claim looks at. Where more wait it begins at a random one, so that none is always left out.
MOST_LINES = 200
#: Lines of advertisers that are passed over are read too; no more in all than that.
MOST_READ = 2_000
#: What is leased to other processes takes a share and gives nothing; the rest of the claim is then shared out anew.
MOST_ROUNDS = 3

# The states are written out, or the planner could not see that the index, which is of these alone, serves.
_LINES = (
    "WITH RECURSIVE line (priority, advertiser_id) AS ("
    "(SELECT priority, advertiser_id FROM message WHERE state = '{state}' AND link = :link "
    "AND (priority, advertiser_id) > (:priority, CAST(:after AS uuid)) AND {bounds} "
    "ORDER BY priority, advertiser_id LIMIT 1) "
    "UNION ALL SELECT following.priority, following.advertiser_id FROM line CROSS JOIN LATERAL ("
    "SELECT priority, advertiser_id FROM message WHERE state = '{state}' AND link = :link "
    "AND (priority, advertiser_id) > (line.priority, line.advertiser_id) AND {bounds} "
    "ORDER BY priority, advertiser_id LIMIT 1) AS following) "
    "SELECT priority, advertiser_id::text FROM line LIMIT :most"
)
_LAST = (
    "SELECT advertiser_id::text FROM message WHERE state = '{state}' AND link = :link AND priority = :priority "
    "ORDER BY advertiser_id DESC LIMIT 1"
)
_CLAIM = (
    "SELECT {columns} FROM unnest(CAST(:advertisers AS uuid[])) AS o (advertiser) "
    "CROSS JOIN LATERAL (SELECT * FROM message WHERE state = '{state}' AND link = :link AND priority = :priority "
    "AND advertiser_id = o.advertiser AND due_at <= :now AND {bounds} ORDER BY due_at, id LIMIT :share FOR UPDATE SKIP LOCKED) "
    "AS message"
)
_BOUNDS = repository.ID_BOUNDS
_STATES: tuple[Queue, ...] = ("accepted", "charged")
_LINES_OF: dict[str, TextClause] = {state: text(_LINES.format(state=state, bounds=_BOUNDS)) for state in _STATES}
_CLAIM_OF: dict[str, TextClause] = {
    state: text(_CLAIM.format(state=state, bounds=_BOUNDS, columns=repository.ALL_COLUMNS)) for state in _STATES
}
_LAST_OF: dict[str, TextClause] = {state: text(_LAST.format(state=state)) for state in _STATES}


class Line(NamedTuple):
    priority: int
    advertiser_id: str


def lines(
    connection: Connection, queue: Queue, link: str, now: datetime, most: int, after: Line | None = None
) -> list[Line]:
    """The lines of this queue, the most urgent first; those behind `after` alone."""
    first = after or Line(-1, FIRST_ID)
    values = {"link": link, "priority": first.priority, "after": first.advertiser_id, "most": most}
    values |= repository.id_bounds(now)
    return [Line(*row) for row in connection.execute(_LINES_OF[queue], values)]


def claim(
    connection: Connection,
    queue: Queue,
    link: str = "",
    *,
    now: datetime,
    lease_until: datetime,
    room_for: Callable[[int], int],
    limit: int,
    without: Collection[str] = (),
) -> list[Work]:
    """Due messages of this queue, at most `limit`; nobody else claims them before `lease_until`.

    The most urgent come first; among equally urgent ones each advertiser gets the same, its oldest first. `room_for` tells
    how many of a priority there is room for. `without`: advertisers that are passed over.
    """
    waiting = _some_lines(connection, queue, link, now, without)
    works: list[Work] = []
    for priority, group in itertools.groupby(waiting, key=lambda one: one.priority):
        most = min(limit, room_for(priority))
        owners = [one.advertiser_id for one in group]
        for _ in range(MOST_ROUNDS):
            if len(works) >= most or not owners:
                break
            share = -(-(most - len(works)) // len(owners))
            values = {"link": link, "priority": priority, "now": now, "share": share, "advertisers": plain(owners)}
            values |= repository.id_bounds(now)
            rows = connection.execute(_CLAIM_OF[queue], values)
            found = list(map(repository.work_of_row, rows))[: most - len(works)]
            repository.lease(connection, found, lease_until)
            works += found
            counts = dict.fromkeys(owners, 0)
            for work in found:
                counts[work.advertiser_id] += 1
            owners = [owner for owner in owners if counts[owner] == share]
    return sorted(works, key=lambda work: work.id)


def _some_lines(connection: Connection, queue: Queue, link: str, now: datetime, without: Collection[str]) -> list[Line]:
    def read(most: int, after: Line | None = None) -> list[Line]:
        """Of an advertiser that is passed over there may be a line of each priority."""
        more = min(most + PRIORITIES * len(without), max(most, MOST_READ))
        found = lines(connection, queue, link, now, more, after)
        return [one for one in found if one.advertiser_id not in without][:most]

    found = read(MOST_LINES + 1)
    if len(found) <= MOST_LINES:
        return found
    # The first of the priority that is cut off are always found; the others take turns by chance.
    last = found[-1].priority
    newest = connection.execute(_LAST_OF[queue], {"link": link, "priority": last}).scalar_one()
    half = found[MOST_LINES // 2 :]
    first = next(one for one in half if one.priority == last)
    start = random.randint(uuid.UUID(first.advertiser_id).int, uuid.UUID(newest).int)
    wrapped = read(MOST_LINES // 2, Line(last, str(uuid.UUID(int=start - 1))))
    kept = [one for one in found if one.priority < last] + found[: MOST_LINES // 2] + wrapped
    return sorted({one for one in kept if one.priority <= last})
