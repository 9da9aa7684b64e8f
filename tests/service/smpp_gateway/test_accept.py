"""Accepting: durable, idempotent, whole or not at all."""

import eventlet
import pytest

from contracts.errors import IdempotencyMismatch, Malformed
from contracts.smpp_gateway import AcceptItem, AcceptOrder
from tests.service.smpp_gateway.rooms import ADVERTISER, PARTNER, Room


def test_an_accepted_message_is_in_the_database_before_the_answer(room: Room) -> None:
    (message_id,) = room.accept("79030000001")
    work = room.work(message_id)
    assert (work.state, work.recipient, work.parts) == ("accepted", "79030000001", 1)


def test_good_items_are_accepted_while_bad_ones_become_refused_records(room: Room) -> None:
    ids = room.accept("79030000001", "not a number", "")
    assert [(room.work(one).state, room.work(one).reason) for one in ids] == [
        ("accepted", None),
        ("refused", "recipient_invalid"),
        ("refused", "recipient_missing"),
    ]


def test_a_sender_that_is_not_allowed_is_refused_at_the_door(room: Room) -> None:
    (message_id,) = room.accept("79030000001", sender="STRANGER")
    assert room.work(message_id).reason == "sender_unknown"


def test_with_senders_away_messages_are_accepted_and_checked_before_the_money(room: Room) -> None:
    room.senders.away = True
    (message_id,) = room.accept("79030000001", sender="STRANGER")
    assert room.work(message_id).state == "accepted"
    room.senders.away = False
    room.charging.run_once()
    assert room.work(message_id).reason == "sender_unknown"
    assert room.billing.charges == {}


def test_the_same_idempotency_key_gives_the_first_answer_and_stores_nothing_more(room: Room) -> None:
    first = room.accept("79030000001", "79030000002", key="order-1")
    assert room.accept("79030000001", "79030000002", key="order-1") == first
    assert room.count("message") == 2


def test_an_idempotency_key_with_other_contents_is_an_error(room: Room) -> None:
    room.accept("79030000001", key="order-1")
    with pytest.raises(IdempotencyMismatch):
        room.accept("79030000002", key="order-1")
    assert room.count("message") == 1


def test_twenty_requests_at_once_with_one_key_store_one_batch(room: Room) -> None:
    threads = [eventlet.spawn(room.accept, "79030000001", key="same") for _ in range(20)]
    answers = {tuple(thread.wait()) for thread in threads}
    assert len(answers) == 1
    assert room.count("message") == 1


@pytest.mark.parametrize("count", [0, 1001])
def test_a_batch_of_the_wrong_size_stores_nothing(room: Room, count: int) -> None:
    order = AcceptOrder(partner_id=PARTNER, advertiser_id=ADVERTISER, source="http")
    with pytest.raises(Malformed):
        room.intake.accept(order, [AcceptItem(recipient="79030000001", sender="GOLUB", text="x")] * count)
    assert room.count("message") == 0


def test_what_memory_has_no_room_for_is_claimed_from_the_database_later(room: Room) -> None:
    room.context.to_charge.most = 0
    (message_id,) = room.accept("79030000001")
    assert len(room.context.to_charge) == 0
    room.context.to_charge.most = 100
    room.sweeping.claim_accepted()
    room.charging.run_once()
    assert room.work(message_id).state == "charged"


def test_text_with_nul_or_surrogates_is_refused_and_stored_printable(room: Room) -> None:
    ids = room.accept("79030000001", text="a\x00b") + room.accept("79030000001", text="\ud800")
    assert [room.work(one).reason for one in ids] == ["text_invalid", "text_invalid"]
