"""Where what waits goes when its link is down, and what becomes of it when there is no other."""

from typing import Any

import pytest

from contracts.errors import Conflict
from services.smpp_gateway import repository_failover
from services.smpp_gateway.expiring import end_late
from services.smpp_gateway.submitting import Submitting
from services.smpp_gateway.sweeping import Sweeping
from services.smpp_gateway.work import Work
from tests.service.smpp_gateway.desk import Desk, charged, numbers, queues, response
from tests.service.smpp_gateway.rooms import PRICE, Room


@pytest.fixture
def desk(room: Room, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(room, monkeypatch)


def test_what_waits_for_a_link_that_stays_down_goes_to_the_next_in_order_and_does_not_come_back(desk: Desk) -> None:
    room = desk.room
    desk.put("first")
    desk.put("second")
    desk.pass_seconds(2)
    charged(desk, *numbers(1, 3))
    desk.pass_seconds(1)
    charged(desk, *numbers(4, 3))
    assert queues(room) == {"first": numbers(1, 6)}
    desk.states["first"] = "down"
    desk.pass_seconds(4)
    desk.failover.run_once()
    assert "second" not in queues(room), "it may come back soon"
    desk.pass_seconds(3)
    charged(desk, *numbers(7, 1))
    while desk.failover.run_once():
        room.clock.advance(1)
    assert queues(room) == {"second": numbers(1, 7)}
    charged(desk, *numbers(8, 1))
    assert queues(room) == {"second": numbers(1, 8)}, "nothing waits for the first any more: what is new goes past it"
    desk.states["first"] = "bound"
    desk.pass_seconds(2)
    room.clock.advance(1)
    desk.failover.run_once()
    charged(desk, *numbers(9, 1))
    assert queues(room) == {"second": numbers(1, 8), "first": numbers(9, 1)}


def test_what_an_operator_has_or_may_have_stays_and_what_it_did_not_take_goes(desk: Desk) -> None:
    room = desk.room
    desk.put("main")
    desk.put("second")
    desk.pass_seconds(2)
    throttled, silent, untouched = charged(desk, *numbers(1, 3))
    half = room.accept(numbers(4, 1)[0], text="я" * 150)[0]
    room.charging.run_once()
    room.link.window = 2
    room.submitting.run_once()
    room.submitting.on_responses([response(room, 0, 0x58)])
    room.submitting.on_lost([room.link.sent[1].key])  # type: ignore[list-item]
    room.link.window = 1
    in_memory = room.context.queue("main").take(100)
    room.context.queue("main").put([one for one in in_memory if one.id == half])
    room.link.window = 100
    room.submitting.run_once()
    room.submitting.on_responses([response(room, 2, 0), response(room, 3, 0x58), response(room, 4, 0)])
    desk.client.enable_operator_link("main", False, author="operator")
    desk.pass_seconds(35)
    while desk.failover.run_once():
        room.clock.advance(1)
    links = {key: room.work(key).link for key in (throttled, silent, untouched, half)}
    assert links == {throttled: "second", untouched: "second", silent: "main", half: "main"}
    with pytest.raises(Conflict, match="Messages wait"):
        desk.client.delete_operator_link("main", author="operator")


def test_without_another_link_messages_wait_for_theirs_and_say_so(desk: Desk) -> None:
    room = desk.room
    desk.put("only")
    desk.pass_seconds(2)
    charged(desk, *numbers(1, 2))
    desk.states["only"] = "down"
    desk.pass_seconds(8)
    assert not desk.failover.run_once()
    assert queues(room) == {"only": numbers(1, 2)}
    assert not desk.fleet.is_up("only")
    [status] = desk.client.operator_link_statuses()
    assert (status.state, status.waiting, status.binds[0].owner) == ("down", 2, "this one")
    [view] = desk.client.links()
    assert (view.name, view.state, view.waiting) == ("only", "down", 2)


def test_a_long_queue_is_left_alone_while_there_is_no_other_link_and_goes_when_there_is(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = desk.room
    desk.put("first")
    desk.put("second")
    desk.pass_seconds(2)
    charged(desk, *numbers(1, 3))
    looks = []
    movable = repository_failover.movable

    def counted(*arguments: Any) -> list[Work]:
        looks.append(arguments[1])
        return movable(*arguments)

    monkeypatch.setattr(repository_failover, "movable", counted)
    desk.states["first"] = desk.states["second"] = "down"
    desk.pass_seconds(8)
    assert not desk.failover.run_once()
    assert looks == []
    assert queues(room) == {"first": numbers(1, 3)}
    desk.states["second"] = "bound"
    desk.pass_seconds(2)
    for _ in range(3):
        room.clock.advance(1)
        desk.failover.run_once()
    assert queues(room) == {"second": numbers(1, 3)}


def test_what_waits_for_a_link_that_never_comes_back_ends_with_its_validity_and_costs_nothing(desk: Desk) -> None:
    room = desk.room
    desk.put("only")
    desk.pass_seconds(2)
    (message,) = charged(desk, *numbers(1, 1))
    desk.client.enable_operator_link("only", False, author="operator")
    desk.pass_seconds(35)
    desk.failover.run_once()
    assert room.work(message).state == "charged"
    room.clock.advance(7_200)
    desk.failover.run_once()
    end_late(room.context, desk.fleet.ends)
    work = room.work(message)
    assert (work.state, work.reason) == ("expired", "held_too_long")
    room.settling.run_once()
    assert room.work(message).charged == 0
    desk.client.delete_operator_link("only", author="operator")


def test_a_part_that_waits_for_a_link_that_never_comes_back_ends_with_its_validity_beside_one_that_went(
    desk: Desk,
) -> None:
    room = desk.room
    desk.put("only")
    desk.pass_seconds(2)
    (message,) = room.accept(*numbers(1, 1), text="я" * 150)
    room.charging.run_once()
    room.sweeping.claim_charged("only")
    submitting = Submitting(room.context, "only", room.link, desk.fleet.ends("only"))
    submitting.take_up(10)
    submitting.run_once()
    room.submitting.on_responses([response(room, 0, 0), response(room, 1, 0x58), response(room, 2, 0)])
    desk.client.enable_operator_link("only", False, author="operator")
    desk.pass_seconds(35)
    desk.failover.run_once()
    assert room.work(message).state == "charged"
    room.clock.advance(7_200)
    end_late(room.context, desk.fleet.ends)
    assert room.work(message).state == "submitted", "what went may still have its receipt"
    room.clock.advance(7_200)
    Sweeping(room.context, desk.fleet.ends).overdue("only")
    assert (room.work(message).state, room.work(message).reason) == ("expired", "held_too_long")
    room.settling.run_once()
    work = room.work(message)
    assert work.due_at is None and work.charged == PRICE * (work.parts - 1)
    desk.client.delete_operator_link("only", author="operator")
