"""Queries on how far each bind may have sent what was written down for it (decision 39).

The parts of a bind's tries have rising ordinals. Whoever takes the bind up begins a new epoch, and what an earlier owner would
still do to the mark finds nothing: so it is known at that moment which parts can have been sent, and which never will be.
"""

from typing import NamedTuple

from sqlalchemy import Connection

from kit.prepared import prepared


class Mark(NamedTuple):
    """`sent_through`: parts of this bind with ordinals up to that may have been sent, and no others."""

    epoch: int
    sent_through: int


_TAKE = prepared(
    "INSERT INTO link_mark (link, number, epoch, sent_through) "
    "VALUES (CAST(:link AS text), CAST(:number AS smallint), 1, 0) "
    "ON CONFLICT (link, number) DO UPDATE SET epoch = link_mark.epoch + 1 RETURNING epoch, sent_through"
)
_RAISE = prepared(
    "UPDATE link_mark SET sent_through = greatest(sent_through, CAST(:through AS bigint)) "
    "WHERE link = CAST(:link AS text) AND number = CAST(:number AS smallint) AND epoch = CAST(:epoch AS bigint) "
    "RETURNING sent_through"
)
_HELD = prepared(
    "SELECT FROM link_mark WHERE link = CAST(:link AS text) AND number = CAST(:number AS smallint) "
    "AND epoch = CAST(:epoch AS bigint)"
)


def take(connection: Connection, link: str, number: int) -> Mark:
    """Begin an epoch of this bind."""
    return Mark(*connection.execute(_TAKE, {"link": link, "number": number}).one())


def lift(connection: Connection, link: str, number: int, mark: Mark) -> bool:
    """Note that parts up to there may be sent once this has committed; False where the epoch is over."""
    values = {"link": link, "number": number, "epoch": mark.epoch, "through": mark.sent_through}
    return connection.execute(_RAISE, values).one_or_none() is not None


def held(connection: Connection, link: str, number: int, epoch: int) -> bool:
    """Whether the epoch goes on."""
    return connection.execute(_HELD, {"link": link, "number": number, "epoch": epoch}).one_or_none() is not None
