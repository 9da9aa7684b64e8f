"""What a charged message costs in the end, by how its parts ended."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.billing import SettleItem
from contracts.errors import Conflict, NotFound
from services.billing.purse import Pocket, Purse
from services.billing.settlements import Charge, Settlements, charged_parts, outcome_of, refuse_impossible
from tests.unit.billing.examples import ADVERTISER_ID, PARTNER_ID, advertiser, debits, item, message_id, partner


def charge(number: int = 1, **changes: Any) -> Charge:
    known: dict[str, Any] = {
        "message_id": message_id(number),
        "advertiser_id": ADVERTISER_ID,
        "partner_id": PARTNER_ID,
        "parts": 3,
        "sell_price": 100,
        "buy_price": 60,
        "by_delivered": False,
        "buy_by_delivered": False,
        "shares": [("a", 120), ("b", 180)],
    }
    return Charge(**known | changes)


def ended(number: int = 1, delivered: int = 0, undelivered: int = 0, unsubmitted: int = 0) -> SettleItem:
    return SettleItem(
        message_id=message_id(number),
        parts_delivered=delivered,
        parts_undelivered=undelivered,
        parts_unsubmitted=unsubmitted,
    )


def purses(**rooms: int) -> dict[str, Purse]:
    own = advertiser(*(Pocket(name, room) for name, room in rooms.items()))
    return {ADVERTISER_ID: own, PARTNER_ID: partner()}


@pytest.mark.parametrize(
    ("by_delivered", "delivered", "undelivered", "unsubmitted", "parts"),
    [(True, 1, 1, 1, 1), (False, 1, 1, 1, 2), (True, 0, 3, 0, 0), (False, 0, 3, 0, 3), (False, 0, 0, 3, 0)],
)
def test_by_delivered_charges_delivered_parts_else_all_that_the_operator_took(
    by_delivered: bool, delivered: int, undelivered: int, unsubmitted: int, parts: int
) -> None:
    assert charged_parts((delivered, undelivered, unsubmitted), by_delivered=by_delivered) == parts


def test_a_hold_over_two_packages_captures_from_the_first_and_releases_to_the_last() -> None:
    settlements, held = Settlements(purses(a=0, b=0)), charge(by_delivered=True)
    settlements.settle(held, (2, 1, 0))
    assert (held.charged, held.cost) == (200, 180)
    assert [(one.kind, one.package_id, one.amount) for one in settlements.entries] == [
        ("capture", "a", 120),
        ("capture", "b", 80),
        ("release", "b", 100),
    ]


def test_parts_that_were_never_submitted_are_refunded_on_both_sides() -> None:
    settlements, charged = Settlements(purses(a=0, b=0)), charge()
    settlements.settle(charged, (1, 0, 2))
    assert (charged.charged, charged.cost) == (100, 60)
    assert [(one.kind, one.account_id, one.package_id, one.amount) for one in settlements.entries] == [
        ("refund", ADVERTISER_ID, "a", 20),
        ("refund", ADVERTISER_ID, "b", 180),
        ("refund", PARTNER_ID, None, 120),
    ]


def test_a_refund_by_hand_goes_on_where_the_settlement_ended() -> None:
    settlements, settled = Settlements(purses(a=0, b=0)), charge(outcome=(3, 0, 0), charged=300, cost=180)
    assert settlements.refund(settled, 150) == 150
    assert settlements.refund(settled, 50) == 100
    assert [(one.package_id, one.amount) for one in settlements.entries] == [("b", 150), ("a", 20), ("b", 30)]


def test_more_than_the_message_cost_is_never_refunded() -> None:
    settled = charge(outcome=(3, 0, 0), charged=300, cost=180, refunded=250)
    with pytest.raises(Conflict) as refused:
        Settlements(purses(a=0, b=0)).refund(settled, 51)
    assert refused.value.data == {"charged": 50}


def test_a_message_that_has_not_ended_is_not_refunded() -> None:
    with pytest.raises(Conflict):
        Settlements(purses(a=0, b=0)).refund(charge(), 1)


def test_unknown_messages_are_named() -> None:
    with pytest.raises(NotFound) as refused:
        refuse_impossible([ended(1, 3), ended(2, 3)], {message_id(1): charge()})
    assert refused.value.data == {"message_ids": [message_id(2)]}


def test_numbers_that_do_not_add_up_or_differ_from_the_first_are_named() -> None:
    charges = {
        message_id(1): charge(1),
        message_id(2): charge(2, outcome=(3, 0, 0), charged=300, cost=180),
        message_id(3): charge(3),
        message_id(4): charge(4, outcome=(3, 0, 0), charged=300, cost=180),
    }
    items = [ended(1, 2), ended(2, 2, 1), ended(3, 3), ended(3, 2, 1), ended(4, 3)]
    with pytest.raises(Conflict) as refused:
        refuse_impossible(items, charges)
    assert refused.value.data == {"message_ids": [message_id(1), message_id(2), message_id(3)]}


@st.composite
def outcomes(draw: st.DrawFn, parts: int) -> tuple[int, int, int]:
    delivered = draw(st.integers(0, parts))
    undelivered = draw(st.integers(0, parts - delivered))
    return delivered, undelivered, parts - delivered - undelivered


@settings(deadline=None)
@given(
    rooms=st.lists(st.integers(0, 400), min_size=1, max_size=4),
    parts=st.integers(1, 5),
    by_delivered=st.booleans(),
    buy_by_delivered=st.booleans(),
    data=st.data(),
)
def test_whatever_was_taken_is_kept_or_returned(
    rooms: list[int], parts: int, by_delivered: bool, buy_by_delivered: bool, data: st.DataObject
) -> None:
    batch = debits(*(Pocket(str(index), room) for index, room in enumerate(rooms)))
    asked = item(1, parts=parts, by_delivered=by_delivered, buy_by_delivered=buy_by_delivered)
    if batch.decide(asked).refusal is not None:
        return
    taken = charge(
        parts=parts, by_delivered=by_delivered, buy_by_delivered=buy_by_delivered, shares=batch.charges[0].shares
    )
    settlements = Settlements(batch.purses)
    settlements.settle(taken, outcome_of(ended(1, *data.draw(outcomes(parts)))))
    for account_id, cost in ((ADVERTISER_ID, taken.charged), (PARTNER_ID, taken.cost)):
        assert batch.purses[account_id].held == 0
        assert batch.purses[account_id].spent == cost
    amount = data.draw(st.integers(0, taken.charged or 0))
    left = settlements.refund(taken, amount)
    assert batch.purses[ADVERTISER_ID].spent == left
    assert batch.purses[ADVERTISER_ID].available == sum(rooms) - left
