"""What both ends share, over a socketpair."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import eventlet
import pytest
from eventlet.green import socket

from services.smpp_gateway import pdu as p
from services.smpp_gateway.session import MAX_SEQUENCE_NUMBER, Batch, Session
from services.smpp_gateway.session_backoff import Backoff
from services.smpp_gateway.session_work import WorkQueue
from tests.unit.smpp_sessions.peers import QUICK_SESSION, RawPeer, submit_sm, wait_until


class Owner:
    """Keeps all it is told."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self.overdue: list[Any] = []
        self.closed: list[tuple[str, list[Any]]] = []

    def on_batch(self, batch: Batch) -> None:
        self.batches.append(batch)

    def settle(self) -> None:
        return

    def on_overdue(self, keys: list[Any]) -> None:
        self.overdue += keys

    def on_closed(self, reason: str, keys: list[Any]) -> None:
        self.closed.append((reason, keys))


@pytest.fixture
def owner() -> Owner:
    return Owner()


@pytest.fixture
def ends(owner: Owner) -> Iterator[tuple[Session, RawPeer]]:
    ours, theirs = socket.socketpair()
    session, peer = Session(ours, QUICK_SESSION, owner), RawPeer(theirs)
    running = eventlet.spawn(session.run)
    yield session, peer
    peer.close()
    running.kill()


Ends = tuple[Session, RawPeer]


def test_sequence_numbers_start_at_one_and_wrap_without_zero(ends: Ends) -> None:
    session, peer = ends
    session.request([("a", submit_sm())])
    session._sequence = MAX_SEQUENCE_NUMBER - 1
    session.request([("b", submit_sm()), ("c", submit_sm()), ("d", submit_sm())])
    # 1 is skipped, for "a" still waits for its response.
    assert [pdu.sequence_number for pdu in peer.receive_many(4)] == [1, MAX_SEQUENCE_NUMBER, 2, 3]


def test_one_read_is_one_batch_in_order(ends: Ends, owner: Owner) -> None:
    _, peer = ends
    peer.send(*(submit_sm(number) for number in range(1, 301)))
    wait_until(lambda: sum(len(batch.requests) for batch in owner.batches) == 300)
    assert len(owner.batches) <= 3
    numbers = [pdu.sequence_number for batch in owner.batches for pdu in batch.requests]
    assert numbers == list(range(1, 301))


def test_a_response_of_another_kind_leaves_the_request_waiting(ends: Ends, owner: Owner) -> None:
    session, peer = ends
    session.request([("key", submit_sm())])
    number = peer.receive().sequence_number
    peer.send(p.DeliverSmResp(number), p.SubmitSmResp(number, 0, "id"))
    wait_until(lambda: owner.batches)
    assert [(key, type(pdu)) for key, pdu in owner.batches[0].responses] == [("key", p.SubmitSmResp)]
    assert (session.pending, session.stats.unexpected_responses) == (0, 1)


def test_a_request_without_response_is_overdue_although_the_peer_never_stops_talking(owner: Owner) -> None:
    ours, theirs = socket.socketpair()
    seconds = [0.0]
    session = Session(ours, replace(QUICK_SESSION, response_timeout_seconds=5.0), owner, lambda: seconds[0])
    peer, running = RawPeer(theirs), eventlet.spawn(session.run)
    session.request([("silent", submit_sm())])
    told = []
    for number in range(1, 8):
        seconds[0] += 1.0
        peer.send(submit_sm(number))
        wait_until(lambda number=number: sum(len(batch.requests) for batch in owner.batches) == number)
        wait_until(lambda: not session.transport.reading_paused)
        session.tick()
        told.append(list(owner.overdue))
    assert told == [[]] * 5 + [["silent"]] * 2
    peer.close()
    running.kill()


def test_the_end_is_told_once_with_its_first_reason_and_what_was_open(ends: Ends, owner: Owner) -> None:
    session, peer = ends
    session.request([("a", submit_sm()), ("b", submit_sm())])
    peer.receive_many(2)
    session.close("first")
    session.close("second")
    wait_until(lambda: owner.closed)
    assert owner.closed == [("first", ["a", "b"])]
    assert peer.at_end()


def test_what_was_queued_before_a_drop_is_still_sent(ends: Ends) -> None:
    session, peer = ends
    session.send(p.EnquireLinkResp(number) for number in range(1000))
    session.drop("enough")
    session.send([p.EnquireLinkResp(5000)])
    assert [pdu.sequence_number for pdu in peer.receive_many(1000)] == list(range(1000))
    assert peer.at_end()


