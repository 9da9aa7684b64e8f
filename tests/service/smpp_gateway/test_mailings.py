"""One mailing of an advertiser is paused, goes on and is cancelled, and its other messages do not notice."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from contracts.errors import Conflict, Forbidden, IdempotencyMismatch, Malformed
from contracts.smpp_gateway import AcceptItem, AcceptOrder, CancelMatch
from services.smpp_gateway import mailings, unpacking
from services.smpp_gateway.changing import Changing
from services.smpp_gateway.mailings import Mailings
from tests.service.smpp_gateway.rooms import ADVERTISER, PARTNER, Room
from tests.service.smpp_gateway.test_pausing import _work

OTHER = "018f0000-0000-7000-8000-0000000000cc"
NUMBERS = [f"7903000{number:04d}" for number in range(20)]


def accept(room: Room, *numbers: str, mailing: str | None = "sale", owner: str = ADVERTISER, **order: Any) -> list[str]:
    head = AcceptOrder(partner_id=PARTNER, advertiser_id=owner, source="http", mailing=mailing, **order)
    return [
        one.id
        for one in room.intake.accept(head, [AcceptItem(recipient=one, sender="GOLUB", text="x") for one in numbers])
    ]


def pause(room: Room, mailing: str = "sale", side: str = "advertiser") -> Mailings:
    made = Mailings(room.context)
    made.pause(PARTNER, ADVERTISER, mailing, author="anna", reason="ошибка", side=side)
    return made


def go_on(room: Room, times: int = 3) -> None:
    for _ in range(times):
        _work(room)
        Mailings(room.context).refresh()
        room.clock.advance(40)


def sent(room: Room) -> list[str]:
    return [one.key.message_id for one in room.link.sent]  # type: ignore[attr-defined]


def test_a_paused_mailing_waits_and_all_else_goes_on(room: Room) -> None:
    before = accept(room, *NUMBERS[:3])
    made = pause(room)
    meanwhile = accept(room, *NUMBERS[3:5])
    rest = [
        *accept(room, NUMBERS[5], mailing=None),
        *accept(room, NUMBERS[6], mailing="other"),
        *accept(room, NUMBERS[7], owner=OTHER),
    ]
    go_on(room)
    assert sorted(sent(room)) == sorted(rest)
    assert room.states([*before, *meanwhile]) == ["accepted"] * 5
    assert set(room.billing.charges) == set(rest), "nothing of it is charged"
    assert made.resume(ADVERTISER, "sale", "advertiser") and not made.resume(ADVERTISER, "sale", "advertiser")
    go_on(room)
    assert sorted(sent(room)) == sorted([*rest, *before, *meanwhile])
    assert room.count("mailing_pause") == 0


def test_what_was_charged_before_is_not_sent_and_what_the_operator_has_goes_its_way(room: Room) -> None:
    (first,) = accept(room, NUMBERS[0])
    _work(room)
    assert sent(room) == [first]
    (second,) = accept(room, NUMBERS[1])
    room.charging.run_once()
    made = pause(room)
    go_on(room)
    assert (room.states([second]), sent(room)) == (["charged"], [first])
    room.ends.on_receipts([room.receipt(one) for one in room.respond()])
    assert room.states([first]) == ["delivered"]
    made.resume(ADVERTISER, "sale", "advertiser")
    go_on(room)
    assert sent(room) == [first, second]


def test_claims_do_not_read_over_what_is_paused(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailings, "BATCH", 4)
    accept(room, *NUMBERS)
    room.restart()
    made = Mailings(room.context)
    made.pause(PARTNER, ADVERTISER, "sale", author="anna", reason="", side="advertiser")
    while made.refresh():
        pass
    with room.db.begin() as connection:
        due = connection.execute(text("SELECT count(*) FROM message WHERE due_at <= expires_at")).scalar_one()
    assert due == 0
    room.clock.advance(3600)
    assert room.sweeping.claim_accepted() is False and len(room.context.to_charge) == 0
    made.resume(ADVERTISER, "sale", "advertiser")
    while made.refresh():
        pass
    room.restart()
    room.clock.advance(3)
    go_on(room)
    assert len(sent(room)) == len(NUMBERS)


def test_validity_runs_on_in_a_pause(room: Room) -> None:
    (accepted,) = accept(room, NUMBERS[0], validity_seconds=300)
    (charged,) = accept(room, NUMBERS[1], validity_seconds=300)
    pause(room)
    room.clock.advance(600)
    for _ in range(3):
        go_on(room)
    assert set(room.states([accepted, charged])) <= {"refused", "expired"}
    assert sent(room) == []


def test_what_is_for_later_waits_for_the_end_of_the_pause_too(room: Room) -> None:
    at = (room.clock.now() + timedelta(hours=1)).isoformat()
    (later,) = accept(room, NUMBERS[0], send_at=at)
    made = pause(room)
    room.clock.advance(3700)
    go_on(room)
    assert sent(room) == []
    made.resume(ADVERTISER, "sale", "advertiser")
    go_on(room)
    assert sent(room) == [later]


def test_a_pause_is_known_to_a_process_that_starts_and_of_one_advertiser_alone(room: Room) -> None:
    pause(room)
    room.restart()
    Mailings(room.context).refresh()
    accept(room, NUMBERS[0])
    theirs = accept(room, NUMBERS[1], owner=OTHER)
    go_on(room)
    assert sent(room) == theirs


def test_a_large_order_of_a_paused_mailing_waits(room: Room) -> None:
    numbers = [f"7903001{number:04d}" for number in range(150)]
    made = pause(room)
    ids = accept(room, *numbers)
    with room.db.begin() as connection:
        unpacking.of_ids(room.context, connection, ADVERTISER, ids)
    go_on(room)
    assert sent(room) == [] and room.count("message") == 150
    assert {room.work(ids[0]).mailing, room.work(ids[-1]).mailing} == {"sale"}
    made.resume(ADVERTISER, "sale", "advertiser")
    go_on(room, 6)
    assert sorted(sent(room)) == sorted(ids)


def test_a_mailing_is_cancelled_and_nothing_else(room: Room) -> None:
    own = accept(room, *NUMBERS[:3])
    pause(room)
    own += accept(room, *NUMBERS[3:5])
    Mailings(room.context).refresh()
    other = accept(room, NUMBERS[5], mailing="other")
    logged = accept(room, *[f"7903001{number:04d}" for number in range(150)])
    page = Changing(room.context).cancel_matching(ADVERTISER, CancelMatch(mailing="sale"), None)
    assert (page.cancelled, page.next_cursor) == (155, None)
    assert set(room.states([*own, *logged])) == {"refused"}
    assert room.states(other) == ["accepted"]
    again = Changing(room.context).cancel_matching(OTHER, CancelMatch(mailing="other"), None)
    assert again.cancelled == 0, "another's mailing of that name"


def test_mailings_that_wait_or_are_paused_are_listed(room: Room) -> None:
    accept(room, NUMBERS[0])
    accept(room, NUMBERS[1], mailing="a")
    accept(room, NUMBERS[2], mailing="b", owner=OTHER)
    accept(room, NUMBERS[3], mailing=None)
    made = pause(room)
    pause(room, "empty")
    made.refresh()
    listed = made.of(ADVERTISER)
    assert [(one.mailing, one.paused) for one in listed] == [("a", False), ("empty", True), ("sale", True)]
    assert (listed[2].author, listed[2].reason, listed[2].side) == ("anna", "ошибка", "advertiser")


def test_only_the_side_that_paused_a_mailing_or_one_above_lets_it_go_on(room: Room) -> None:
    made = pause(room)
    pause(room, side="partner")
    with pytest.raises(Forbidden):
        made.resume(ADVERTISER, "sale", "advertiser")
    assert made.of(ADVERTISER)[0].side == "partner"
    assert made.resume(ADVERTISER, "sale", "operator")


def test_names_and_numbers_of_pauses_are_bounded(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("", " ", "a\nb", "x\x00", "я" * 65):
        with pytest.raises(Malformed):
            accept(room, NUMBERS[0], mailing=name)
        with pytest.raises(Malformed):
            pause(room, name)
    monkeypatch.setattr(mailings, "MOST_PAUSED", 2)
    pause(room, "one")
    pause(room, "two")
    pause(room, "two")
    with pytest.raises(Conflict):
        pause(room, "three")


def test_a_repeat_under_one_key_of_another_mailing_is_another_request(room: Room) -> None:
    first = accept(room, NUMBERS[0], idempotency_key="k")
    assert accept(room, NUMBERS[0], idempotency_key="k") == first
    with pytest.raises(IdempotencyMismatch):
        accept(room, NUMBERS[0], mailing="other", idempotency_key="k")
