"""Whose money is taken, when it is given back, and what a crash in between leaves."""

from collections.abc import Sequence

import pytest
from sqlalchemy import event

from contracts.billing import DebitItem, SettleItem, SettleResult
from contracts.errors import GolubError, Malformed, Unavailable
from services.smpp_gateway.views import message_view
from services.smpp_gateway.work import Work
from tests.service.smpp_gateway.rooms import PRICE, Room


def _paid_and_dead(room: Room, *recipients: str) -> list[str]:
    """Messages whose money was taken by a process that died before it wrote that down; claimed by the next."""
    ids = room.accept(*recipients)
    works = room.context.to_charge.take(10)
    quotes = {id: seen.quote for id, seen in room.charging.foresight.ask(works).items()}
    room.charging._debited(works, quotes)
    room.restart()
    room.clock.advance(31)
    room.sweeping.claim_accepted()
    return ids


@pytest.mark.parametrize("why", ["blocked", "gone", "late"])
def test_a_refusal_after_a_crash_gives_back_what_the_dead_process_had_taken(room: Room, why: str) -> None:
    (message_id,) = _paid_and_dead(room, "79030000001")
    left = room.billing.left
    room.senders.blocked, room.tariffs.gone = why == "blocked", why == "gone"
    if why == "late":
        room.clock.advance(3 * 3600)
        room.sweeping.claim_accepted()
    room.charging.run_once()
    assert room.work(message_id).state == "refused"
    room.settling.run_once()
    assert room.billing.left == left, "a process may still be about to ask for the money"
    room.clock.advance(121)
    room.settling.run_once()
    work = room.work(message_id)
    assert (work.state, work.charged, work.due_at) == ("refused", 0, None)
    assert room.billing.left == left + PRICE


def test_a_refusal_after_a_crash_that_had_taken_nothing_is_final_after_one_look(room: Room) -> None:
    (message_id,) = room.accept("79030000001")
    room.restart()
    room.clock.advance(31)
    room.sweeping.claim_accepted()
    room.tariffs.gone = True
    room.charging.run_once()
    room.clock.advance(121)
    room.settling.run_once()
    assert (room.work(message_id).state, room.work(message_id).due_at) == ("refused", None)


def test_a_refusal_of_a_message_that_nobody_else_had_is_final_at_once(room: Room) -> None:
    (message_id,) = room.accept("12025550123")
    room.charging.run_once()
    assert (room.work(message_id).reason, room.work(message_id).due_at) == ("direction_unknown", None)


def test_a_refusal_after_an_answer_that_was_lost_is_looked_at_too(room: Room) -> None:
    (message_id,) = room.accept("79030000001")
    debit = room.billing.debit

    def answer_lost(items: Sequence[DebitItem]) -> None:
        debit(items)
        raise Unavailable("no answer in time")

    room.billing.debit = answer_lost  # type: ignore[method-assign,assignment]
    with pytest.raises(Unavailable):
        room.charging.run_once()
    room.billing.debit = debit  # type: ignore[method-assign]
    room.senders.blocked = True
    room.context.known_senders.forget()
    room.charging.run_once()
    room.clock.advance(121)
    room.settling.run_once()
    assert room.work(message_id).state == "refused"
    assert room.billing.paid(message_id) == (0, 0)


def test_money_is_never_asked_for_after_the_lease(room: Room) -> None:
    (message_id,) = room.accept("79030000001")
    room.clock.advance(31)
    room.charging.run_once()
    assert room.billing.charges == {}
    room.sweeping.claim_accepted()
    room.charging.run_once()
    assert room.work(message_id).state == "charged"


def test_money_is_not_asked_for_when_the_lease_ended_during_the_calls_before(room: Room) -> None:
    room.accept("79030000001")
    quote = room.tariffs.quote

    def slow(items):  # type: ignore[no-untyped-def]
        room.clock.advance(31)
        return quote(items)

    room.tariffs.quote = slow  # type: ignore[method-assign]
    room.charging.run_once()
    assert room.billing.charges == {}


def test_one_odd_message_does_not_hold_up_its_batch(room: Room) -> None:
    ids = room.accept(*[f"7903000000{n}" for n in range(7)])
    debit = room.billing.debit

    def picky(items: Sequence[DebitItem]):  # type: ignore[no-untyped-def]
        if ids[3] in [one.message_id for one in items]:
            raise Malformed("one of these is odd")
        return debit(items)

    room.billing.debit = picky  # type: ignore[method-assign]
    room.charging.run_once()
    assert room.states(ids) == ["charged"] * 3 + ["accepted"] + ["charged"] * 3


def test_a_settlement_that_billing_refuses_does_not_hold_up_the_others(room: Room) -> None:
    room.tariffs.by_delivered = True
    ids = room.accept("79030000001", "79030000002")
    room.charging.run_once()
    room.submitting.run_once()
    room.ends.on_receipts([room.receipt(one) for one in room.respond()])
    del room.billing.charges[ids[0]]
    room.settling.run_once()
    assert room.work(ids[1]).charged == PRICE
    due = room.work(ids[0]).due_at
    assert due is not None
    assert (due - room.clock.now()).total_seconds() == 600


