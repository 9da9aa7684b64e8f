"""Whoever changes messages that it has not locked before waits for them in the order in which others lock them."""

import pytest

from services.smpp_gateway import repository
from tests.service.smpp_gateway.rooms import Room
from tests.service.smpp_gateway.waits import begun, lock


@pytest.mark.parametrize("count", [3, 100])
def test_a_stage_that_waits_for_a_message_holds_none_behind_it(room: Room, count: int) -> None:
    """A few are written by a plan for any values, many by one for these."""
    ids = room.accept(*[f"790300000{n:02d}" for n in range(count)])
    works = sorted(room.context.to_charge.take(count), key=lambda work: work.id, reverse=True)

    def written() -> list[str]:
        pairs = [(work, work.moved(state="held", reason="schedule")) for work in works]
        with room.db.begin() as connection:
            return [before.id for before, _ in repository.move(connection, pairs, repository.CHARGING)]

    with room.db.begin() as other:
        lock(other, min(ids))
        writing = begun(room.db, written)
        with room.db.begin() as third:
            for one in sorted(ids)[1:]:
                lock(third, one, now=True)
    assert writing.wait() == sorted(ids, reverse=True)
