"""What a charged message costs in the end, by how each of its parts ended."""

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.billing import SettleItem
from contracts.errors import Conflict, NotFound
from services.billing.pricing import Portion
from services.billing.purse import Pocket, Purse, Share
from services.billing.settlements import Charge, Settlements, kept_of, refuse_impossible
from tests.unit.billing.examples import ADVERTISER_ID, PARTNER_ID, advertiser, message_id, partner


def charge(number: int = 1, *, by_delivered: bool = False, **changes: Any) -> Charge:
    """Three parts for 100 each, paid by two packages, bought for 60 each."""
    known: dict[str, Any] = {
        "message_id": message_id(number),
        "advertiser_id": ADVERTISER_ID,
        "partner_id": PARTNER_ID,
        "parts": 3,
        "sell": [Portion(3, 100, by_delivered, [("a", 120), ("b", 180)])],
        "buy": [Portion(3, 60, False, [(None, 180)])],
    }
    return Charge(**known | changes)


def ended(number: int = 1, outcomes: str = "ddd") -> SettleItem:
    return SettleItem(message_id=message_id(number), outcomes=outcomes)


def purses(**rooms: int) -> dict[str, Purse]:
    own = advertiser(*(Pocket(name, room) for name, room in rooms.items()))
    return {ADVERTISER_ID: own, PARTNER_ID: partner()}


def settled(sell: list[Portion], outcomes: str) -> tuple[Settlements, Charge]:
    one = charge(sell=sell, parts=len(outcomes), buy=[Portion(len(outcomes), 0, False)])
    settlements = Settlements(purses(a=0, b=0, c=0))
    settlements.settle(one, outcomes)
    return settlements, one


def entries(settlements: Settlements) -> list[tuple[str, str | None, int]]:
    return [(one.kind, one.package_id, one.amount) for one in settlements.entries]


@pytest.mark.parametrize(
    ("by_delivered", "outcomes", "parts"),
    [(True, "dux", 1), (False, "dux", 2), (True, "uuu", 0), (False, "uuu", 3), (False, "xxx", 0), (True, "xdd", 2)],
)
def test_by_delivered_charges_delivered_parts_else_all_that_the_operator_took(
    by_delivered: bool, outcomes: str, parts: int
) -> None:
    _, one = settled([Portion(3, 100, by_delivered, [("a", 300)])], outcomes)
    assert one.charged == parts * 100


def test_a_hold_over_two_packages_captures_from_the_first_and_releases_to_the_last() -> None:
    settlements, held = Settlements(purses(a=0, b=0)), charge(by_delivered=True)
    settlements.settle(held, "ddu")
    assert (held.charged, held.cost) == (200, 180)
    assert entries(settlements) == [("capture", "a", 120), ("capture", "b", 80), ("release", "b", 100)]


def test_a_part_returns_to_the_packages_that_paid_this_part() -> None:
    settlements, _ = settled([Portion(3, 100, True, [("a", 120), ("b", 180)])], "udd")
    assert entries(settlements) == [("capture", "a", 20), ("capture", "b", 180), ("release", "a", 100)]
    settlements, _ = settled([Portion(3, 100, True, [("a", 120), ("b", 180)])], "dud")
    assert entries(settlements) == [
        ("capture", "a", 100),
        ("capture", "b", 100),
        ("release", "a", 20),
        ("release", "b", 80),
    ]


def test_each_part_ends_by_the_price_and_terms_of_its_own_portion() -> None:
    sell = [Portion(2, 100, True, [("a", 200)]), Portion(2, 70, False, [("b", 140)])]
    settlements, one = settled(sell, "duux")
    assert one.charged == 100 + 70
    assert entries(settlements) == [("capture", "a", 100), ("release", "a", 100), ("refund", "b", 70)]


def test_one_package_that_holds_one_portion_and_paid_another_is_told_in_one_entry_of_each_kind() -> None:
    sell = [Portion(1, 100, True, [("a", 100)]), Portion(1, 80, False, [("a", 80)]), Portion(1, 60, True, [("a", 60)])]
    settlements, one = settled(sell, "dxd")
    assert one.charged == 160
    assert entries(settlements) == [("capture", "a", 160), ("refund", "a", 80)]


def test_parts_that_were_never_submitted_are_refunded_on_both_sides() -> None:
    settlements, charged = Settlements(purses(a=0, b=0)), charge()
    settlements.settle(charged, "uxx")
    assert (charged.charged, charged.cost) == (100, 60)
    assert [(one.kind, one.account_id, one.package_id, one.amount) for one in settlements.entries] == [
        ("refund", ADVERTISER_ID, "a", 20),
        ("refund", ADVERTISER_ID, "b", 180),
        ("refund", PARTNER_ID, None, 120),
    ]


def test_a_refund_by_hand_goes_on_where_the_settlement_ended() -> None:
    settlements, paid = Settlements(purses(a=0, b=0)), charge(outcomes="ddd", charged=300, cost=180)
    assert settlements.refund(paid, 150) == 150
    assert settlements.refund(paid, 50) == 100
    assert entries(settlements) == [("refund", "b", 150), ("refund", "a", 20), ("refund", "b", 30)]


