import uuid

from services.smpp_gateway.backlog import Backlog
from services.smpp_gateway.work import Work
from tests.unit.smpp_gateway.samples import work


def _works(*parts: int) -> list[Work]:
    return [work(id=str(uuid.UUID(int=number)), parts=count) for number, count in enumerate(parts)]


def _filled(*parts: int) -> Backlog:
    backlog = Backlog(100)
    backlog.put(_works(*parts))
    return backlog


def test_messages_leave_in_their_order() -> None:
    backlog = _filled(1, 1, 1)
    assert [one.id for one in backlog.take(2)] == [one.id for one in _works(1, 1)]
    assert len(backlog) == 1


def test_what_is_put_back_is_first_again() -> None:
    backlog = _filled(1, 1, 1)
    taken = backlog.take(2)
    backlog.put_back(taken)
    assert [one.id for one in backlog.take(3)] == [one.id for one in _works(1, 1, 1)]


def test_a_message_claimed_again_replaces_its_older_self() -> None:
    backlog = _filled(1)
    backlog.put([work(id=str(uuid.UUID(int=0)), submits=7)])
    assert [one.submits for one in backlog.take(5)] == [7]


def test_of_advertisers_that_are_dropped_nothing_is_kept_until_they_are_no_longer() -> None:
    backlog = Backlog(100)
    paused, other = work(id=str(uuid.UUID(int=1)), advertiser_id="a"), work(id=str(uuid.UUID(int=2)), advertiser_id="b")
    backlog.put([paused, other])
    assert backlog.drop_owners({"a"}) == [paused]
    backlog.put([paused])
    backlog.put_back([paused])
    assert len(backlog) == 1
    assert backlog.drop_owners(()) == []
    backlog.put([paused])
    assert {one.id for one in backlog.take(5)} == {paused.id, other.id}


def test_parts_of_one_message_stay_together() -> None:
    assert len(_filled(2, 2, 2).take_parts(5, widest=10)) == 2


def test_a_long_message_waits_until_it_fits_and_holds_its_place() -> None:
    backlog = _filled(4, 1)
    assert backlog.take_parts(3, widest=10) == []
    assert len(backlog.take_parts(5, widest=10)) == 2


def test_a_message_longer_than_the_widest_window_goes_when_all_of_it_is_free() -> None:
    backlog = _filled(4, 1)
    assert backlog.take_parts(2, widest=3) == []
    assert [one.parts for one in backlog.take_parts(3, widest=3)] == [4]


def test_nothing_leaves_into_a_full_window() -> None:
    assert _filled(1).take_parts(0, widest=0) == []


def test_room_is_never_negative() -> None:
    backlog = Backlog(2)
    backlog.put(_works(1, 1, 1))
    assert backlog.room == 0


def _of(advertiser: int, count: int, *, priority: int = 3, first: int = 0) -> list[Work]:
    owner = str(uuid.UUID(int=advertiser))
    ids = [str(uuid.UUID(int=advertiser * 1000 + first + number)) for number in range(count)]
    return [work(id=key, advertiser_id=owner, priority=priority) for key in ids]


def test_advertisers_take_turns() -> None:
    backlog = Backlog(100)
    backlog.put(_of(1, 5))
    backlog.put(_of(2, 2))
    owners = [uuid.UUID(one.advertiser_id).int for one in backlog.take(7)]
    assert owners == [1, 2, 1, 2, 1, 1, 1]


def test_the_urgent_overtake_everybody() -> None:
    backlog = Backlog(100)
    backlog.put(_of(1, 5))
    backlog.put(_of(2, 1, priority=0))
    assert backlog.take(1)[0].priority == 0


def test_a_full_backlog_has_room_for_what_is_urgent() -> None:
    backlog = Backlog(10)
    backlog.put(_of(1, 10))
    assert [backlog.room_for(priority) for priority in range(4)] == [2, 2, 0, 0]


def test_what_is_dropped_is_gone_and_leaves_the_rest() -> None:
    backlog = Backlog(10)
    works = _of(1, 3)
    backlog.put(works)
    backlog.drop([works[1].id, "unknown"])
    assert backlog.take(5) == [works[0], works[2]]
    assert len(backlog) == 0


def test_a_message_whose_priority_has_changed_is_there_once() -> None:
    backlog = Backlog(10)
    backlog.put(_of(1, 1))
    backlog.put(_of(1, 1, priority=0))
    assert [one.priority for one in backlog.take(5)] == [0]
