"""From accepted to final: each stage moves a message once, and money follows."""

import pytest

from contracts.errors import Unavailable
from tests.service.smpp_gateway.rooms import ADVERTISER, PRICE, Room


def _submitted(room: Room, *recipients: str, **options: str) -> list[str]:
    ids = room.accept(*recipients, **options)
    room.charging.run_once()
    room.submitting.run_once()
    return ids


def test_a_message_goes_all_the_way(room: Room) -> None:
    (message_id,) = _submitted(room, "79030000001")
    assert room.work(message_id).state == "submitting"
    (smsc_id,) = room.respond()
    assert room.work(message_id).state == "submitted"
    room.ends.on_receipts([room.receipt(smsc_id)])
    work = room.work(message_id)
    assert (work.state, work.charged, work.cost, work.due_at) == ("delivered", PRICE, PRICE // 2, None)


def test_totals_add_up_to_the_final_states_whatever_happened_in_between(room: Room) -> None:
    _submitted(room, *[f"7903000000{n}" for n in range(4)], "12025550123", "bad")
    ids = room.respond()
    room.ends.on_receipts([room.receipt(one, "delivered" if n % 2 else "undelivered") for n, one in enumerate(ids)])
    assert room.totals() == {"delivered": (2, 2 * PRICE), "undelivered": (2, 2 * PRICE), "refused": (2, 0)}


def test_a_number_of_no_operator_is_refused_and_not_charged(room: Room) -> None:
    (message_id,) = _submitted(room, "+1 202 555 0123")
    work = room.work(message_id)
    assert (work.state, work.reason, work.charged) == ("refused", "direction_unknown", 0)
    assert room.billing.charges == {}


def test_nothing_is_submitted_while_billing_is_away_and_everything_goes_on_after(room: Room) -> None:
    room.billing.away = True
    (message_id,) = room.accept("79030000001")
    with pytest.raises(Unavailable):
        room.charging.run_once()
    assert room.work(message_id).state == "accepted"
    room.billing.away = False
    room.charging.run_once()
    room.submitting.run_once()
    assert len(room.link.sent) == 1


def test_without_money_messages_are_held_and_go_out_in_order_after_a_top_up(room: Room) -> None:
    room.billing.left = 2 * PRICE
    ids = _submitted(room, *[f"7903000000{n}" for n in range(5)])
    assert room.states(ids) == ["submitting", "submitting", "held", "held", "held"]
    assert room.work(ids[2]).reason == "funds"
    room.billing.left = PRICE
    room.news_of_money([ADVERTISER], [])
    room.waiting.release()
    room.charging.run_once()
    assert room.states(ids)[2:] == ["charged", "held", "held"]


def test_a_message_held_too_long_is_refused_uncharged(room: Room) -> None:
    room.billing.left = 0
    (message_id,) = _submitted(room, "79030000001")
    room.clock.advance(3 * 3600)
    room.waiting.end_waits()
    work = room.work(message_id)
    assert (work.state, work.reason, work.charged) == ("refused", "funds_too_long", 0)


def test_a_charged_message_that_no_link_took_in_time_gives_the_money_back(room: Room) -> None:
    (message_id,) = room.accept("79030000001")
    room.charging.run_once()
    room.clock.advance(3 * 3600)
    room.sweeping.claim_charged("main")
    room.submitting.run_once()
    assert room.work(message_id).state == "expired"
    room.settling.run_once()
    assert room.work(message_id).charged == 0
    assert room.link.sent == []


def test_a_message_rejected_by_the_operator_is_refunded(room: Room) -> None:
    (message_id,) = _submitted(room, "79030000001")
    room.respond(status=0x0B)
    room.settling.run_once()
    work = room.work(message_id)
    assert (work.state, work.reason, work.charged, work.cost) == ("rejected", "rejected_by_operator", 0, 0)


def test_a_throttled_part_is_submitted_again_later_and_charged_once(room: Room) -> None:
    (message_id,) = _submitted(room, "79030000001")
    room.respond(status=0x58)
    assert room.work(message_id).state == "charged"
    room.submitting.run_once()
    assert len(room.link.sent) == 1
    room.clock.advance(2)
    room.sweeping.claim_charged("main")
    room.submitting.run_once()
    assert len(room.link.sent) == 2
    room.respond(since=1)
    assert room.work(message_id).state == "submitted"
    assert len(room.billing.charges) == 1


def test_a_long_message_is_delivered_when_all_parts_are(room: Room) -> None:
    (message_id,) = _submitted(room, "79030000001", text="я" * 150)
    assert len(room.link.sent) == 3
    ids = room.respond()
    for smsc_id in ids[:2]:
        room.ends.on_receipts([room.receipt(smsc_id)])
        assert room.work(message_id).state == "submitted"
    room.ends.on_receipts([room.receipt(ids[2])])
    work = room.work(message_id)
    assert (work.state, work.charged) == ("delivered", 3 * PRICE)


def test_by_delivered_pays_for_delivered_parts_only(room: Room) -> None:
    room.tariffs.by_delivered = True
    (message_id,) = _submitted(room, "79030000001", text="я" * 150)
    assert room.work(message_id).charged == 0
    ids = room.respond()
    room.ends.on_receipts([room.receipt(ids[0]), room.receipt(ids[1], "undelivered"), room.receipt(ids[2])])
    room.settling.run_once()
    work = room.work(message_id)
    assert (work.state, work.charged) == ("undelivered", 2 * PRICE)


def test_a_throttled_part_of_a_long_message_goes_alone_the_second_time(room: Room) -> None:
    (message_id,) = _submitted(room, "79030000001", text="я" * 150)
    first, second, third = room.link.sent
    from services.smpp_gateway.link_types import Response

    room.submitting.on_responses(
        [Response(first.key, 0, "a"), Response(second.key, 0x58, None), Response(third.key, 0, "c")]
    )
    room.clock.advance(2)
    room.sweeping.claim_charged("main")
    room.submitting.run_once()
    assert [one.key[:2] for one in room.link.sent[3:]] == [second.key[:2]]
    assert room.work(message_id).state == "submitting"


def test_a_long_message_waits_for_a_window_that_is_partly_taken_instead_of_splitting(room: Room) -> None:
    room.link.window = 4
    _submitted(room, "79030000001")
    room.link.window = 2
    room.accept("79030000002", text="я" * 150)
    room.charging.run_once()
    assert not room.submitting.run_once()
    assert len(room.link.sent) == 1
    room.link.window = 4
    room.submitting.run_once()
    assert len(room.link.sent) == 4


def test_a_long_message_goes_in_pieces_over_a_window_that_is_always_too_small(room: Room) -> None:
    room.link.window = room.link.most = 2
    (message_id,) = _submitted(room, "79030000001", text="я" * 150)
    assert len(room.link.sent) == 2
    room.respond()
    room.link.most = None
    room.submitting.run_once()
    assert [one.key.number for one in room.link.sent] == [1, 2, 3]
    room.respond(since=2)
    assert room.work(message_id).state == "submitted"


def test_what_the_link_did_not_take_waits_and_is_sent_later(room: Room) -> None:
    room.link.dead_after = 1
    _submitted(room, "79030000001", "79030000002")
    assert len(room.link.sent) == 1
    room.link.dead_after = None
    room.submitting.feeding.tend(up=True)
    assert len(room.link.sent) == 2
    assert len({one.key[:2] for one in room.link.sent}) == 2
