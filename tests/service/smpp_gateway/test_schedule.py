"""Messages go out at their time, in the hours of their recipients, and not before; nothing is paid while they wait."""

from typing import Any

from contracts.errors import IdempotencyMismatch
from contracts.smpp_gateway import AcceptItem, AcceptOrder
from services.smpp_gateway.audit import audit
from tests.service.smpp_gateway.rooms import ADVERTISER, PARTNER, PRICE, Room

#: The room's clock stands at 10:00 UTC, 13:00 in Moscow.
MORNING = {"hours_from": 540, "hours_to": 720}


def _accept(room: Room, count: int = 1, **asked: Any) -> list[str]:
    order = AcceptOrder(partner_id=PARTNER, advertiser_id=ADVERTISER, source="http", **asked)
    items = [AcceptItem(recipient=f"7903{number:07d}", sender="GOLUB", text="Привет") for number in range(count)]
    answers = room.intake.accept(order, items)
    assert {(one.state, one.refusal) for one in answers} == {("accepted", None)}
    return [one.id for one in answers]


def _turn(room: Room) -> None:
    """Everything that has come due, once."""
    room.waiting.end_waits()
    room.sweeping.claim_accepted()
    room.charging.run_once()
    room.sweeping.claim_charged("main")
    room.submitting.run_once()


def test_a_message_waits_for_its_time_unpaid_and_goes_then(room: Room) -> None:
    ids = _accept(room, 3, send_at="2026-11-22T12:00:00Z")
    _turn(room)
    room.clock.advance(7_199)
    _turn(room)
    assert [(work.state, work.reason, work.charged) for work in map(room.work, ids)] == [("held", "schedule", 0)] * 3
    room.clock.advance(1)
    _turn(room)
    assert room.states(ids) == ["submitting"] * 3
    assert room.work(ids[0]).charged == PRICE


def test_a_scheduled_message_survives_a_restart(room: Room) -> None:
    (message_id,) = _accept(room, send_at="2026-11-22T12:00:00Z")
    room.restart()
    room.clock.advance(7_200)
    _turn(room)
    assert room.states([message_id]) == ["submitting"]


def test_what_nobody_could_let_go_in_its_time_of_validity_is_refused(room: Room) -> None:
    (message_id,) = _accept(room, send_at="2026-11-22T12:00:00Z", validity_seconds=600)
    room.clock.advance(7_800)
    _turn(room)
    assert (room.work(message_id).state, room.work(message_id).reason) == ("refused", "held_too_long")


def test_a_message_waits_for_the_hours_of_its_recipient_unpaid(room: Room) -> None:
    (message_id,) = _accept(room, **MORNING, validity_seconds=86_400)
    _turn(room)
    work = room.work(message_id)
    assert (work.state, work.reason, work.charged) == ("held", "schedule", 0)
    room.clock.advance(20 * 3_600)
    _turn(room)
    assert room.states([message_id]) == ["submitting"]


def test_a_message_within_its_hours_goes_at_once(room: Room) -> None:
    (message_id,) = _accept(room, hours_from=540, hours_to=1_260)
    _turn(room)
    assert room.states([message_id]) == ["submitting"]


def test_a_message_whose_validity_ends_before_its_hours_begin_is_refused_at_once(room: Room) -> None:
    (message_id,) = _accept(room, **MORNING, validity_seconds=3_600)
    _turn(room)
    assert (room.work(message_id).state, room.work(message_id).reason) == ("refused", "held_too_long")


def test_what_the_operator_did_not_take_in_its_hours_waits_paid_for_those_of_the_next_day(room: Room) -> None:
    (message_id,) = _accept(room, hours_from=540, hours_to=840, validity_seconds=172_800)
    room.charging.run_once()
    room.clock.advance(3_600)
    room.submitting.run_once()
    assert room.states([message_id]) == ["charged"] and not room.link.sent
    room.clock.advance(19 * 3_600 - 1)
    _turn(room)
    assert room.states([message_id]) == ["charged"] and not room.link.sent
    room.clock.advance(1)
    _turn(room)
    assert room.states([message_id]) == ["submitting"]
    assert len(room.billing.charges) == 1


def test_the_times_are_part_of_what_an_idempotency_key_stands_for(room: Room) -> None:
    def send(**asked: Any) -> object:
        order = AcceptOrder(partner_id=PARTNER, advertiser_id=ADVERTISER, source="http", idempotency_key="k", **asked)
        try:
            return room.intake.accept(order, [AcceptItem(recipient="79030000001", sender="GOLUB", text="Привет")])
        except IdempotencyMismatch:
            return "mismatch"

    first = send(send_at="2026-11-22T12:00:00Z")
    assert send(send_at="2026-11-22T12:00:00Z") == first
    assert send(send_at="2026-11-22T13:00:00Z") == "mismatch"
    assert send() == "mismatch"


def test_the_nightly_audit_finds_nothing_wrong_with_what_waits_for_its_time(room: Room) -> None:
    _accept(room, 2, send_at="2026-11-22T12:00:00Z")
    with room.db.begin() as connection:
        assert audit(connection) == []
