"""Calls and answers are published once each, over kept connections, and on the confirmed way where something may be wrong."""

import json
from collections.abc import Iterator

import eventlet
import pytest
from nameko.amqp.publish import UndeliverableMessage
from nameko.rpc import get_rpc_exchange

from kit.publishing import MOST_LINES, DirectPublisher
from tests.unit.kit.broker import Broker, Published, running_broker
from tests.unit.kit.running import until


@pytest.fixture
def broker() -> Iterator[Broker]:
    with running_broker() as made:
        yield made


@pytest.fixture
def publisher(broker: Broker) -> DirectPublisher:
    return DirectPublisher(broker.uri)


def call(publisher: DirectPublisher, number: int, route: str = "billing.debit") -> None:
    publisher.publish({"number": number}, exchange=get_rpc_exchange({}), routing_key=route, mandatory=True)


def answer(publisher: DirectPublisher, number: int) -> None:
    publisher.publish({"number": number}, exchange=get_rpc_exchange({}), routing_key="replies")


def came(broker: Broker, count: int) -> list[Published]:
    """All that was published, once so much of it has come; what is not confirmed may still be on its way."""
    until(lambda: len(broker.published) >= count)
    eventlet.sleep(0.02)
    return broker.published


def numbers(published: list[Published]) -> list[int]:
    return [json.loads(one.body)["number"] for one in published]


def test_the_first_call_of_a_route_is_confirmed_and_mandatory_and_later_ones_go_over_one_line(
    broker: Broker, publisher: DirectPublisher
) -> None:
    for number in range(5):
        call(publisher, number)
    first, *later = came(broker, 5)
    assert (first.confirmed, first.mandatory) == (True, True)
    assert not any(one.confirmed or one.mandatory for one in later)
    assert len({one.connection for one in later}) == 1
    assert numbers(broker.published) == list(range(5))


def test_each_route_has_a_first_call_of_its_own(broker: Broker, publisher: DirectPublisher) -> None:
    for number, route in enumerate(["billing.debit", "tariffs.quote", "billing.debit", "tariffs.quote"]):
        call(publisher, number, route)
    confirmed = [one.confirmed for one in sorted(came(broker, 4), key=lambda one: one.body)]
    assert confirmed == [True, True, False, False]


def test_an_answer_goes_over_a_line_at_once(broker: Broker, publisher: DirectPublisher) -> None:
    for number in range(3):
        answer(publisher, number)
    assert not any(one.confirmed for one in came(broker, 3))
    assert numbers(broker.published) == [0, 1, 2]


def test_a_route_without_a_queue_is_told_at_each_call_until_it_has_one(
    broker: Broker, publisher: DirectPublisher
) -> None:
    broker.unknown.add("billing.debit")
    for number in range(2):
        with pytest.raises(UndeliverableMessage):
            call(publisher, number)
    broker.unknown.clear()
    call(publisher, 2)
    assert numbers(came(broker, 1)) == [2]


def test_a_call_over_a_line_that_died_takes_the_confirmed_way_and_is_published_once(
    broker: Broker, publisher: DirectPublisher
) -> None:
    call(publisher, 0)
    call(publisher, 1)
    line = came(broker, 2)[1].connection
    broker.cut(line)
    eventlet.sleep(0.05)
    for number in range(2, 5):
        call(publisher, number)
    after = came(broker, 5)[2:]
    assert numbers(broker.published) == list(range(5))
    assert after[0].confirmed and line not in {one.connection for one in after}
    assert not after[-1].confirmed, "a line is made anew"


def test_while_no_line_can_be_made_all_goes_the_confirmed_way(broker: Broker, publisher: DirectPublisher) -> None:
    call(publisher, 0)
    broker.deaf = True
    for number in range(1, 4):
        call(publisher, number)
    assert numbers(came(broker, 4)) == list(range(4)) and all(one.confirmed for one in broker.published)
    assert broker.refused == 3, "each call asks for a line once and does not wait for it"
    broker.deaf = False
    call(publisher, 4)
    assert not came(broker, 5)[-1].confirmed


def test_what_got_no_answer_makes_the_next_call_of_its_route_alone_confirmed(
    broker: Broker, publisher: DirectPublisher
) -> None:
    for route in ("billing.debit", "tariffs.quote"):
        call(publisher, 0, route)
    publisher.doubt("billing.debit")
    publisher.doubt("senders.check")
    for route in ("billing.debit", "tariffs.quote", "billing.debit"):
        call(publisher, 1, route)
    came(broker, 5)
    confirmed = {route: [one.confirmed for one in broker.published if one.route == route] for route in (
        "billing.debit", "tariffs.quote"
    )}  # fmt: skip
    assert confirmed == {"billing.debit": [True, True, False], "tariffs.quote": [True, False]}


def test_a_route_whose_queue_went_is_told_after_a_doubt(broker: Broker, publisher: DirectPublisher) -> None:
    call(publisher, 0)
    broker.unknown.add("billing.debit")
    publisher.doubt("billing.debit")
    with pytest.raises(UndeliverableMessage):
        call(publisher, 1)
    assert numbers(broker.published) == [0]


def test_many_at_once_share_a_bounded_number_of_connections_and_each_is_published_once(
    broker: Broker, publisher: DirectPublisher
) -> None:
    call(publisher, 0)
    calls = [eventlet.spawn(call, publisher, number) for number in range(1, 60)]
    for one in calls:
        one.wait()
    assert sorted(numbers(came(broker, 60))) == list(range(60))
    lines = {one.connection for one in broker.published if not one.confirmed}
    assert 1 <= len(lines) <= MOST_LINES
