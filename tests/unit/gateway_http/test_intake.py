"""Requests that come at once share calls; each gets its own answers, whatever becomes of the call."""

from typing import Any

import eventlet
import pytest
from eventlet.event import Event

from contracts.errors import IdempotencyMismatch, Unavailable
from contracts.smpp_gateway import Accepted, AcceptItem, AcceptOrder
from gateway_http.intake import CALLS_AT_ONCE, MOST_ITEMS, Intake


class Client:
    """Answers every item with its recipient once `gate` is open; `trouble` is raised instead."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.gate, self.trouble, self.at_once, self.most = Event(), None, 0, 0

    def accept_orders(self, orders: Any) -> Any:
        self.calls.append([len(items) for _, items in orders])
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        self.gate.wait()
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
    assert len(client.calls) <= CALLS_AT_ONCE + 1
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
