"""A mailing that goes on and whoever else writes to its messages wait for each other in one order, never in a circle."""

import pytest
from sqlalchemy import text

from services.smpp_gateway import mailings
from services.smpp_gateway.changing import Changing
from tests.service.smpp_gateway.rooms import ADVERTISER, Room
from tests.service.smpp_gateway.test_mailings import NUMBERS, accept, go_on, pause, sent
from tests.service.smpp_gateway.waits import begun, lock


def charged_and_accepted(room: Room) -> tuple[str, str]:
    """The lower id is of the message in the later state, by the order of the index of mailings."""
    (low,) = accept(room, NUMBERS[0])
    room.charging.run_once()
    (high,) = accept(room, NUMBERS[1])
    assert low < high and room.states([low, high]) == ["charged", "accepted"]
    return low, high


def test_who_waits_for_a_message_of_a_mailing_that_goes_on_holds_none_behind_it(room: Room) -> None:
    low, high = charged_and_accepted(room)
    made = pause(room)
    with room.db.begin() as other:
        lock(other, low)
        going_on = begun(room.db, made.resume, ADVERTISER, "sale", "advertiser")
        with room.db.begin() as third:
            lock(third, high, now=True)
    assert going_on.wait()
    go_on(room)
    assert sorted(sent(room)) == [low, high]


@pytest.mark.parametrize("first", ["resumed", "cancelled"])
def test_a_mailing_can_go_on_and_be_cancelled_at_once(room: Room, first: str) -> None:
    low, high = charged_and_accepted(room)
    before = room.billing.left
    made, changing = pause(room), Changing(room.context)
    steps = [(made.resume, (ADVERTISER, "sale", "advertiser")), (changing.cancel, (ADVERTISER, [low, high]))]
    if first == "cancelled":
        steps.reverse()
    with room.db.begin() as other:
        lock(other, high)
        under_way = [
            begun(room.db, action, *arguments, waiting=place)
            for place, (action, arguments) in enumerate(steps, start=1)
        ]
    for one in under_way:
        one.wait()
    assert room.states([low, high]) == ["rejected", "refused"], "neither was told to repeat"
    room.clock.advance(121)
    while room.settling.run_once():
        pass
    go_on(room)
    assert sent(room) == [] and room.billing.left > before
    assert room.count("mailing_pause") == 0


def test_a_mailing_is_not_forgotten_while_something_of_it_was_not_let_go(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of a batch was taken back while it was waited for, and more stands behind it."""
    first, second = accept(room, *NUMBERS[:2])
    made = pause(room)
    monkeypatch.setattr(mailings, "BATCH", 1)
    with room.db.begin() as other:
        lock(other, min(first, second))
        going_on = begun(room.db, made.resume, ADVERTISER, "sale", "advertiser")
        Changing(room.context).cancel_within(other, ADVERTISER, [min(first, second)])
    assert going_on.wait()
    go_on(room)
    assert sent(room) == [max(first, second)]
    with room.db.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM mailing_pause")).scalar_one() == 0
