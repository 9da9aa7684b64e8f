"""Requests that come at once share calls; each gets its own answers, whatever becomes of the call."""

from typing import Any

import eventlet
import pytest
from eventlet.event import Event

from contracts.errors import DeadlineExceeded, IdempotencyMismatch, Unavailable
from contracts.smpp_gateway import Accepted, AcceptItem, AcceptOrder
from gateway_http.intake import CALLS_AT_ONCE, LEAST_BESIDE, MOST_ITEMS, Intake


class Client:
    """Answers every item with its recipient once `gate` is open; `trouble` is raised instead."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.trouble: Exception | None = None
        self.gate, self.at_once, self.most = Event(), 0, 0
        self.pause_seconds = 0.0
        #: Of the next calls, where each has one of its own.
        self.gates: list[Event] = []

    def accept_orders(self, orders: Any) -> Any:
        self.calls.append([len(items) for _, items in orders])
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            (self.gates.pop(0) if self.gates else self.gate).wait()
            eventlet.sleep(self.pause_seconds)
        finally:
            self.at_once -= 1
        if self.trouble is not None:
            raise self.trouble
        return [
            IdempotencyMismatch("used") if order.idempotency_key == "used" else [_accepted(one) for one in items]
            for order, items in orders
        ]


def _accepted(item: AcceptItem) -> Accepted:
    return Accepted(id="id", recipient=item.recipient, state="accepted", parts=1, client_ref=None, refusal=None)


def _send(intake: Intake, *recipients: str, key: str | None = None) -> list[str]:
    order = AcceptOrder(partner_id="p", advertiser_id="a", source="http", idempotency_key=key)
    items = [AcceptItem(recipient=one, sender="GOLUB", text="x") for one in recipients]
    return [one.recipient for one in intake.accept(order, items)]


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.fixture
def intake(client: Client) -> Intake:
    return Intake(client)  # type: ignore[arg-type]


def test_a_lone_request_waits_for_nobody(client: Client, intake: Intake) -> None:
    client.gate.send()
    assert _send(intake, "1", "2") == ["1", "2"]
    assert _send(intake, "3") == ["3"]
    assert client.calls == [[2], [1]]


def test_what_comes_during_calls_goes_together_and_everybody_gets_its_own(client: Client, intake: Intake) -> None:
    threads = [eventlet.spawn(_send, intake, str(number)) for number in range(50)]
    eventlet.sleep(0)
    client.gate.send()
    assert [thread.wait() for thread in threads] == [[str(number)] for number in range(50)]
    assert sum(map(len, client.calls)) == 50
    assert len(client.calls) <= 50 // LEAST_BESIDE + 1
    assert client.most <= CALLS_AT_ONCE


def test_those_who_ask_one_after_another_while_a_call_is_under_way_share_the_next(
    client: Client, intake: Intake
) -> None:
    threads = []
    for number in range(5):
        threads.append(eventlet.spawn(_send, intake, str(number)))
        eventlet.sleep(0)
    while len(client.calls) < 2:
        eventlet.sleep(0.001)
    client.gate.send()
    assert [thread.wait() for thread in threads] == [[str(number)] for number in range(5)]
    assert client.calls[0] == [1]
    assert len(client.calls) < 5 and client.most <= CALLS_AT_ONCE


def test_a_second_call_begins_as_soon_as_as_many_wait_as_the_first_has(client: Client, intake: Intake) -> None:
    threads = [eventlet.spawn(_send, intake, str(number)) for number in range(1 + LEAST_BESIDE)]
    eventlet.sleep(0)
    assert client.calls == [[1], [1] * LEAST_BESIDE]
    threads += [eventlet.spawn(_send, intake, str(number)) for number in range(100)]
    eventlet.sleep(0)
    assert client.at_once == CALLS_AT_ONCE
    client.gate.send()
    assert all(thread.wait() for thread in threads)


def test_fewer_beside_a_call_go_together_when_it_has_ended(client: Client, intake: Intake) -> None:
    threads = [eventlet.spawn(_send, intake, str(number)) for number in range(4)]
    eventlet.sleep(0)
    assert client.calls == [[1]]
    client.gate.send()
    assert [thread.wait() for thread in threads] == [[str(number)] for number in range(4)]
    assert client.calls == [[1], [1, 1, 1]]


def test_those_left_over_by_one_call_do_not_wait_for_the_end_of_another(client: Client, intake: Intake) -> None:
    gates = [Event() for _ in range(4)]
    client.gates = list(gates)
    threads = [eventlet.spawn(_send, intake, str(number)) for number in range(1 + LEAST_BESIDE + 12)]
    eventlet.sleep(0)
    assert [len(call) for call in client.calls] == [1, LEAST_BESIDE]
    gates[0].send()
    gates[1].send()
    with eventlet.Timeout(10):
        while len(client.calls) < 4:
            eventlet.sleep(0.001)
    assert sum(map(len, client.calls)) == len(threads) and client.at_once == CALLS_AT_ONCE
    gates[2].send()
    gates[3].send()
    assert [thread.wait() for thread in threads] == [[str(number)] for number in range(21)]


def test_a_full_request_waits_for_no_company(client: Client, intake: Intake) -> None:
    threads = [eventlet.spawn(_send, intake, *["1"] * size) for size in (1, MOST_ITEMS)]
    eventlet.sleep(0)
    assert client.calls == [[1], [MOST_ITEMS]]
    client.gate.send()
    assert [len(thread.wait()) for thread in threads] == [1, MOST_ITEMS]


def test_clients_that_ask_again_and_again_share_the_calls_evenly(client: Client, intake: Intake) -> None:
    clients, rounds = 64, 20
    client.gate.send()

    def ask(name: int) -> None:
        for number in range(rounds):
            assert _send(intake, f"{name}-{number}") == [f"{name}-{number}"]

    client.pause_seconds = 0.001
    for thread in [eventlet.spawn(ask, name) for name in range(clients)]:
        thread.wait()
    assert sum(map(len, client.calls)) == clients * rounds
    assert max(map(len, client.calls)) <= clients // CALLS_AT_ONCE
    assert client.most == CALLS_AT_ONCE


def test_who_waits_with_one_that_is_killed_is_told_that_nobody_knows(client: Client, intake: Intake) -> None:
    threads = [eventlet.spawn(_send, intake, str(number)) for number in range(1 + LEAST_BESIDE)]
    eventlet.sleep(0)
    threads[-1].kill()
    for thread in threads[1:-1]:
        with pytest.raises(DeadlineExceeded):
            thread.wait()
    client.gate.send()
    assert threads[0].wait() == ["0"]
    assert _send(intake, "next") == ["next"]


def test_a_call_is_bounded_and_keeps_the_order(client: Client, intake: Intake) -> None:
    sizes = [MOST_ITEMS, 600, 300, 200, MOST_ITEMS, 1]
    threads = [eventlet.spawn(_send, intake, *map(str, range(size))) for size in sizes]
    eventlet.sleep(0)
    client.gate.send()
    assert [len(thread.wait()) for thread in threads] == sizes
    assert [size for call in client.calls for size in call] == sizes
    assert all(sum(call) <= MOST_ITEMS for call in client.calls)


def test_an_error_of_one_is_nobody_elses(client: Client, intake: Intake) -> None:
    threads = [eventlet.spawn(_send, intake, "1", key=key) for key in (None, None, "used", "new")]
    client.gate.send()
    with pytest.raises(IdempotencyMismatch):
        threads[2].wait()
    assert [threads[place].wait() for place in (0, 1, 3)] == [["1"]] * 3


@pytest.mark.parametrize("trouble", [Unavailable("away"), RuntimeError("a defect")])
def test_a_call_that_fails_is_told_to_all_of_it_and_the_next_ones_go_on(
    client: Client, intake: Intake, trouble: Exception
) -> None:
    client.trouble = trouble
    threads = [eventlet.spawn(_send, intake, str(number)) for number in range(5)]
    client.gate.send()
    for thread in threads:
        with pytest.raises(type(trouble)):
            thread.wait()
    client.trouble = None
    assert _send(intake, "7") == ["7"]
