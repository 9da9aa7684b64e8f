"""Taking messages back: final at once, never sent, paid back to the last kopeck; never what an operator may have."""

import pytest
from sqlalchemy import text

from contracts.smpp_gateway import CancelMatch
from kit.clock import to_rfc3339
from services.smpp_gateway.changing import Changing
from services.smpp_gateway.work import RECEIPT_ALWAYS
from tests.service.smpp_gateway.neighbours import PRICE
from tests.service.smpp_gateway.rooms import ADVERTISER, NOW, Room
from tests.service.smpp_gateway.statements import statements

OTHER = "018f0000-0000-7000-8000-0000000000cc"
#: Longer than any process can still be about to take a message's money.
SETTLED_SECONDS = 121


@pytest.fixture
def changing(room: Room) -> Changing:
    return Changing(room.context)


def verdict(changing: Changing, message_id: str, advertiser: str = ADVERTISER) -> str:
    return changing.cancel(advertiser, [message_id])[message_id]


def settled(room: Room) -> None:
    room.clock.advance(SETTLED_SECONDS)
    while room.settling.run_once():
        pass


def end(room: Room, message_id: str) -> tuple[str, str | None, int]:
    work = room.work(message_id)
    return work.state, work.reason, work.charged


def receipts(room: Room) -> list[tuple[str, str]]:
    with room.db.begin() as connection:
        return [tuple(row) for row in connection.execute(text("SELECT message_id::text, state FROM client_receipt"))]  # type: ignore[misc]


def test_what_was_not_charged_is_refused_and_never_goes_out(room: Room, changing: Changing) -> None:
    (one,) = room.accept("79030000001", receipts=RECEIPT_ALWAYS)
    assert verdict(changing, one) == "cancelled"
    room.charging.run_once()
    room.submitting.run_once()
    settled(room)
    assert end(room, one) == ("refused", "cancelled", 0)
    assert room.link.sent == []
    assert room.work(one).due_at is None, "nothing will look at it again"
    assert receipts(room) == [(one, "deleted")]
    assert room.totals() == {"refused": (1, 0)}


def test_what_was_charged_is_paid_back(room: Room, changing: Changing) -> None:
    before = room.billing.left
    (one,) = room.accept("79030000001", text="Ы" * 150, receipts=RECEIPT_ALWAYS)
    room.charging.run_once()
    assert room.billing.left == before - 3 * PRICE
    assert verdict(changing, one) == "cancelled"
    room.submitting.run_once()
    settled(room)
    assert end(room, one) == ("rejected", "cancelled", 0)
    assert (room.link.sent, room.billing.left) == ([], before)
    assert receipts(room) == [(one, "deleted")]
    assert room.totals() == {"rejected": (1, 0)}


def test_money_that_a_process_takes_at_this_moment_comes_back(room: Room, changing: Changing) -> None:
    """The message is in the memory of another process, which has read it and is asking billing for its money."""
    before = room.billing.left
    (one,) = room.accept("79030000001")
    debit = room.billing.debit

    def cancelled_meanwhile(items):  # type: ignore[no-untyped-def]
        results = debit(items)
        assert verdict(changing, one) == "cancelled"
        return results

    room.billing.debit = cancelled_meanwhile  # type: ignore[method-assign]
    room.charging.run_once()
    assert room.billing.left == before - PRICE
    room.submitting.run_once()
    settled(room)
    assert end(room, one) == ("refused", "cancelled", 0)
    assert (room.link.sent, room.billing.left) == ([], before)


def test_a_process_that_has_it_in_memory_to_submit_drops_it(room: Room, changing: Changing) -> None:
    ids = room.accept("79030000001", "79030000002")
    room.charging.run_once()
    assert len(room.context.queue("main")) == 2
    assert verdict(changing, ids[0]) == "cancelled"
    room.submitting.run_once()
    assert [one.pdu.destination_addr for one in room.link.sent] == ["79030000002"]
    room.restart()
    room.clock.advance(60)
    room.sweeping.claim_charged("main")
    room.submitting.run_once()
    assert len(room.link.sent) == 1


@pytest.mark.parametrize("answered", [False, True])
def test_what_an_operator_has_or_may_have_is_not_cancelled(room: Room, changing: Changing, answered: bool) -> None:
    (one,) = room.accept("79030000001")
    room.charging.run_once()
    room.submitting.run_once()
    if answered:
        room.respond()
    state = room.work(one).state
    assert verdict(changing, one) == "too_late"
    assert room.work(one).state == state == ("submitted" if answered else "submitting")


