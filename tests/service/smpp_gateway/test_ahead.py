"""Tries are written down before there is room for them, and none goes before the mark of its bind allows it (decision 39)."""

from collections.abc import Sequence

import pytest
from sqlalchemy import text

from contracts.errors import Unavailable
from services.smpp_gateway import feeding, repository_marks
from services.smpp_gateway.changing import Changing
from services.smpp_gateway.feeding import OLDEST_SECONDS
from services.smpp_gateway.link_types import Submission
from services.smpp_gateway.pausing import Pausing
from services.smpp_gateway.submitting import Submitting
from services.smpp_gateway.work import PRIORITY_URGENT
from tests.service.smpp_gateway.rooms import ADVERTISER, PARTNER, Room


def _numbers(count: int, first: int = 1) -> list[str]:
    return [f"7903{number:07d}" for number in range(first, first + count)]


@pytest.fixture
def ids(room: Room) -> list[str]:
    """Four messages, of which two are sent; one more is written down, one waits."""
    room.link.most, room.link.ahead = 2, 1
    ids = room.accept(*_numbers(4))
    room.charging.run_once()
    room.submitting.run_once()
    return ids


def _sent(room: Room) -> list[str]:
    return [one.pdu.destination_addr for one in room.link.sent]


def _marked(room: Room) -> tuple[int, list[int]]:
    """How far may be sent, and the ordinals of parts."""
    with room.db.begin() as connection:
        through = connection.execute(text("SELECT sent_through FROM link_mark")).scalar_one()
        return through, list(connection.execute(text("SELECT ordinal FROM part ORDER BY ordinal")).scalars())


def test_what_is_written_down_ahead_goes_when_there_is_room_and_the_mark_was_raised_before(
    room: Room, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert room.states(ids) == ["submitting"] * 3 + ["charged"]
    assert _sent(room) == _numbers(2)
    through, ordinals = _marked(room)
    assert ordinals == [through - 1, through, through + 1]
    seen: list[int] = []

    def submit(batch: Sequence[Submission]) -> int:
        seen.append(_marked(room)[0])
        return len(batch)

    monkeypatch.setattr(room.link, "submit", submit)
    room.link.most = 3
    room.submitting.feeding.tend(up=True)
    assert seen == [through + 1]


def test_the_next_owner_submits_what_was_never_sent_and_nothing_else(room: Room, ids: list[str]) -> None:
    after = Submitting(room.context, "main", room.link, room.ends)
    assert after.take_up(1) == 2
    assert room.states(ids) == ["submitted"] * 2 + ["charged"] * 2
    room.link.most, room.submitting = None, after
    room.clock.advance(31)
    room.sweeping.claim_charged("main")
    after.run_once()
    assert sorted(_sent(room)) == _numbers(4)
    assert room.count("part") == 4


def test_whoever_lost_the_bind_sends_nothing_more_and_writes_nothing_down(room: Room, ids: list[str]) -> None:
    Submitting(room.context, "main", room.link, room.ends).take_up(10)
    room.link.most = None
    with pytest.raises(Unavailable):
        room.submitting.feeding.tend(up=True)
    with pytest.raises(Unavailable):
        room.submitting.run_once()
    room.submitting.feeding.tend(up=False)
    with pytest.raises(Unavailable):
        room.submitting.run_once()
    assert _sent(room) == _numbers(2)
    assert room.states(ids) == ["submitted"] * 2 + ["charged"] * 2


def test_what_cannot_go_any_more_is_taken_back_and_waits_in_front(room: Room, ids: list[str]) -> None:
    room.submitting.feeding.tend(up=False)
    assert room.states(ids) == ["submitting"] * 2 + ["charged"] * 2
    assert [one.id for one in room.context.queue("main").take(2)] == ids[2:]


def test_what_is_paused_or_too_old_meanwhile_is_not_sent(room: Room, ids: list[str]) -> None:
    Pausing(room.context).pause(PARTNER, ADVERTISER, "anna", "", "advertiser")
    room.link.most = None
    room.submitting.feeding.tend(up=True)
    assert _sent(room) == _numbers(2) and room.states(ids)[2] == "charged"
    Pausing(room.context).resume(ADVERTISER, "advertiser")
    room.link.most = 2
    room.sweeping.claim_charged("main")
    room.submitting.run_once()
    assert "submitting" in room.states(ids)[2:]
    room.clock.advance(3 * 3_600)
    room.link.most = None
    room.submitting.feeding.tend(up=True)
    room.sweeping.late()
    assert _sent(room) == _numbers(2)
    assert room.states(ids)[2:] == ["expired"] * 2


def test_what_lay_for_too_long_is_not_sent_without_asking_the_database(
    room: Room, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeding, "OLDEST_SECONDS", -OLDEST_SECONDS)
    room.link.most = None
    room.submitting.feeding.tend(up=True)
    assert _sent(room) == _numbers(2) and room.states(ids)[2] == "charged"


def test_what_is_more_urgent_goes_before_what_was_written_down(
    room: Room, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeding, "OVERTAKEN_SECONDS", 0.0)
    (urgent,) = room.accept(*_numbers(1, first=9))
    room.charging.run_once()
    queue = room.context.queue("main")
    queue.drop([urgent])
    queue.put([room.work(urgent).moved(priority=PRIORITY_URGENT)])
    room.link.most = 3
    room.submitting.run_once()
    assert _sent(room) == [*_numbers(2), *_numbers(1, first=9)]
    room.link.most = None
    while room.submitting.run_once():
        pass
    assert _sent(room)[3:] == _numbers(4)[2:]


def test_a_message_written_down_ahead_can_be_cancelled_once_it_is_taken_back(room: Room, ids: list[str]) -> None:
    room.submitting.feeding.tend(up=False)
    assert Changing(room.context).cancel(ADVERTISER, ids[2:3]) == {ids[2]: "cancelled"}
    room.link.most = None
    room.submitting.run_once()
    assert sorted(_sent(room)) == [*_numbers(2), *_numbers(1, first=4)]


def test_parts_of_one_message_stay_together_though_some_were_written_down_ahead(room: Room) -> None:
    room.link.most, room.link.ahead = 1, 3
    room.accept(*_numbers(1))
    room.accept(*_numbers(1, first=2), text="я" * 150)
    room.charging.run_once()
    room.submitting.run_once()
    room.link.most = 4
    room.submitting.feeding.tend(up=True)
    assert [one.key.number for one in room.link.sent] == [1, 1, 2, 3]  # type: ignore[union-attr]


def test_a_database_that_is_away_holds_up_what_is_above_the_mark_and_nothing_is_lost(
    room: Room, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise Unavailable("no database")

    room.link.most = None
    with monkeypatch.context() as patch:
        patch.setattr(repository_marks, "lift", away)
        with pytest.raises(Unavailable):
            room.submitting.feeding.tend(up=True)
    assert _sent(room) == _numbers(2)
    room.submitting.run_once()
    assert _sent(room) == _numbers(4)
    assert room.states(ids) == ["submitting"] * 4
