"""What dies, what comes late, what comes twice."""

import pytest

from contracts.billing import DebitResult
from kit.ids import uuid7_floor
from services.smpp_gateway import repository, repository_parts, repository_waiting
from services.smpp_gateway.link_types import Response
from tests.service.smpp_gateway.rooms import PRICE, Room


def _submitted(room: Room, *recipients: str) -> list[str]:
    ids = room.accept(*recipients)
    room.charging.run_once()
    room.submitting.run_once()
    return ids


def test_after_a_crash_behind_accept_another_life_charges_and_submits_once(room: Room) -> None:
    (message_id,) = room.accept("79030000001")
    room.restart()
    assert not room.sweeping.claim_accepted()
    room.clock.advance(31)
    room.sweeping.claim_accepted()
    room.charging.run_once()
    room.submitting.run_once()
    assert room.work(message_id).state == "submitting"
    assert len(room.link.sent) == 1


def test_after_a_crash_between_debit_and_its_note_the_same_charge_is_found_again(room: Room) -> None:
    (message_id,) = room.accept("79030000001")
    works = room.context.to_charge.take(10)
    quotes = {id: seen.quote for id, seen in room.charging.foresight.ask(works).items()}
    room.charging._debited(works, quotes)
    room.restart()
    room.clock.advance(31)
    room.sweeping.claim_accepted()
    room.charging.run_once()
    assert room.work(message_id).state == "charged"
    assert len(room.billing.charges) == 1


def test_two_lives_that_work_on_the_same_message_submit_it_once(room: Room) -> None:
    (message_id,) = room.accept("79030000001")
    works = room.context.to_charge.take(10)
    charged = room.charging.charge(works)
    assert room.charging.charge(works) == []
    room.submitting.run_once()
    room.context.queue("main").put(charged)
    room.submitting.run_once()
    assert len(room.link.sent) == 1
    assert room.work(message_id).state == "submitting"


def test_a_submit_without_response_is_never_sent_again_and_its_receipt_finds_it(room: Room) -> None:
    (message_id,) = _submitted(room, "79030000001")
    room.submitting.on_lost([room.link.sent[0].key])
    room.clock.advance(40)
    room.sweeping.claim_accepted()
    room.sweeping.claim_charged("main")
    room.charging.run_once()
    room.submitting.run_once()
    assert len(room.link.sent) == 1
    room.ends.on_receipts([room.receipt("never-seen-id")])
    room.ends.match_early()
    work = room.work(message_id)
    assert (work.state, work.charged) == ("delivered", PRICE)
    assert room.count("early_receipt") == 0


def test_a_submit_without_response_or_receipt_becomes_unknown_and_is_refunded(room: Room) -> None:
    (message_id,) = _submitted(room, "79030000001")
    room.submitting.on_lost([room.link.sent[0].key])
    room.clock.advance(11 * 60)
    room.sweeping.overdue("main")
    room.settling.run_once()
    work = room.work(message_id)
    assert (work.state, work.reason, work.charged) == ("unknown", "submit_outcome_unknown", 0)


def test_a_submitted_message_without_receipt_becomes_unknown_and_stays_charged(room: Room) -> None:
    (message_id,) = _submitted(room, "79030000001")
    room.respond()
    room.clock.advance(3601)
    room.sweeping.overdue("main")
    work = room.work(message_id)
    assert (work.state, work.reason, work.charged) == ("unknown", "no_receipt", PRICE)


def test_what_a_dead_process_was_submitting_is_unresolved_for_the_next_owner(room: Room) -> None:
    (message_id,) = _submitted(room, "79030000001")
    with room.db.begin() as connection:
        left = [key for key, _ in repository_parts.submitting(connection, "main", 1, 100)]
    room.restart()
    room.submitting.on_lost(left)
    assert room.work(message_id).state == "submitted"
    room.ends.on_receipts([room.receipt("x")])
    room.ends.match_early()
    assert room.work(message_id).state == "delivered"


def test_a_receipt_before_its_response_waits_for_it(room: Room) -> None:
    (message_id,) = _submitted(room, "79030000001")
    room.ends.on_receipts([room.receipt("smsc0")])
    assert room.work(message_id).state == "submitting"
    room.respond()
    room.ends.match_early()
    assert room.work(message_id).state == "delivered"