def test_sending_after_the_end_does_nothing(ends: Ends, owner: Owner) -> None:
    session, peer = ends
    peer.close()
    wait_until(lambda: owner.closed)
    session.send([p.EnquireLink(1)])
    session.unbind("again")
    assert session.transport.outbound_bytes == 0


def test_an_error_of_the_owner_ends_its_session_only(
    ends: Ends, owner: Owner, caplog: pytest.LogCaptureFixture
) -> None:
    _, peer = ends
    owner.on_batch = lambda batch: 1 / 0  # type: ignore[method-assign, assignment, return-value]
    peer.send(submit_sm(1))
    assert peer.at_end()
    wait_until(lambda: owner.closed == [("an error of ours", [])])
    assert "ZeroDivisionError" in caplog.text


def test_waits_between_attempts_double_up_to_the_maximum() -> None:
    backoff = Backoff(1.0, 5.0, uniform=lambda low, high: high)
    assert [backoff.next_seconds() for _ in range(5)] == [1.0, 2.0, 4.0, 5.0, 5.0]
    backoff.reset()
    assert backoff.next_seconds() == 1.0
    assert backoff.longest_seconds() == 5.0
    random_one = Backoff(1.0, 5.0)
    assert all(0.5 <= random_one.next_seconds() <= 5.0 for _ in range(50))


def test_a_work_queue_keeps_the_order_of_a_kind_and_starves_none() -> None:
    seen: list[tuple[str, list[int]]] = []
    queue = WorkQueue(lambda kind, items: seen.append((kind, items)), ("a", "b"), max_queued=1000, max_batch=10)
    queue.put("a", list(range(100)))
    queue.put("b", list(range(3)))
    assert queue.stop(1.0)
    assert [item for kind, items in seen for item in items if kind == "a"] == list(range(100))
    assert [kind for kind, _ in seen][:2] == ["a", "b"]
    assert max(len(items) for _, items in seen) == 10


def test_a_full_work_queue_makes_its_feeder_wait() -> None:
    gate, seen = eventlet.event.Event(), []

    def handle(kind: str, items: list[int]) -> None:
        gate.wait()
        seen.extend(items)

    queue = WorkQueue(handle, ("a",), max_queued=10, max_batch=5)
    fed = []

    def feed() -> None:
        for number in range(100):
            queue.put("a", [number])
            fed.append(number)

    feeding = eventlet.spawn(feed)
    eventlet.sleep(0.05)
    assert len(fed) <= 16
    gate.send()
    feeding.wait()
    assert queue.stop(1.0)
    assert seen == list(range(100))


def test_a_work_queue_whose_handler_hangs_stops_in_time() -> None:
    queue = WorkQueue(lambda kind, items: eventlet.sleep(60), ("a",), max_queued=10, max_batch=5)
    queue.put("a", [random.random()])
    eventlet.sleep(0)
    assert not queue.stop(0.1)


def test_a_work_queue_that_is_stopped_tells_what_was_not_handled_in_its_order() -> None:
    seen: list[int] = []

    def handle(kind: str, items: list[int]) -> None:
        if items[0] == 5:
            eventlet.sleep(60)
        seen.extend(items)

    queue = WorkQueue(handle, ("a", "b"), max_queued=100, max_batch=5)
    queue.put("a", list(range(20)))
    eventlet.sleep(0)
    assert not queue.stop(0.1)
    assert seen == [0, 1, 2, 3, 4]
    assert queue.left("a") == list(range(5, 20))
    assert queue.left("b") == []


def _trickled(pauses_seconds: Sequence[float], **options: float) -> list[int]:
    """Sizes of the batches in which items come that were put with these pauses before them."""
    seen: list[int] = []
    queue = WorkQueue(lambda kind, items: seen.append(len(items)), ("a",), max_queued=100, max_batch=50, **options)
    for pause in pauses_seconds:
        eventlet.sleep(pause)
        queue.put("a", ["item"])
    assert queue.stop(5)
    return seen


def test_a_batch_that_grows_is_waited_for() -> None:
    sizes = _trickled([0.0] + [0.005] * 9, linger_seconds=0.2, patience_seconds=2.0)
    assert sizes == [10]


def test_what_comes_alone_waits_for_one_linger_only() -> None:
    """An SMSC that sends its next receipt when the last one is acknowledged must not be slowed down."""
    seen: list[str] = []
    queue = WorkQueue(
        lambda kind, items: seen.append(kind),
        ("a",),
        max_queued=9,
        max_batch=9,
        linger_seconds=0.01,
        patience_seconds=60,
    )
    queue.put("a", ["item"])
    while not seen:
        eventlet.sleep(0.01)
    assert queue.stop(5)
