"""What waits is claimed by urgency, and of equally urgent advertisers each gets its share."""

import uuid
from collections import Counter

from sqlalchemy import text

from contracts.smpp_gateway import AcceptItem, AcceptOrder
from services.smpp_gateway import repository_queue
from tests.service.smpp_gateway.rooms import ADVERTISER, PARTNER, Room

OTHERS = [str(uuid.UUID(int=ADVERTISER_NUMBER)) for ADVERTISER_NUMBER in range(1, 6)]


def _accept(room: Room, advertiser: str, count: int, sms_type: str = "advertising") -> None:
    """As if another process had accepted them and died: nothing in memory, leases over."""
    order = AcceptOrder(partner_id=PARTNER, advertiser_id=advertiser, source="http")
    items = [
        AcceptItem(recipient=f"7903{number:07d}", sender="GOLUB", text="Привет", sms_type=sms_type)
        for number in range(count)
    ]
    room.context.to_charge.most = 0
    room.intake.accept(order, items)
    room.context.to_charge.most = 100
    room.clock.advance(60)


def _claimed(room: Room, limit: int, **options: object) -> Counter[tuple[int, str]]:
    now = room.clock.now()
    with room.db.begin() as connection:
        works = repository_queue.claim(
            connection, "accepted", now=now, lease_until=room.context.lease_end(now), limit=limit,
            room_for=lambda priority: 100, **options,  # type: ignore[arg-type]
        )  # fmt: skip
    return Counter((work.priority, work.advertiser_id) for work in works)


def test_a_large_mailing_leaves_the_others_their_share(room: Room) -> None:
    _accept(room, ADVERTISER, 60)
    for other in OTHERS[:2]:
        _accept(room, other, 20)
    assert _claimed(room, 30) == {(3, ADVERTISER): 10, (3, OTHERS[0]): 10, (3, OTHERS[1]): 10}


def test_what_the_small_ones_leave_goes_to_the_large_one(room: Room) -> None:
    _accept(room, ADVERTISER, 60)
    _accept(room, OTHERS[0], 2)
    assert _claimed(room, 30) == {(3, ADVERTISER): 28, (3, OTHERS[0]): 2}


def test_transactional_messages_go_before_a_mailing_that_came_first(room: Room) -> None:
    _accept(room, ADVERTISER, 60)
    _accept(room, ADVERTISER, 3, "transactional")
    _accept(room, OTHERS[0], 4, "service")
    assert _claimed(room, 10) == {(1, ADVERTISER): 3, (2, OTHERS[0]): 4, (3, ADVERTISER): 3}


def test_what_is_claimed_is_nobody_else_s_until_its_lease_ends(room: Room) -> None:
    _accept(room, ADVERTISER, 5)
    assert _claimed(room, 3).total() == 3
    assert _claimed(room, 5).total() == 2
    assert _claimed(room, 5).total() == 0
    room.clock.advance(60)
    assert _claimed(room, 5).total() == 5


def test_advertisers_that_are_passed_over_wait(room: Room) -> None:
    _accept(room, ADVERTISER, 5)
    _accept(room, OTHERS[0], 5)
    assert _claimed(room, 20, without={ADVERTISER}) == {(3, OTHERS[0]): 5}


def test_of_more_lines_than_a_claim_looks_at_none_is_left_out_for_good(room: Room) -> None:
    for other in OTHERS:
        _accept(room, other, 1)
    most, repository_queue.MOST_LINES = repository_queue.MOST_LINES, 2
    try:
        seen = Counter[tuple[int, str]]()
        # Nine in ten of such rounds find all; one that never does would go on until the limit of the whole test.
        while len(seen) < len(OTHERS):
            seen += _claimed(room, 10)
            room.clock.advance(60)
    finally:
        repository_queue.MOST_LINES = most
    assert set(seen) == {(3, other) for other in OTHERS}


def test_a_message_is_in_the_index_of_its_stage_alone(room: Room) -> None:
    """The planner must take the index of the queue for claims, and the other one for what is overdue."""
    with room.db.begin() as connection:
        plans = {}
        for name, condition in {
            "queue": "state = 'charged' AND link = 'main' AND priority = 3 AND due_at <= now() ORDER BY due_at, id",
            "open": "state = 'submitted' AND link = 'main' AND due_at <= now() ORDER BY due_at, id",
            "due": "state = 'delivered' AND due_at <= now() ORDER BY due_at, id",
        }.items():
            rows = connection.execute(text(f"EXPLAIN SELECT id FROM message WHERE {condition} LIMIT 5")).scalars()
            plans[name] = " ".join(rows)
    assert "state_link_priority" in plans["queue"]
    assert "state_link_due_at" in plans["open"]
    assert "state_due_at" in plans["due"]
