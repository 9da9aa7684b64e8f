"""Ended messages in memory: bounded, in order, and only for as long as they are this process's."""

from datetime import timedelta

from services.smpp_gateway.ended import Ended, EndedQueue
from tests.unit.smpp_gateway.samples import NOW, work


def _ended(name: str, seconds: float) -> Ended:
    return Ended(work(id=name, state="delivered", due_at=NOW + timedelta(seconds=seconds)), "d")


def test_the_first_that_ended_are_taken_first_and_once() -> None:
    queue = EndedQueue(10)
    queue.put(_ended(name, 30) for name in "abc")
    assert [one.work.id for one in queue.take(2, NOW)] == ["a", "b"]
    assert [one.work.id for one in queue.take(2, NOW)] == ["c"] and not queue.take(2, NOW)


def test_no_more_are_kept_than_it_has_room_for() -> None:
    queue = EndedQueue(2)
    queue.put(_ended(name, 30) for name in "abc")
    assert (len(queue), queue.room) == (2, 0)


def test_those_whose_lease_is_over_are_dropped() -> None:
    queue = EndedQueue(10)
    queue.put([_ended("a", 0), _ended("b", 1), _ended("c", -1)])
    assert [one.work.id for one in queue.take(10, NOW)] == ["b"] and len(queue) == 0
