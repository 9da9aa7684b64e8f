"""What ended here is settled from memory; what nobody has in memory is found in the database."""

from dataclasses import replace

import pytest

from services.smpp_gateway import repository_waiting
from services.smpp_gateway.ended import EndedQueue
from services.smpp_gateway.settling import LOOK
from tests.service.smpp_gateway.rooms import PRICE, Room
from tests.service.smpp_gateway.statements import round_trips


@pytest.fixture(autouse=True)
def paid_by_delivered(room: Room) -> None:
    room.tariffs.by_delivered = True


def _delivered(room: Room, recipient: str) -> str:
    (message_id,) = room.accept(recipient)
    before = len(room.link.sent)
    room.charging.run_once()
    room.submitting.run_once()
    room.ends.on_receipts([room.receipt(one) for one in room.respond(prefix=recipient, since=before)])
    return message_id


def _settled(room: Room, *ids: str) -> list[bool]:
    return [room.work(one).due_at is None and room.work(one).charged == PRICE for one in ids]


def test_what_ended_here_is_settled_without_looking_for_it(room: Room) -> None:
    first = _delivered(room, "79030000001")
    room.settling.run_once()
    second = _delivered(room, "79030000002")
    with round_trips() as asked:
        room.settling.run_once()
    assert len(asked) == 1 and _settled(room, first, second) == [True, True]
    assert room.totals() == {"delivered": (2, 2 * PRICE)}


def test_what_another_process_left_is_looked_for_now_and_then_whatever_ends_here(room: Room) -> None:
    left = _delivered(room, "79030000001")
    room.restart()
    room.settling.run_once()
    assert _settled(room, left) == [False], "its lease goes on"
    room.clock.advance(31)
    own = _delivered(room, "79030000002")
    room.context.to_settle.look = False
    room.clock.advance(LOOK.total_seconds())
    room.settling.run_once()
    assert _settled(room, left, own) == [True, True]
    assert room.totals() == {"delivered": (2, 2 * PRICE)}


def test_what_others_left_is_settled_though_a_batch_ends_here_each_time(room: Room) -> None:
    left = [_delivered(room, f"790300000{n}") for n in range(10, 12)]
    room.restart()
    room.context.limits = replace(room.context.limits, batch=2)
    room.clock.advance(31)
    own = [_delivered(room, f"790300000{n}") for n in range(12, 16)]
    assert room.settling.run_once() and room.settling.run_once(), "there is more"
    assert _settled(room, *left, *own) == [True] * 4 + [False] * 2
    while room.settling.run_once():
        pass
    assert _settled(room, *own) == [True] * 4
    assert room.totals() == {"delivered": (6, 6 * PRICE)}


def test_a_process_that_stops_in_order_leaves_it_to_the_next_at_once(room: Room) -> None:
    ids = [_delivered(room, recipient) for recipient in ("79030000001", "79030000002")]
    room.context.give_up_leases()
    room.restart()
    room.settling.run_once()
    assert _settled(room, *ids) == [True, True]
    assert room.totals() == {"delivered": (2, 2 * PRICE)}


def test_what_memory_has_no_room_for_is_found_in_the_database(room: Room) -> None:
    room.context.to_settle = EndedQueue(1)
    ids = [_delivered(room, recipient) for recipient in ("79030000001", "79030000002")]
    assert len(room.context.to_settle) == 1
    room.settling.run_once()
    assert _settled(room, *ids) == [True, True]


def test_what_waited_in_memory_longer_than_its_lease_is_settled_once(room: Room) -> None:
    message_id = _delivered(room, "79030000001")
    other = room.context.to_settle
    room.clock.advance(31)
    room.restart()
    room.settling.run_once()
    room.context.to_settle = other
    room.settling.run_once()
    assert _settled(room, message_id) == [True] and len(other) == 0
    assert room.totals() == {"delivered": (1, PRICE)}


def test_a_transaction_that_fails_leaves_nothing_to_be_settled(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    (message_id,) = room.accept("79030000001")
    room.charging.run_once()
    room.submitting.run_once()
    (smsc_id,) = room.respond()

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched, pytest.raises(ZeroDivisionError):
        patched.setattr(repository_waiting, "store_early", broken)
        room.ends.on_receipts([room.receipt(smsc_id)])
    assert len(room.context.to_settle) == 0 and room.states([message_id]) == ["submitted"]
