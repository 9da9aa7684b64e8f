"""Long messages that clients cut themselves: kept part by part, accepted as one message once all parts are there.

Each part is stored, and its client answered with the part's id, whether or not the others have come. What is still
incomplete after `Limits.assembly` goes on as it came, part by part. The client gets receipts of the parts, under their ids.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from kit.ids import uuid7
from services.smpp_gateway import repository_pieces
from services.smpp_gateway.context import Context
from services.smpp_gateway.pieces import Key, Piece, alone, piece_of, sort_out, whole_of
from services.smpp_gateway.segments import Concatenation
from services.smpp_gateway.work import Work


@dataclass(slots=True, frozen=True)
class Gathered:
    """`told`: of each part that came, by its id, the id its client is told; `wholes`: messages that are complete now."""

    told: Mapping[str, str] = field(default_factory=dict)
    wholes: Sequence[Work] = ()


@dataclass(slots=True, frozen=True)
class Overdue:
    """`works`: parts that go on alone; `joined`: parts that had come before in these messages; `full`: there may be more."""

    works: list[Work]
    joined: dict[str, str]
    full: bool


def gather(
    context: Context, connection: Connection, parts: Sequence[tuple[Work, Concatenation]], now: datetime
) -> Gathered:
    """Store parts, and put together what is complete; a fixed number of statements however many there are."""
    if not parts:
        return Gathered()
    fresh = [piece_of(work, part) for work, part in parts]
    found = sort_out(repository_pieces.waiting(connection, fresh), fresh)
    wholes = [(whole_of(own, str(uuid7(now)), now), own) for own in found.wholes]
    message_of = {one.id: work.id for work, own in wholes for one in own}
    new = {one: message_of.get(one.id) for one in fresh if found.told[one.id] == one.id}
    repository_pieces.insert(connection, new, now + context.limits.assembly)
    came_now = {one.id for one in new}
    repository_pieces.join(connection, {key: own for key, own in message_of.items() if key not in came_now})
    return Gathered(found.told, [work for work, _ in wholes])


def overdue(context: Context, connection: Connection, now: datetime) -> Overdue:
    """Let go what is still incomplete after its time; the caller stores these messages.

    Parts that all came before, in a message that was complete, were submitted again by a client that had missed the
    responses: they are that message's.
    """
    pieces = repository_pieces.overdue(connection, now, context.limits.batch)
    known = repository_pieces.repeats(connection, [one.id for one in pieces], context.limits.assembly)
    by_key: dict[Key, list[Piece]] = defaultdict(list)
    for one in pieces:
        by_key[one.key].append(one)
    again = [one for own in by_key.values() if all(one.id in known for one in own) for one in own]
    joined = {one.id: known[one.id] for one in again}
    repository_pieces.join(connection, joined)
    going = [one for one in pieces if one.id not in joined]
    if going:
        repository_pieces.drop(connection, [one.id for one in going])
    return Overdue([alone(one, now) for one in going], joined, len(pieces) == context.limits.batch)


def taken_back(
    connection: Connection, advertiser_id: str, ids: Collection[str], reason: str, now: datetime
) -> list[Work]:
    """Those of these parts that still wait, and what waits with them, as refused messages for the caller to store."""
    pieces = repository_pieces.lock_waiting_like(connection, advertiser_id, ids)
    if pieces:
        repository_pieces.drop(connection, [one.id for one in pieces])
    return [alone(one, now).moved(state="refused", reason=reason, due_at=None, final_at=now) for one in pieces]
