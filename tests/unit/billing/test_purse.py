"""The pockets of a purse pay in order, to the last minor unit and not one more."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing.purse import Pocket, Purse
from tests.unit.billing.examples import advertiser

amounts = st.integers(0, 1_000)


def pocket(name: str, room: int, **known: Any) -> Pocket:
    return Pocket(name, room, **known)


def test_the_first_pocket_pays_first_and_a_sum_may_span_several() -> None:
    purse = advertiser(pocket("a", 70), pocket("b", 0), pocket("c", 100))
    assert purse.take(100, hold=False) == [("a", 70), ("c", 30)]
    assert purse.available == 70


def test_a_pocket_outside_its_dates_pays_nothing() -> None:
    purse = advertiser(pocket("a", 500, usable=False), pocket("b", 100))
    assert purse.available == 100
    assert purse.take(100, hold=False) == [("b", 100)]
    assert not purse.can_pay(1)


def test_a_postpaid_pocket_pays_without_limit_but_only_in_its_turn() -> None:
    purse = advertiser(pocket("a", 70), pocket("post", 0, unlimited=True), pocket("c", 100))
    assert purse.can_pay(10**15)
    assert purse.take(1_000, hold=False) == [("a", 70), ("post", 930)]


def test_a_sum_that_cannot_be_paid_is_an_error_and_never_a_debt() -> None:
    with pytest.raises(ValueError, match="can't pay"):
        advertiser(pocket("a", 70)).take(71, hold=False)


def test_a_hold_lowers_what_is_available_at_once_and_its_release_brings_it_back() -> None:
    purse = advertiser(pocket("a", 100))
    purse.take(80, hold=True)
    assert (purse.available, purse.held, purse.spent) == (20, 80, 0)
    purse.end_hold("a", captured=50, released=30)
    assert (purse.available, purse.held, purse.spent) == (50, 0, 50)


def test_money_that_returns_to_an_ended_package_cannot_be_spent() -> None:
    purse = advertiser(pocket("ended", 0, usable=False), pocket("b", 10))
    purse.give_back("ended", 40)
    assert purse.available == 10


def steps(purse: Purse, *steps: int) -> list[bool]:
    """What is taken or given back one after the other, and whether each step is told as a fall."""
    told = []
    for step in steps:
        if step < 0:
            purse.take(-step, hold=False)
        else:
            purse.give_back("a", step)
        told.append(purse.fell_below_level())
    return told


def test_a_fall_below_the_level_is_told_once_until_a_tenth_above_it_is_reached() -> None:
    purse = advertiser(pocket("a", 200), level=150)
    assert steps(purse, -50, -1, -10, +25, -16) == [False, True, False, False, False]
    assert steps(purse, +16, +1, -16) == [False, False, True]


def test_a_top_up_to_the_level_arms_it_at_once_and_one_below_it_does_not() -> None:
    purse = advertiser(pocket("a", 200), level=150)
    assert steps(purse, -60) == [True]
    purse.topped_up()
    assert steps(purse, -5, +15) == [False, False]
    purse.topped_up()
    assert steps(purse, -1) == [True]


def test_a_level_of_zero_and_a_postpaid_purse_never_tell() -> None:
    without = advertiser(pocket("a", 1))
    without.take(1, hold=False)
    postpaid = advertiser(pocket("p", 0, unlimited=True), level=100)
    postpaid.take(500, hold=False)
    assert not without.fell_below_level()
    assert not postpaid.fell_below_level()


def test_the_least_refused_sum_decides_when_the_owner_is_told_and_only_once() -> None:
    purse = advertiser(pocket("a", 10))
    purse.refuse(100)
    purse.refuse(30)
    purse.refuse(60)
    assert not purse.satisfies_wanted()
    purse.give_back("a", 20)
    assert purse.satisfies_wanted()
    assert not purse.satisfies_wanted()


@given(rooms=st.lists(amounts, max_size=6), asked=st.lists(amounts, max_size=20), hold=st.booleans())
def test_taking_conserves_money_and_drains_pockets_in_order(rooms: list[int], asked: list[int], hold: bool) -> None:
    purse = advertiser(*(pocket(str(index), room) for index, room in enumerate(rooms)))
    taken = 0
    for amount in asked:
        if purse.can_pay(amount):
            assert sum(part for _, part in purse.take(amount, hold=hold)) == amount
            taken += amount
    assert purse.available == sum(rooms) - taken == sum(one.room for one in purse.pockets)
    assert (purse.held if hold else purse.spent) == taken
    assert all(one.room >= 0 for one in purse.pockets)
    touched = [index for index, one in enumerate(purse.pockets) if one.changed]
    assert all(purse.pockets[index].room == 0 for index in range(max(touched, default=0)))
