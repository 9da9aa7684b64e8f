"""What was asked about a message while it was stored is what it is charged by, and nothing goes wrong without it."""

from collections.abc import Sequence
from uuid import uuid4

import eventlet
import pytest
from eventlet.event import Event

from contracts.errors import Unavailable
from contracts.tariffs import Quote, QuoteItem
from services.smpp_gateway.foresight import FRESH, MOST_BATCHES, MOST_MESSAGES
from tests.service.smpp_gateway.rooms import Room


class _Asked:
    def __init__(self, room: Room) -> None:
        self._quote = room.tariffs.quote
        self.batches: list[int] = []
        self.away = False
        room.tariffs.quote = self  # type: ignore[method-assign,assignment]
        room.context.foresee = room.charging.foresight.begin

    def __call__(self, items: Sequence[QuoteItem]) -> list[Quote]:
        self.batches.append(len(items))
        if self.away:
            raise Unavailable("tariffs is away")
        return self._quote(items)


def test_a_price_that_was_asked_for_meanwhile_is_not_asked_for_again(room: Room) -> None:
    asked = _Asked(room)
    ids = room.accept("79030000001", "79030000002")
    room.charging.run_once()
    assert room.states(ids) == ["charged"] * 2
    assert asked.batches == [2]


def test_what_tariffs_could_not_tell_is_asked_again_by_charging(room: Room) -> None:
    asked = _Asked(room)
    asked.away = True
    ids = room.accept("79030000001")
    # The question goes out when the process next waits for something.
    eventlet.sleep(0)
    asked.away = False
    room.charging.run_once()
    assert room.states(ids) == ["charged"]


def test_an_answer_that_is_too_old_is_asked_for_anew(room: Room) -> None:
    asked = _Asked(room)
    ids = room.accept("79030000001")
    eventlet.sleep(0)
    room.clock.advance(FRESH.total_seconds() + 1)
    room.charging.run_once()
    assert room.states(ids) == ["charged"]
    assert asked.batches == [1, 1]


def test_nothing_is_asked_ahead_for_many_or_behind_others(room: Room) -> None:
    asked = _Asked(room)
    room.accept(*[f"7903{number:07d}" for number in range(MOST_MESSAGES + 1)])
    room.accept("79040000001")
    assert asked.batches == []
    room.charging.run_once()
    assert sum(asked.batches) == MOST_MESSAGES + 2


def test_messages_that_were_not_asked_about_go_with_those_that_were(room: Room) -> None:
    ids = room.accept("79030000001")
    works = room.context.to_charge.take(1)
    asked = _Asked(room)
    ids += room.accept("79030000002")
    room.context.to_charge.put_back(works)
    room.charging.run_once()
    assert room.states(ids) == ["charged"] * 2
    assert asked.batches == [1, 1]


def test_many_may_be_asked_about_while_an_answer_is_waited_for(room: Room) -> None:
    asked, waited_for = _Asked(room), Event()
    others = [f"7904{number:07d}" for number in range(MOST_BATCHES)]

    def crowded(items: Sequence[QuoteItem]) -> list[Quote]:
        waited_for.wait()
        while others:
            room.context.foresee([works[0].moved(id=str(uuid4()), recipient=others.pop())])
        return asked(items)

    room.tariffs.quote = crowded  # type: ignore[method-assign]
    ids, works = [], []
    for recipient in ("79030000001", "79030000002"):
        ids += room.accept(recipient)
        works += room.context.to_charge.take(1)
    eventlet.spawn(waited_for.send)
    room.charging.charge(works)
    assert room.states(ids) == ["charged"] * 2


def test_charging_begins_before_the_answers_are_written(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    _Asked(room)
    fronts, began = room.charging._fronts, Event()
    monkeypatch.setattr(room.charging, "_fronts", lambda works: (began.send(), fronts(works))[1])
    monkeypatch.setattr(room.context.wakes.charge, "set", lambda: eventlet.spawn(room.charging.run_once))
    ids = room.accept("79030000001")
    assert began.ready()
    while room.states(ids) != ["charged"]:
        eventlet.sleep(0.01)