def test_a_repeated_receipt_changes_nothing(room: Room) -> None:
    (message_id,) = _submitted(room, "79030000001")
    (smsc_id,) = room.respond()
    room.ends.on_receipts([room.receipt(smsc_id)])
    before = (room.work(message_id), room.totals())
    room.ends.on_receipts([room.receipt(smsc_id), room.receipt(smsc_id, "undelivered")])
    room.ends.match_early()
    assert (room.work(message_id), room.totals()) == before


def test_the_same_receipt_twice_in_one_batch_ends_the_part_once(room: Room) -> None:
    _submitted(room, "79030000001")
    (smsc_id,) = room.respond()
    room.ends.on_receipts([room.receipt(smsc_id), room.receipt(smsc_id)])
    assert room.totals() == {"delivered": (1, PRICE)}


def test_a_repeated_response_changes_nothing(room: Room) -> None:
    (message_id,) = _submitted(room, "79030000001")
    (smsc_id,) = room.respond()
    room.ends.on_receipts([room.receipt(smsc_id)])
    room.submitting.on_responses([Response(room.link.sent[0].key, 0x0B, None)])
    assert room.work(message_id).state == "delivered"


def test_an_intermediate_receipt_is_not_an_end(room: Room) -> None:
    (message_id,) = _submitted(room, "79030000001")
    (smsc_id,) = room.respond()
    room.ends.on_receipts([room.receipt(smsc_id, "enroute")])
    assert room.work(message_id).state == "submitted"


def test_receipts_of_unknown_ids_are_kept_until_they_are_forgotten(room: Room) -> None:
    room.ends.on_receipts([room.receipt("stranger", recipient="79990000000")])
    room.ends.match_early()
    room.clock.advance(3600)
    room.ends.match_early()
    assert room.count("early_receipt") == 1
    with room.db.begin() as connection:
        repository_waiting.forget_early(connection, str(uuid7_floor(room.clock.now())))
    assert room.count("early_receipt") == 0


def test_a_price_that_changed_between_debit_and_crash_is_the_first_one(room: Room) -> None:
    """All of it, on both sides: what was taken, what of it is held, and what each part costs."""
    (message_id,) = room.accept("79030000001")
    room.billing.answers[(message_id, 1)] = DebitResult(
        message_id=message_id,
        attempt=1,
        refusal="idempotency_mismatch",
        sell_amount=5_000,
        buy_amount=1_000,
        sell_held=3_000,
        buy_held=400,
        charged=True,
        part_prices=[3_000, 2_000],
    )
    room.charging.run_once()
    work = room.work(message_id)
    assert (work.state, work.sell_amount, work.charged, work.cost) == ("charged", 5_000, 2_000, 600)
    assert (work.buy_amount, work.sell_held, work.buy_held) == (1_000, 3_000, 400)
    assert work.part_prices == [3_000, 2_000]


def test_the_first_price_stands_when_the_tariff_changed_before_the_repeat(room: Room) -> None:
    (message_id,) = room.accept("79030000001")
    works = room.context.to_charge.take(10)
    quotes = {id: seen.quote for id, seen in room.charging.foresight.ask(works).items()}
    room.charging._debited(works, quotes)
    room.restart()
    room.tariffs.price, room.tariffs.by_delivered = 3 * PRICE, True
    room.clock.advance(31)
    room.sweeping.claim_accepted()
    room.charging.run_once()
    work = room.work(message_id)
    assert (work.state, work.sell_amount, work.sell_held, work.charged) == ("charged", PRICE, 0, PRICE)


def test_a_message_claimed_twice_by_one_process_is_in_memory_once(room: Room) -> None:
    room.accept("79030000001")
    room.clock.advance(31)
    room.sweeping.claim_accepted()
    assert len(room.context.to_charge) == 1


@pytest.mark.parametrize("count", [1, 7])
def test_a_graceful_stop_lets_others_claim_at_once(room: Room, count: int) -> None:
    room.accept(*[f"7903000000{n}" for n in range(count)])
    room.context.give_up_leases()
    room.restart()
    room.sweeping.claim_accepted()
    assert len(room.context.to_charge) == count


def test_a_process_that_is_alone_need_not_wait_for_the_leases_of_its_last_life(room: Room) -> None:
    (message_id,) = room.accept("79030000001")
    room.restart()
    with room.db.begin() as connection:
        assert repository.release_leases(connection, room.clock.now()) == 1
    room.sweeping.claim_accepted()
    room.charging.run_once()
    assert room.work(message_id).state == "charged"