def test_what_got_no_response_is_not_cancelled(room: Room, changing: Changing) -> None:
    (one,) = room.accept("79030000001")
    room.charging.run_once()
    room.submitting.run_once()
    room.submitting.on_lost([room.link.sent[0].key])  # type: ignore[list-item]
    assert verdict(changing, one) == "too_late"


def test_what_the_operator_did_not_take_yet_can_be_cancelled(room: Room, changing: Changing) -> None:
    before = room.billing.left
    (one,) = room.accept("79030000001", text="Ы" * 100)
    room.charging.run_once()
    room.submitting.run_once()
    room.respond(status=0x58)
    assert room.work(one).state == "charged"
    assert verdict(changing, one) == "cancelled"
    settled(room)
    assert end(room, one) == ("rejected", "cancelled", 0)
    assert room.billing.left == before


def test_a_message_of_which_one_part_went_out_is_not_cancelled(room: Room, changing: Changing) -> None:
    (one,) = room.accept("79030000001", text="Ы" * 100)
    room.charging.run_once()
    room.link.dead_after = 1
    room.submitting.run_once()
    room.submitting.feeding.tend(up=False)
    room.respond()
    assert room.work(one).state == "charged"
    assert verdict(changing, one) == "too_late"


def test_what_waits_for_money_is_cancelled_and_its_line_goes_on(room: Room, changing: Changing) -> None:
    room.billing.left = 0
    ids = room.accept("79030000001", "79030000002")
    room.charging.run_once()
    assert room.states(ids) == ["held", "held"]
    assert verdict(changing, ids[0]) == "cancelled"
    room.top_up(10 * PRICE)
    room.clock.advance(5)
    while room.waiting.release():
        pass
    room.charging.run_once()
    assert room.states(ids) == ["refused", "charged"]
    assert room.billing.left == 9 * PRICE


def test_another_advertisers_message_is_unknown(room: Room, changing: Changing) -> None:
    (one,) = room.accept("79030000001")
    assert verdict(changing, one, OTHER) == "not_found"
    assert room.work(one).state == "accepted"


def test_cancelling_twice_is_as_good_as_once_and_what_ended_otherwise_stays(room: Room, changing: Changing) -> None:
    first, second = room.accept("79030000001", "79030000002")
    assert verdict(changing, first) == verdict(changing, first) == "cancelled"
    room.charging.run_once()
    room.submitting.run_once()
    room.ends.on_receipts([room.receipt(one) for one in room.respond()])
    assert verdict(changing, second) == "final"
    assert room.totals()["refused"] == (1, 0)


def test_many_are_cancelled_in_as_many_statements_as_one(room: Room, changing: Changing) -> None:
    ids = room.accept(*[f"7903000{number:04d}" for number in range(51)])
    with statements() as alone:
        changing.cancel(ADVERTISER, ids[:1])
    with statements() as together:
        assert set(changing.cancel(ADVERTISER, ids[1:]).values()) == {"cancelled"}
    assert len(together) == len(alone)
    assert set(room.states(ids)) == {"refused"}


@pytest.mark.parametrize(
    ("match", "left"),
    [
        (CancelMatch(), []),
        (CancelMatch(recipient="+7 903 000-00-01"), [1, 2]),
        (CancelMatch(recipient="79030000001", sender="OTHER"), [0, 1, 2]),
        (CancelMatch(since=to_rfc3339(NOW.replace(hour=11))), [0, 1]),
        (CancelMatch(idempotency_key="mailing"), [0, 2]),
        (CancelMatch(idempotency_key="unknown"), [0, 1, 2]),
    ],
)
def test_all_that_match_are_cancelled_and_no_others(
    room: Room, changing: Changing, match: CancelMatch, left: list[int]
) -> None:
    ids = room.accept("79030000001") + room.accept("79030000002", key="mailing")
    room.clock.advance(3600)
    ids += room.accept("79030000003")
    foreign = room.accept("79030000001", advertiser=OTHER)
    page = changing.cancel_matching(ADVERTISER, match, None)
    assert (page.cancelled, page.next_cursor) == (3 - len(left), None)
    assert [index for index, state in enumerate(room.states(ids)) if state == "accepted"] == left
    assert room.states(foreign, OTHER) == ["accepted"]
