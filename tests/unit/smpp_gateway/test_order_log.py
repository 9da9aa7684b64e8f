"""A large order in the log is what it would have been as messages at once."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from contracts.smpp_gateway import AcceptItem, AcceptOrder
from kit.ids import run_from, uuid7_run
from services.smpp_gateway.admission import admit
from services.smpp_gateway.order_log import LEAST_ITEMS, LargeOrder, checked, is_large, packed, unpacked
from services.smpp_gateway.order_pace import (
    LEFT_SECONDS,
    LULL_SECONDS,
    MOST_IN_LOG,
    MOST_STANDING_BACK,
    STANDS_BACK,
    Pace,
    Seen,
)

NOW = datetime(2026, 11, 22, 10, 0, 0, 123456, tzinfo=UTC)
VALIDITY = timedelta(hours=2)
PARTNER, ANNA, BORIS = (f"018f0000-0000-7000-8000-0000000000{two}" for two in ("aa", "bb", "cc"))
RECIPIENTS = (
    "79030000001",
    "+7 (903) 000-00-02",
    "89030000003",
    "9030000004",
    "12025550101",
    "wrong",
    " ",
    "",
    "9" * 60,
)
TEXTS = ("Привет", "Hello", "", "  ", "x" * 4001, "nul\0", "\ud800", 'a "quoted" \\ text', "я" * 200, "€" * 80)
SENDERS = ("GOLUB", "", "S" * 40, "nul\0", "\ud800", "Шторм")
REFS = (None, "", "ref-1", "r" * 200, '"', "\0")


def _items(chance: random.Random, count: int) -> list[AcceptItem]:
    """Mailings of one text, of texts that repeat, and of whatever comes."""
    most = chance.choice((1, 3, 10))
    texts, senders, refs = (chance.choices(of, k=most) for of in (TEXTS, SENDERS, REFS))
    sms_type = chance.choice(("advertising", "service", "unheard-of"))
    return [
        AcceptItem(
            recipient=chance.choice(RECIPIENTS),
            sender=chance.choice(senders),
            text=chance.choice(texts),
            client_ref=chance.choice(refs),
            sms_type=sms_type,
        )
        for _ in range(count)
    ]


def _order(chance: random.Random) -> AcceptOrder:
    order = AcceptOrder(partner_id=PARTNER, advertiser_id=ANNA.upper(), source=chance.choice(("http", "cabinet")))
    if chance.random() < 0.5:
        order.send_at, order.validity_seconds = "2026-11-23T09:30:00+03:00", 3600
        order.hours_from, order.hours_to = 540, 1260
    return order


def _through_the_log(order: LargeOrder) -> LargeOrder:
    items = packed(order)
    items.encode()
    return unpacked(order.first_id, order.partner_id, order.advertiser_id, order.accepted_at, items)


def test_messages_out_of_the_log_are_those_that_admission_makes() -> None:
    seed = random.getrandbits(32)
    print("seed", seed)
    chance = random.Random(seed)
    for _ in range(40):
        order, items = _order(chance), _items(chance, chance.randint(1, 40))
        large = checked(order, items, now=NOW, validity=VALIDITY)
        again = _through_the_log(large)
        assert again == large
        expected = admit(order, items, now=NOW, validity=VALIDITY)
        for work, key in zip(expected, large.ids, strict=True):
            work.id = key
        assert again.works() == expected


def test_a_sender_that_is_refused_refuses_what_was_not_refused_before() -> None:
    items = [AcceptItem(recipient=one, sender=name, text="x") for one in ("79030000001", "") for name in ("A", "B")]
    order = checked(_order(random.Random(1)), items, now=NOW, validity=VALIDITY)
    order.refuse({"A": "sender_unknown"})
    assert [work.reason for work in order.works() if work.state == "refused"] == [
        "sender_unknown",
        "recipient_missing",
        "recipient_missing",
    ]
    assert order.senders() == {"B"}


def test_a_mailing_of_one_text_is_little_more_than_its_recipients() -> None:
    items = [AcceptItem(recipient=f"7903{index:07d}", sender="GOLUB", text="я" * 500) for index in range(1000)]
    order = checked(_order(random.Random(1)), items, now=NOW, validity=VALIDITY)
    assert len(packed(order)) < 1000 * 14 + 1000


@pytest.mark.parametrize(
    ("count", "types", "large"),
    [
        (LEAST_ITEMS - 1, ["advertising"], False),
        (LEAST_ITEMS, ["advertising"], True),
        (LEAST_ITEMS, ["service"], True),
        (LEAST_ITEMS, ["transactional"], False),
        (LEAST_ITEMS, ["advertising", "service"], False),
    ],
)
def test_large_are_orders_of_many_messages_none_of_which_is_urgent(count: int, types: list[str], large: bool) -> None:
    items = [AcceptItem(recipient="", sender="", text="", sms_type=types[place % len(types)]) for place in range(count)]
    assert is_large(items) is large


def test_ids_of_a_run_follow_from_the_first_one_and_rise() -> None:
    first, second = uuid7_run(NOW, 5000), uuid7_run(NOW, 20)
    assert run_from(first[0], 5000) == first
    assert sorted({*first, *second}) == [*first, *second]


def _seen(
    number: int, owner: str = ANNA, *, age: timedelta = timedelta(0), messages: int = 1000, priority: int = 3
) -> Seen:
    return Seen(f"018f0000-0000-7000-8000-{number:012d}", owner, priority, messages, NOW - age)


def test_the_log_waits_while_large_orders_are_being_accepted_and_for_a_lull_after() -> None:
    pace = Pace()
    assert not pace.stands_back(10.0, NOW, [_seen(1)])
    pace.begins()
    assert pace.stands_back(10.0, NOW, [_seen(1)])
    pace.ends(10.0, 1000)
    assert pace.stands_back(10.0 + LULL_SECONDS / 2, NOW, [_seen(1)])
    assert not pace.stands_back(10.0 + 2 * LULL_SECONDS, NOW, [_seen(1)])


def test_the_log_waits_neither_for_long_nor_with_many_messages_in_it() -> None:
    pace = Pace()
    pace.begins()
    assert not pace.stands_back(10.0, NOW, [_seen(1, age=STANDS_BACK), _seen(2)])
    assert pace.stands_back(10.0, NOW, [_seen(1, messages=MOST_STANDING_BACK)])
    assert not pace.stands_back(10.0, NOW, [_seen(1, messages=MOST_STANDING_BACK), _seen(2, messages=1)])


def test_a_full_log_takes_no_more_until_somebody_has_looked() -> None:
    pace = Pace()
    assert pace.has_room(MOST_IN_LOG) and not pace.has_room(MOST_IN_LOG + 1)
    pace.begins()
    pace.ends(1.0, MOST_IN_LOG)
    assert not pace.has_room(1)
    pace.stands_back(1.0, NOW, [])
    assert pace.has_room(MOST_IN_LOG)


def test_advertisers_take_turns_and_each_ones_oldest_goes_first() -> None:
    pace = Pace()
    waiting = [*(_seen(number) for number in range(1, 6)), _seen(6, BORIS), _seen(7, BORIS)]
    taken = []
    while waiting:
        first = pace.offered(1.0, waiting)[0]
        pace.took(first.advertiser_id, waiting)
        waiting.remove(first)
        taken.append((first.advertiser_id, int(first.id[-3:])))
    assert taken == [(ANNA, 1), (BORIS, 6), (ANNA, 2), (BORIS, 7), (ANNA, 3), (ANNA, 4), (ANNA, 5)]


def test_what_is_more_urgent_goes_first_whoever_s_turn_it_is() -> None:
    offered = Pace().offered(1.0, [_seen(1), _seen(2, BORIS), _seen(3, BORIS, priority=2)])
    assert [int(one.id[-3:]) for one in offered] == [3, 1, 2]


def test_an_order_that_fails_is_left_for_a_time() -> None:
    pace = Pace()
    pace.leave(1.0, _seen(1).id)
    assert [one.id for one in pace.offered(2.0, [_seen(1), _seen(2)])] == [_seen(2).id]
    assert pace.offered(1.0 + LEFT_SECONDS, [_seen(1)]) == [_seen(1)]
