"""What each part costs where volume decides, and which package pays it."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.billing import DebitItem, DebitResult
from contracts.tariffs import Tier
from services.billing.debits import NO_BUY_PRICE, PARTNER_FUNDS, Debits
from services.billing.payment import FUNDS, NO_PRICE
from services.billing.pricing import Counter, matching, month_of
from services.billing.purse import Pocket
from tests.unit.billing import naive
from tests.unit.billing.examples import ADVERTISER_ID, PARTNER_ID, debits, item, tier

SELL = [tier(1_001, 70), tier(1_000, 80), tier(1, 100)]


def by_volume(*pockets: Pocket, sent: int = 0, bought: int = 0, partner_room: int = 10**12) -> Debits:
    """Debits of accounts that have sent and bought so many parts to the operator of `item` this month."""
    batch = debits(*pockets, partner_room=partner_room)
    batch.counters = {ADVERTISER_ID: Counter(), PARTNER_ID: Counter()}
    batch.counters[ADVERTISER_ID].add(("250", "99", "advertising"), sent)
    batch.counters[PARTNER_ID].add(("250", "99", "advertising"), bought)
    batch.purses[ADVERTISER_ID].individual = any(pocket.prices for pocket in pockets)
    return batch


def own(name: str, room: int, *prices: Tier, **known: Any) -> Pocket:
    return Pocket(name, room, individual=True, prices=prices, **known)


def entered(batch: Debits) -> list[tuple[str, str | None, int]]:
    return [(one.kind, one.package_id, one.amount) for one in batch.entries if one.account_id == ADVERTISER_ID]


def test_the_price_changes_inside_a_message_and_each_part_costs_what_its_place_says() -> None:
    batch = by_volume(Pocket("a", 1_000), sent=998)
    result = batch.decide(item(1, parts=4, sell_tiers=SELL))
    assert (result.sell_amount, result.part_prices) == (320, [100, 80, 70, 70])
    assert entered(batch) == [("debit", "a", 320)]


def test_the_price_changes_inside_a_batch_and_a_refused_message_takes_no_place() -> None:
    batch = by_volume(Pocket("a", 10**6), sent=997)
    [first, mismatched, refused, second, third] = [
        batch.decide(one)
        for one in (
            item(1, parts=2, sell_tiers=SELL),
            item(1, parts=3, sell_tiers=SELL),
            item(2, parts=5, sell_tiers=SELL, buy_price=10**12),
            item(3, sell_tiers=SELL),
            item(4, sell_tiers=SELL),
        )
    ]
    assert [first.sell_amount, mismatched.charged, refused.refusal] == [200, True, PARTNER_FUNDS]
    assert [second.sell_amount, third.sell_amount] == [80, 70]
    assert (first.part_prices, second.part_prices) == (None, None)


def test_what_came_before_in_the_month_is_never_priced_again_whatever_the_batches() -> None:
    whole = by_volume(Pocket("a", 10**6), sent=995)
    total = whole.decide(item(1, parts=10, sell_tiers=SELL)).sell_amount
    pieces = by_volume(Pocket("a", 10**6), sent=995)
    cost = sum(pieces.decide(item(n, parts=parts, sell_tiers=SELL)).sell_amount for n, parts in enumerate((3, 1, 5, 1)))
    assert total == cost == 4 * 100 + 80 + 5 * 70


def test_the_first_row_that_holds_goes_before_one_with_a_greater_number() -> None:
    rows = [tier(10, 90), tier(1_000, 50, mnc=""), tier(1, 100, mnc="")]
    batch = by_volume(Pocket("a", 10**6), sent=5)
    batch.counters[ADVERTISER_ID].add(("250", "1", "service"), 10**4)
    result = batch.decide(item(1, parts=6, sell_tiers=rows))
    assert result.part_prices == [50] * 4 + [90] * 2


def test_a_row_counts_its_own_direction_and_type_only() -> None:
    rows = [tier(3, 10, sms_type="service"), tier(1, 100)]
    batch = by_volume(Pocket("a", 10**6), sent=50)
    one = batch.decide(item(1, parts=3, sms_type="service", sell_tiers=rows))
    other = by_volume(Pocket("a", 10**6), sent=50)
    other.counters[ADVERTISER_ID].add(("250", "2", "service"), 50)
    assert one.part_prices == other.decide(item(1, parts=3, sms_type="service", sell_tiers=rows)).part_prices
    assert one.part_prices == [100, 100, 10]


def test_parts_to_an_unknown_operator_count_for_the_country_and_only_once() -> None:
    counter = Counter()
    counter.add(("250", "", "advertising"), 3)
    counter.add(("250", "99", "advertising"), 4)
    assert counter.sums[("250", "", "")] == counter.sums[("250", "", "advertising")] == 7


@pytest.mark.parametrize(("side", "refusal"), [("sell_tiers", NO_PRICE), ("buy_tiers", NO_BUY_PRICE)])
def test_a_message_with_a_part_that_no_row_prices_is_refused_whole(side: str, refusal: str) -> None:
    late: dict[str, Any] = {side: [tier(1_000, 80)]}
    batch = by_volume(Pocket("a", 10**6), sent=997, bought=997)
    assert batch.decide(item(1, parts=3, **late)).refusal == refusal
    assert (batch.entries, batch.used, [one.refusal for one in batch.refusals]) == ([], {}, [refusal])
    assert batch.decide(item(1, parts=3, sell_price=1)).refusal == refusal


def test_the_partner_buys_by_its_own_place() -> None:
    batch = by_volume(Pocket("a", 10**6), bought=1)
    result = batch.decide(item(1, parts=3, buy_tiers=[tier(3, 40, by_delivered=True), tier(1, 60)]))
    assert (result.buy_amount, result.buy_held, result.sell_amount) == (140, 80, 300)
    partner = [(one.kind, one.amount) for one in batch.entries if one.account_id == PARTNER_ID]
    assert partner == [("debit", 60), ("hold", 80)]


def test_terms_may_differ_by_part_and_each_kind_of_entry_is_made_once() -> None:
    rows = [tier(4, 50), tier(3, 60, by_delivered=True), tier(2, 60), tier(1, 70, by_delivered=True)]
    batch = by_volume(Pocket("a", 10**6))
    result = batch.decide(item(1, parts=5, sell_tiers=rows))
    assert (result.sell_amount, result.sell_held) == (290, 130)
    assert entered(batch) == [("hold", "a", 130), ("debit", "a", 160)]


def test_an_individual_price_goes_before_the_tariff_for_what_its_package_pays() -> None:
    batch = by_volume(own("a", 130, tier(1, 60, by_delivered=True)), Pocket("b", 1_000))
    result = batch.decide(item(1, parts=4))
    assert (result.part_prices, result.sell_held) == ([60, 60, 100, 100], 120)
    assert entered(batch) == [("hold", "a", 120), ("debit", "b", 200)]


def test_packages_without_individual_prices_share_a_part_around_one_that_has_some() -> None:
    batch = by_volume(Pocket("a", 30), own("b", 1_000, tier(1, 60)), Pocket("c", 1_000))
    batch.decide(item(1, parts=3))
    assert naive.part_by_part(batch.charges[0].sell) == [
        (100, False, {"a": 30, "c": 70}),
        (60, False, {"b": 60}),
        (60, False, {"b": 60}),
    ]


def test_a_package_with_an_individual_price_pays_no_part_of_a_part() -> None:
    batch = by_volume(own("a", 59, tier(1, 60)), Pocket("b", 50))
    assert batch.decide(item(1)).refusal == FUNDS
    purse = batch.purses[ADVERTISER_ID]
    assert (purse.available, purse.wanted) == (109, 110)


def test_an_individual_price_of_another_direction_changes_nothing() -> None:
    batch = by_volume(own("a", 59, tier(1, 60, mnc="1")), Pocket("b", 50))
    assert batch.decide(item(1)).sell_amount == 100
    assert entered(batch) == [("debit", "a", 59), ("debit", "b", 41)]


def test_an_individual_price_by_volume_begins_at_its_place_and_the_tariff_holds_before() -> None:
    batch = by_volume(own("a", 1_000, tier(1_000, 60)), sent=997)
    assert batch.decide(item(1, parts=4)).part_prices == [100, 100, 60, 60]


def test_a_package_may_price_what_the_tariff_does_not() -> None:
    rows = [tier(1_000, 80)]
    batch = by_volume(own("a", 120, tier(1, 60)))
    assert batch.decide(item(1, parts=2, sell_tiers=rows)).sell_amount == 120
    assert batch.decide(item(2, sell_tiers=rows)).refusal == FUNDS
    assert batch.purses[ADVERTISER_ID].wanted == 60


def test_a_message_whose_money_ends_at_a_later_part_lacks_money_and_not_a_price() -> None:
    batch = by_volume(own("a", 60, tier(1, 60)))
    assert batch.decide(item(1, parts=2, sell_tiers=[])).refusal == FUNDS
    assert batch.purses[ADVERTISER_ID].wanted == 120


def test_exhausted_packages_are_asked_for_once_and_only_before_a_message_would_lack_a_price() -> None:
    asked: list[int] = []
    batch = by_volume(Pocket("a", 1_000))

    def add_exhausted() -> None:
        asked.append(1)
        batch.purses[ADVERTISER_ID].pockets.append(own("b", 0, tier(3, 30)))
        batch.purses[ADVERTISER_ID].individual = True

    batch.add_exhausted = add_exhausted
    assert (batch.decide(item(1, parts=2)).refusal, asked) == (None, [])
    assert (batch.decide(item(2, sell_tiers=[tier(1, 5_000)])).refusal, asked) == (FUNDS, [])
    answers = [batch.decide(item(3, sell_tiers=[])), batch.decide(item(4, sell_tiers=[], mcc="401"))]
    assert ([one.refusal for one in answers], asked) == ([FUNDS, NO_PRICE], [1])


def test_a_price_of_an_exhausted_package_that_does_not_hold_yet_is_no_price() -> None:
    batch = by_volume(own("a", 0, tier(3, 30)), Pocket("b", 1_000), sent=1)
    refused = [
        batch.decide(item(1, sell_tiers=[])),
        batch.decide(item(2, sell_price=1)),
        batch.decide(item(3, sell_tiers=[])),
    ]
    assert [one.refusal for one in refused] == [NO_PRICE, None, FUNDS]


def test_rows_of_a_package_come_in_the_order_of_a_tariff() -> None:
    rows = [
        tier(1, 1, mnc=""),
        tier(5, 2, mnc=""),
        tier(1, 3, mnc="", sms_type="service"),
        tier(1, 4),
        tier(9, 5),
        tier(1, 6, sms_type="service"),
        tier(1, 7, sms_type="advertising"),
        tier(1, 8, mnc="1"),
    ]
    ordered = matching(rows, item(1, sms_type="service"))
    assert [row.price for row in ordered] == [6, 5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    ("moment", "zone", "month"),
    [
        (datetime(2026, 11, 30, 20, 59, tzinfo=UTC), "Europe/Moscow", date(2026, 11, 1)),
        (datetime(2026, 11, 30, 21, 0, tzinfo=UTC), "Europe/Moscow", date(2026, 12, 1)),
        (datetime(2026, 11, 30, 23, 30, tzinfo=UTC), "UTC", date(2026, 11, 1)),
        (datetime(2026, 11, 30, 21, 30, tzinfo=UTC), "No/Where", date(2026, 12, 1)),
    ],
)
def test_the_month_is_that_of_the_zone_and_an_unknown_zone_is_moscow(moment: datetime, zone: str, month: date) -> None:
    assert month_of(moment, zone) == month


prices = st.sampled_from([0, 1, 20, 30, 50])
rows = st.lists(
    st.builds(
        tier,
        st.sampled_from([1, 2, 3, 5, 8]),
        prices,
        by_delivered=st.booleans(),
        mnc=st.sampled_from(["", "99"]),
        sms_type=st.sampled_from(["", "advertising"]),
    ),
    max_size=4,
    unique_by=lambda row: (row.mnc, row.sms_type, row.from_nth),
)
packages = st.builds(
    naive.Package,
    st.just(""),
    st.sampled_from([0, *range(1, 151)]),
    unlimited=st.sampled_from([False, False, False, True]),
    usable=st.sampled_from([True, True, True, False]),
    prices=st.one_of(st.just([]), rows),
)
messages = st.builds(
    item,
    st.integers(1, 10**6),
    parts=st.integers(1, 6),
    mnc=st.sampled_from(["99", "99", "1"]),
    sms_type=st.sampled_from(["advertising", "service"]),
    sell_price=prices,
    buy_price=prices,
    by_delivered=st.booleans(),
    buy_by_delivered=st.booleans(),
)


@st.composite
def batches(draw: st.DrawFn) -> list[DebitItem]:
    """Messages of different ids, whose tiers are rows that match them."""
    made = draw(st.lists(messages, max_size=8, unique_by=lambda one: one.message_id))
    for one in made:
        for side in ("sell_tiers", "buy_tiers"):
            if draw(st.booleans()):
                setattr(one, side, matching(draw(rows), one))
    return made


def told(result: DebitResult, batch: Debits) -> list[naive.PaidPart] | str:
    if result.refusal is not None:
        return result.refusal
    charge = next(one for one in batch.charges if one.item.message_id == result.message_id)
    return naive.part_by_part(charge.sell)


@settings(deadline=None)
@given(batch=batches(), own_packages=st.lists(packages, max_size=4), bought=st.integers(0, 600))
def test_any_batch_costs_what_the_rules_say_part_by_part(
    batch: list[DebitItem], own_packages: list[naive.Package], bought: int
) -> None:
    for number, package in enumerate(own_packages):
        package.id = str(number)
    decided = by_volume(
        *(own(one.id, one.room, *one.prices, unlimited=one.unlimited, usable=one.usable) for one in own_packages),
        partner_room=bought,
    )
    model = naive.Office(own_packages, bought)
    for one in batch:
        result, expected = decided.decide(one), model.debit(one)
        assert told(result, decided) == expected
        if isinstance(expected, list):
            assert result.sell_amount == sum(price for price, _, _ in expected)
            assert result.sell_held == sum(price for price, held, _ in expected if held)
            each = [price for price, _, _ in expected]
            assert result.part_prices == (each if len(set(each)) > 1 else None)
    advertiser, partner = decided.purses[ADVERTISER_ID], decided.purses[PARTNER_ID]
    assert [pocket.room for pocket in advertiser.pockets] == [package.room for package in own_packages]
    assert partner.available == model.partner_room
    assert advertiser.available == sum(package.room for package in own_packages if package.usable)
    for purse in (advertiser, partner):
        taken = sum(one.amount for one in decided.entries if one.account_id == purse.account_id)
        assert taken == purse.spent + purse.held
    used = sum(parts for (account_id, _), parts in decided.used.items() if account_id == ADVERTISER_ID)
    assert used == len(model.history)