def test_a_refund_of_portions_begins_at_the_last_part_that_is_still_paid() -> None:
    sell = [
        Portion(1, 100, False, [("b", 100)]),
        Portion(2, 70, False, [("a", 140)]),
        Portion(1, 50, True, [("b", 50)]),
    ]
    settlements, one = settled(sell, "dddu")
    settlements.entries.clear()
    assert settlements.refund(one, 200) == 40
    assert entries(settlements) == [("refund", "b", 60), ("refund", "a", 140)]


def test_more_than_the_message_cost_is_never_refunded() -> None:
    paid = charge(outcomes="ddd", charged=300, cost=180, refunded=250)
    with pytest.raises(Conflict) as refused:
        Settlements(purses(a=0, b=0)).refund(paid, 51)
    assert refused.value.data == {"charged": 50}


def test_a_message_that_has_not_ended_is_not_refunded() -> None:
    with pytest.raises(Conflict):
        Settlements(purses(a=0, b=0)).refund(charge(), 1)


def test_unknown_messages_are_named() -> None:
    with pytest.raises(NotFound) as refused:
        refuse_impossible([ended(1), ended(2)], {message_id(1): charge()})
    assert refused.value.data == {"message_ids": [message_id(2)]}


def test_outcomes_of_other_parts_or_other_ones_than_at_first_are_named() -> None:
    charges = {
        message_id(1): charge(1),
        message_id(2): charge(2, outcomes="ddd", charged=300, cost=180),
        message_id(3): charge(3),
        message_id(4): charge(4, outcomes="dud", charged=300, cost=180),
        message_id(5): charge(5, outcomes="dud", charged=300, cost=180),
    }
    items = [ended(1, "dd"), ended(2, "ddu"), ended(3), ended(3, "ddu"), ended(4, "dud"), ended(5, "ddu")]
    with pytest.raises(Conflict) as refused:
        refuse_impossible(items, charges)
    assert refused.value.data == {"message_ids": [message_id(number) for number in (1, 2, 3, 5)]}


packages = st.sampled_from(["a", "b", "c"])


@st.composite
def portions(draw: st.DrawFn) -> list[Portion]:
    """A message as any packages might have paid it."""
    made = []
    for _ in range(draw(st.integers(1, 4))):
        portion = Portion(draw(st.integers(1, 4)), draw(st.integers(0, 30)), draw(st.booleans()))
        cuts = sorted(draw(st.sets(st.integers(1, max(1, portion.amount - 1)), max_size=3)) | {0, portion.amount})
        pairs = itertools.pairwise(cuts)
        portion.shares = [(draw(packages), high - low) for low, high in pairs if low < high <= portion.amount]
        made.append(portion)
    return made


def naive(sell: list[Portion], outcomes: str) -> list[tuple[str, Share]]:
    """Coin by coin: (capture, release, refund or keep, (package, 1))."""
    ended, offset = [], 0
    for portion in sell:
        coins = [package_id for package_id, amount in portion.shares for _ in range(amount)]
        for number in range(portion.parts):
            letter = outcomes[offset + number]
            kept = letter == "d" or (letter == "u" and not portion.by_delivered)
            kind = ("capture" if kept else "release") if portion.by_delivered else ("keep" if kept else "refund")
            ended += [(kind, (coin, 1)) for coin in coins[number * portion.price : (number + 1) * portion.price]]
        offset += portion.parts
    return ended


@settings(deadline=None)
@given(sell=portions(), data=st.data())
def test_every_coin_of_a_part_ends_as_the_part_did(sell: list[Portion], data: st.DataObject) -> None:
    count = sum(portion.parts for portion in sell)
    outcomes = data.draw(st.text("dux", min_size=count, max_size=count))
    settlements, one = settled(sell, outcomes)
    expected: dict[tuple[str, str | None], int] = {}
    for kind, (package_id, coin) in naive(sell, outcomes):
        expected[kind, package_id] = expected.get((kind, package_id), 0) + coin
    told = {(kind, package_id): amount for kind, package_id, amount in entries(settlements)}
    assert told == {key: amount for key, amount in expected.items() if key[0] != "keep"}
    assert one.charged == sum(amount for (kind, _), amount in expected.items() if kind in ("capture", "keep"))
    assert len(told) == len(settlements.entries)
    amount = data.draw(st.integers(0, one.charged))
    settlements.entries.clear()
    assert settlements.refund(one, amount) == one.charged - amount
    kept = [share for kind, share in naive(sell, outcomes) if kind in ("capture", "keep")]
    returned: dict[str | None, int] = {}
    for package_id, coin in kept[one.charged - amount :]:
        returned[package_id] = returned.get(package_id, 0) + coin
    assert {id: sum_ for _, id, sum_ in entries(settlements)} == returned


def test_more_than_the_shares_cannot_be_kept() -> None:
    with pytest.raises(ValueError, match="less than"):
        kept_of([("a", 10)], 11)


@given(shares=st.lists(st.integers(0, 1_000), max_size=6), data=st.data())
def test_what_is_kept_comes_from_the_first_shares(shares: list[int], data: st.DataObject) -> None:
    kept = data.draw(st.integers(0, sum(shares)))
    named: list[Share] = [(str(index), amount) for index, amount in enumerate(shares)]
    parts = kept_of(named, kept)
    assert sum(part for _, part in parts) == kept
    assert all(part <= amount for (_, part), amount in zip(parts, shares, strict=True))
    first_cut = next((index for index, (_, part) in enumerate(parts) if part < shares[index]), len(parts))
    assert all(part == 0 for _, part in parts[first_cut + 1 :])
