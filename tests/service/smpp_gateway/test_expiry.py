"""What time does to a message at each stage: validity, responses and receipts that do not come."""

from datetime import timedelta

import pytest

from services.smpp_gateway import repository_parts
from services.smpp_gateway.link_pairs import Origin
from services.smpp_gateway.link_settings import LinkSettings
from services.smpp_gateway.link_types import Response
from tests.service.smpp_gateway.rooms import PRICE, Room

LONG = "я" * 150


def _submitted(room: Room, text: str = "Привет") -> str:
    (message_id,) = room.accept("79030000001", text=text)
    room.charging.run_once()
    room.submitting.run_once()
    return message_id


def _parts(room: Room, message_id: str) -> list[str]:
    with room.db.begin() as connection:
        return [part.state for part in repository_parts.of_messages(connection, [message_id])[message_id]]


def test_a_message_that_is_throttled_until_its_validity_ends_expires_and_costs_nothing(room: Room) -> None:
    message_id = _submitted(room)
    room.respond(status=0x58)
    room.clock.advance(2 * 3600)
    room.sweeping.claim_charged("main")
    room.submitting.run_once()
    room.settling.run_once()
    work = room.work(message_id)
    assert (work.state, work.reason, work.charged, work.due_at) == ("expired", "held_too_long", 0, None)
    assert len(room.link.sent) == 1


def test_of_a_long_message_only_what_was_submitted_in_time_is_paid(room: Room) -> None:
    message_id = _submitted(room, LONG)
    first, second, third = room.link.sent
    room.submitting.on_responses(
        [Response(first.key, 0, "a"), Response(second.key, 0x58, None), Response(third.key, 0, "c")]
    )
    room.ends.on_receipts([room.receipt("a")])
    room.clock.advance(2 * 3600)
    room.sweeping.claim_charged("main")
    room.submitting.run_once()
    assert _parts(room, message_id) == ["delivered", "unsent", "submitted"]
    assert room.work(message_id).state == "submitted"
    room.ends.on_receipts([room.receipt("c")])
    room.settling.run_once()
    work = room.work(message_id)
    assert (work.state, work.reason, work.charged) == ("expired", "held_too_long", 2 * PRICE)


def test_a_throttled_part_beside_one_whose_response_never_came_is_not_forgotten(room: Room) -> None:
    """The process that submitted them died; the parts are found by the time they take."""
    message_id = _submitted(room, LONG)
    first, second, _ = room.link.sent
    room.submitting.on_responses([Response(first.key, 0x58, None), Response(second.key, 0, "b")])
    room.restart()
    room.clock.advance(151)
    room.sweeping.overdue("main")
    assert _parts(room, message_id) == ["waiting", "submitted", "unresolved"]
    assert room.work(message_id).state == "charged"
    room.clock.advance(2)
    room.sweeping.claim_charged("main")
    room.submitting.run_once()
    assert [one.key[:2] for one in room.link.sent[3:]] == [first.key[:2]]


def test_a_lost_part_does_not_shorten_the_time_of_the_others(room: Room) -> None:
    message_id = _submitted(room, LONG)
    first, second, third = room.link.sent
    room.submitting.on_responses([Response(first.key, 0, "a"), Response(second.key, 0, "b")])
    room.submitting.on_lost([third.key])
    room.clock.advance(601)
    room.sweeping.overdue("main")
    assert _parts(room, message_id) == ["submitted", "submitted", "lost"]
    assert room.work(message_id).state == "submitted"
    room.ends.on_receipts([room.receipt("a"), room.receipt("b")])
    room.settling.run_once()
    work = room.work(message_id)
    assert (work.state, work.reason, work.charged) == ("unknown", "submit_outcome_unknown", 2 * PRICE)


def test_a_receipt_for_a_message_given_up_changes_nothing_and_ends_nobody_elses_part(room: Room) -> None:
    message_id = _submitted(room)
    room.submitting.on_lost([room.link.sent[0].key])
    room.clock.advance(601)
    room.sweeping.overdue("main")
    room.settling.run_once()
    before = room.work(message_id)
    room.ends.on_receipts([room.receipt("late")])
    room.clock.advance(60)
    later = _submitted(room)
    room.submitting.on_lost([room.link.sent[1].key])
    room.clock.advance(60)
    room.ends.match_early()
    assert room.work(message_id) == before
    assert room.work(later).state == "submitted", "the receipt came before this one was submitted"


