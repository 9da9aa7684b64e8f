"""A paused advertiser's messages wait unsent and unpaid, whatever stage they are in, and go on in their order."""

import pytest

from contracts.errors import Forbidden, Malformed
from contracts.smpp_gateway import PAUSE_SIDES
from services.smpp_gateway.changing import Changing
from services.smpp_gateway.pausing import Pausing
from tests.service.smpp_gateway.rooms import ADVERTISER, PARTNER, PRICE, Room

OTHER = "018f0000-0000-7000-8000-0000000000cc"


def _pause(room: Room) -> None:
    Pausing(room.context).pause(PARTNER, ADVERTISER, "anna", "перерыв", "advertiser")


def _resume(room: Room) -> bool:
    return Pausing(room.context).resume(ADVERTISER, "advertiser")


def _work(room: Room) -> None:
    """All that a second does."""
    room.sweeping.claim_accepted()
    room.charging.run_once()
    room.sweeping.claim_charged("main")
    room.submitting.run_once()
    room.sweeping.late()
    room.waiting.end_waits()
    room.waiting.release()
    room.settling.run_once()


def test_while_paused_messages_are_accepted_and_neither_charged_nor_sent(room: Room) -> None:
    (first,) = room.accept("79030000001")
    _pause(room)
    (second,) = room.accept("79030000002")
    for _ in range(3):
        _work(room)
        room.clock.advance(40)
    assert room.states([first, second]) == ["accepted", "accepted"]
    assert (room.billing.charges, room.link.sent) == ({}, [])
    assert len(room.context.to_charge) == 0


def test_what_was_charged_before_the_pause_is_not_sent(room: Room) -> None:
    (message_id,) = room.accept("79030000001")
    room.charging.run_once()
    _pause(room)
    _work(room)
    room.clock.advance(40)
    _work(room)
    assert (room.states([message_id]), room.link.sent) == (["charged"], [])


def test_after_the_pause_all_go_on_at_once(room: Room) -> None:
    before = room.accept("79030000001", "79030000002")
    room.charging.run_once()
    _pause(room)
    meanwhile = room.accept("79030000003")
    assert _resume(room) and not _resume(room)
    _work(room)
    _work(room)
    sent = [one.key.message_id for one in room.link.sent]  # type: ignore[attr-defined]
    assert sorted(sent) == sorted([*before, *meanwhile])
    assert sent.index(before[0]) < sent.index(before[1])


def test_the_others_send_on(room: Room) -> None:
    _pause(room)
    (own,) = room.accept("79030000001")
    (other,) = room.accept("79030000002", advertiser=OTHER)
    room.restart()
    room.clock.advance(40)
    Pausing(room.context).refresh()
    _work(room)
    assert room.states([own]) == ["accepted"]
    assert room.states([other], OTHER) == ["submitting"]


def test_receipts_of_what_was_submitted_still_count(room: Room) -> None:
    (message_id,) = room.accept("79030000001")
    room.charging.run_once()
    room.submitting.run_once()
    _pause(room)
    (smsc_id,) = room.respond()
    room.ends.on_receipts([room.receipt(smsc_id)])
    assert room.states([message_id]) == ["delivered"]


def test_what_the_operator_throttles_waits_for_the_end_of_the_pause(room: Room) -> None:
    (message_id,) = room.accept("79030000001")
    room.charging.run_once()
    room.submitting.run_once()
    _pause(room)
    room.respond(status=0x58)
    room.clock.advance(100)
    _work(room)
    assert (room.states([message_id]), len(room.link.sent)) == (["charged"], 1)
    _resume(room)
    _work(room)
    assert len(room.link.sent) == 2


def test_validity_runs_on_and_what_was_paid_is_paid_back(room: Room) -> None:
    paid, unpaid = room.accept("79030000001"), []
    room.charging.run_once()
    assert room.work(paid[0]).charged == PRICE
    _pause(room)
    unpaid = room.accept("79030000002")
    room.clock.advance(2 * 3600)
    _work(room)
    room.clock.advance(121)
    _work(room)
    works = [room.work(one) for one in paid + unpaid]
    assert [(one.state, one.reason, one.charged) for one in works] == [
        ("expired", "held_too_long", 0),
        ("refused", "held_too_long", 0),
    ]
    assert [one.due_at for one in works] == [None, None]
    assert room.totals() == {"expired": (1, 0), "refused": (1, 0)}


def test_who_waits_for_money_waits_on_though_there_is_some(room: Room) -> None:
    room.billing.left = 0
    (message_id,) = room.accept("79030000001")
    room.charging.run_once()
    _pause(room)
    room.top_up(10 * PRICE)
    _work(room)
    assert room.states([message_id]) == ["held"]
    _resume(room)
    _work(room)
    _work(room)
    assert room.states([message_id]) == ["submitting"]


def test_what_waits_in_a_pause_can_be_cancelled(room: Room) -> None:
    _pause(room)
    (message_id,) = room.accept("79030000001")
    assert Changing(room.context).cancel(ADVERTISER, [message_id]) == {message_id: "cancelled"}


def test_a_pause_keeps_who_began_it_and_why(room: Room) -> None:
    pausing = Pausing(room.context)
    assert pausing.of(ADVERTISER) is None
    _pause(room)
    again = pausing.pause(PARTNER, ADVERTISER, "boris", "", "advertiser")
    assert (again.author, again.reason) == ("anna", "перерыв")
    assert again == pausing.of(ADVERTISER)


def test_only_the_side_that_paused_or_one_above_lets_it_go_on(room: Room) -> None:
    pausing = Pausing(room.context)
    for position, side in enumerate(PAUSE_SIDES):
        assert pausing.pause(PARTNER, ADVERTISER, side, "", side).side == side, "a side above makes it its own"
        for lower in PAUSE_SIDES[:position]:
            assert pausing.pause(PARTNER, ADVERTISER, lower, "", lower).author == side
            with pytest.raises(Forbidden):
                pausing.resume(ADVERTISER, lower)
            assert pausing.of(ADVERTISER).side == side  # type: ignore[union-attr]
    assert pausing.resume(ADVERTISER, "operator") and not pausing.resume(ADVERTISER, "advertiser")
    pausing.pause(PARTNER, ADVERTISER, "anna", "", "advertiser")
    assert pausing.resume(ADVERTISER, "partner")
    with pytest.raises(Malformed):
        pausing.pause(PARTNER, ADVERTISER, "anna", "", "nobody")


def test_a_reason_as_long_as_a_letter_is_refused_and_pauses_nothing(room: Room) -> None:
    pausing = Pausing(room.context)
    with pytest.raises(Malformed) as told:
        pausing.pause(PARTNER, ADVERTISER, "anna", "я" * 201, "advertiser")
    assert told.value.data["errors"][0]["pointer"] == "/reason"
    assert pausing.of(ADVERTISER) is None


def test_many_who_are_paused_do_not_hide_who_is_not(room: Room) -> None:
    """More of them wait than a claim looks at."""
    owners = [f"018f0000-0000-7000-8000-{number:012x}" for number in range(1, 260)]
    room.context.to_charge.most = 0
    for owner in owners:
        room.accept("79030000001", advertiser=owner)
    (last,) = room.accept("79030000002", advertiser="ff8f0000-0000-7000-8000-000000000000")
    room.context.to_charge.most = 100
    room.context.pause(frozenset(owners))
    room.sweeping.claim_accepted()
    assert [work.id for work in room.context.to_charge.take(10)] == [last]