def test_one_odd_settlement_does_not_hold_up_its_batch(room: Room) -> None:
    room.tariffs.by_delivered = True
    ids = room.accept(*[f"7903000000{n}" for n in range(5)])
    room.charging.run_once()
    room.submitting.run_once()
    room.ends.on_receipts([room.receipt(one) for one in room.respond()])
    settle = room.billing.settle

    def picky(items: Sequence[SettleItem]):  # type: ignore[no-untyped-def]
        if ids[3] in [one.message_id for one in items]:
            raise GolubError("An unexpected error")
        return settle(items)

    room.billing.settle = picky  # type: ignore[method-assign]
    room.settling.run_once()
    assert set(room.billing.settled) == {*ids} - {ids[3]}
    due = room.work(ids[3]).due_at
    assert due is not None
    assert (due - room.clock.now()).total_seconds() == 600


def test_a_top_up_between_the_debit_and_its_note_is_noticed_within_seconds(room: Room) -> None:
    room.billing.left = 0
    (message_id,) = room.accept("79030000001")
    debit = room.billing.debit

    def topped_up_meanwhile(items: Sequence[DebitItem]):  # type: ignore[no-untyped-def]
        answers = debit(items)
        room.billing.left = PRICE
        room.top_up()
        return answers

    room.billing.debit = topped_up_meanwhile  # type: ignore[method-assign]
    room.charging.run_once()
    assert room.work(message_id).state == "held"
    room.clock.advance(5)
    room.waiting.release()
    room.charging.run_once()
    assert room.work(message_id).state == "charged"


def test_a_top_up_brings_no_more_into_memory_than_there_is_room_for(room: Room) -> None:
    room.billing.left = 0
    room.accept(*[f"7903000000{n}" for n in range(6)])
    room.charging.run_once()
    room.billing.left = 10 * PRICE
    room.context.to_charge.most = 4
    room.clock.advance(6)
    assert room.waiting.release()
    assert len(room.context.to_charge) == 4


def test_held_messages_that_can_not_be_paid_yet_are_not_tried_in_vain(room: Room) -> None:
    room.billing.left = 0
    room.accept("79030000001")
    room.charging.run_once()
    calls = room.billing.calls
    room.clock.advance(6)
    room.waiting.release()
    room.charging.run_once()
    assert room.billing.calls == calls


def test_a_process_without_the_link_leaves_what_it_charged_to_the_one_that_has_it(room: Room) -> None:
    (message_id,) = room.accept("79030000001")
    room.context.submits_here = lambda _: False
    room.charging.run_once()
    assert len(room.context.queue("main")) == 0
    room.restart()
    room.sweeping.claim_charged("main")
    room.submitting.run_once()
    assert room.work(message_id).state == "submitting"


def test_what_is_charged_beyond_the_room_in_memory_is_due_at_once(room: Room) -> None:
    room.context.queue("main").most = 2
    room.accept(*[f"7903000000{n}" for n in range(5)])
    room.charging.run_once()
    assert len(room.context.queue("main")) == 2
    room.submitting.run_once()
    room.context.queue("main").most = 10
    room.sweeping.claim_charged("main")
    assert len(room.context.queue("main")) == 3


def test_a_stage_asks_each_service_once_for_a_batch_and_the_database_a_few_times(room: Room) -> None:
    room.accept(*[f"790300000{n:02d}" for n in range(50)])
    statements: list[str] = []
    event.listen(room.db.engine, "before_cursor_execute", lambda c, cur, statement, *rest: statements.append(statement))
    room.charging.run_once()
    room.submitting.run_once()
    ids = room.respond()
    room.ends.on_receipts([room.receipt(one) for one in ids])
    assert room.billing.calls == 1
    # charge: move, event; submit: move, event, parts; responses: lock, parts, early, move, event; receipts: match, lock,
    # parts, move, event.
    assert len(statements) <= 17, statements


def test_a_work_in_its_first_columns_never_overwrites_the_others(room: Room) -> None:
    (message_id,) = room.accept("79030000001", text="Текст")
    room.charging.run_once()
    before: Work = room.work(message_id)
    room.submitting.run_once()
    room.respond()
    after = room.work(message_id)
    assert (after.text, after.sell_amount, after.direction, after.mcc) == ("Текст", PRICE, before.direction, before.mcc)


def test_of_two_processes_that_settle_the_same_message_one_tells_statistics(room: Room) -> None:
    """Settling leaves the state as it is, so it is the sums by which the second one sees that it comes late."""
    room.accept("79030000001")
    room.charging.run_once()
    room.submitting.run_once()
    room.respond(status=0x0B)
    settle = room.billing.settle

    def slow_settle(items: Sequence[SettleItem]) -> list[SettleResult]:
        """While this process waits for the answer its lease ends, and another one settles."""
        room.billing.settle = settle  # type: ignore[method-assign]
        room.clock.advance(3600)
        room.settling.run_once()
        return settle(items)

    room.billing.settle = slow_settle  # type: ignore[method-assign,assignment]
    room.settling.run_once()
    assert {state: sums for state, sums in room.totals().items() if any(sums)} == {"rejected": (1, 0)}


def test_the_operator_of_the_range_is_stored_beside_the_one_that_serves_the_number(room: Room) -> None:
    room.tariffs.ported["79030000001"] = "01"
    ported, stays = room.accept("79030000001", "79030000002")
    room.charging.run_once()
    first, second = room.work(ported), room.work(stays)
    assert (first.mcc, first.mnc, first.direction) == ("250", "01", "MTS")
    assert (first.estimated_mcc, first.estimated_mnc) == ("250", "99")
    assert (second.mnc, second.direction, second.estimated_mnc) == ("99", "Beeline", "99")
    view = message_view(first, (), link_up=True)
    assert (view.mcc, view.mnc, view.estimated_mcc, view.estimated_mnc) == ("250", "01", "250", "99")