def test_a_receipt_waits_while_another_part_of_its_recipient_may_still_get_its_response(room: Room) -> None:
    first, second = _submitted(room), _submitted(room)
    room.submitting.on_lost([room.link.sent[0].key])
    room.ends.on_receipts([room.receipt("second")])
    room.clock.advance(1)
    room.ends.match_early()
    assert (room.work(first).state, room.work(second).state) == ("submitted", "submitting")
    room.submitting.on_responses([Response(room.link.sent[1].key, 0, "second")])
    assert (room.work(first).state, room.work(second).state) == ("submitted", "delivered")


def test_a_receipt_that_comes_twice_before_anything_is_known_ends_one_part(room: Room) -> None:
    message_id = _submitted(room, LONG)
    room.submitting.on_lost([one.key for one in room.link.sent])
    room.ends.on_receipts([room.receipt("x"), room.receipt("x")])
    room.ends.match_early()
    assert sorted(_parts(room, message_id)) == ["delivered", "unresolved", "unresolved"]


def test_a_message_id_that_the_operator_gives_again_means_the_newer_message(room: Room) -> None:
    old = _submitted(room)
    room.respond()
    room.ends.on_receipts([room.receipt("smsc0")])
    new = _submitted(room)
    room.submitting.on_responses([Response(room.link.sent[1].key, 0, "smsc0")])
    room.ends.on_receipts([room.receipt("smsc0", "undelivered")])
    assert (room.work(old).state, room.work(new).state) == ("delivered", "undelivered")


def test_a_repeated_answer_to_an_earlier_submission_does_not_answer_the_later_one(room: Room) -> None:
    _submitted(room)
    throttled = Response(room.link.sent[0].key, 0x58, None)
    room.submitting.on_responses([throttled])
    room.clock.advance(2)
    room.sweeping.claim_charged("main")
    room.submitting.run_once()
    room.submitting.on_responses([throttled])
    room.submitting.on_lost([throttled.key])
    room.clock.advance(100)
    room.sweeping.claim_charged("main")
    room.submitting.run_once()
    assert len(room.link.sent) == 2


@pytest.mark.parametrize("spelling", ["79030000001", "+79030000001", "89030000001", "9030000001"])
def test_a_receipt_finds_its_unresolved_part_however_the_operator_writes_the_number(room: Room, spelling: str) -> None:
    message_id = _submitted(room)
    room.submitting.on_lost([room.link.sent[0].key])
    room.ends.on_receipts([room.receipt("x", recipient=spelling)])
    room.ends.match_early()
    assert room.work(message_id).state == "delivered"


def test_a_clock_that_goes_back_stops_nothing_for_good(room: Room) -> None:
    message_id = _submitted(room)
    room.clock.advance(-3600)
    room.respond()
    room.ends.on_receipts([room.receipt("smsc0")])
    assert room.work(message_id).state == "delivered"


def test_a_graceful_stop_does_not_touch_what_another_process_has_taken_over(room: Room) -> None:
    (message_id,) = room.accept("79030000001")
    room.charging.run_once()
    stale = room.context
    room.restart()
    room.clock.advance(31)
    room.sweeping.claim_charged("main")
    room.submitting.run_once()
    room.respond()
    stale.give_up_leases()
    room.sweeping.overdue("main")
    assert room.work(message_id).state == "submitted"


def test_a_flood_of_strangers_receipts_hides_no_receipt_of_ours(room: Room) -> None:
    message_id = _submitted(room)
    room.submitting.on_lost([room.link.sent[0].key])
    room.ends.on_receipts([room.receipt("mine")])
    room.ends.on_receipts([room.receipt(f"stranger{n}", recipient="79990000000") for n in range(1_200)])
    for _ in range(5):
        room.ends.match_early()
    assert room.work(message_id).state == "delivered"


def test_a_link_that_is_set_so_submits_again_what_got_no_answer_and_money_is_taken_once(room: Room) -> None:
    settings = LinkSettings(host="127.0.0.1", port=2775, system_id="golub", password="", unknown_outcome="again")
    room.ends.go_by(settings, Origin("main", "as_is", {"unresolved": timedelta(seconds=30)}, again=True))
    (message_id,) = room.accept("79030000001")
    room.charging.run_once()
    room.submitting.run_once()
    room.submitting.on_lost([one.key for one in room.link.sent])  # type: ignore[misc]
    room.clock.advance(29)
    room.sweeping.overdue("main")
    assert room.states([message_id]) == ["submitted"]
    room.clock.advance(2)
    room.sweeping.overdue("main")
    room.clock.advance(61)
    room.sweeping.claim_charged("main")
    room.submitting.run_once()
    assert [one.key.attempt for one in room.link.sent] == [1, 2]  # type: ignore[attr-defined]
    room.ends.on_receipts([room.receipt(one) for one in room.respond(since=1)])
    assert room.states([message_id]) == ["delivered"]
    assert len(room.billing.charges) == 1
