"""The tiers of a quote give every SMS of a month the price that the rows give it, whatever was sent before."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from contracts.tariffs import TariffRow
from services.tariffs.price_list import Price, price_list

MNCS, TYPES, STARTS = ("", "01", "99"), ("", "advertising", "service"), (1, 2, 3, 5, 8)
#: Directions and types of SMS as they are sent; a number may belong to an operator without MNC.
SENT = st.tuples(st.sampled_from(MNCS), st.sampled_from(("advertising", "service", "transactional")))
ROWS = st.lists(
    st.builds(
        TariffRow,
        mcc=st.just("250"),
        mnc=st.sampled_from(MNCS),
        sms_type=st.sampled_from(TYPES),
        by_delivered=st.booleans(),
        price=st.integers(0, 10**9),
        from_nth=st.sampled_from(STARTS),
    ),
    max_size=20,
    unique_by=lambda one: (one.mnc, one.sms_type, one.from_nth),
)
Answer = tuple[int, bool] | None
Places = Counter[tuple[str, str]]


def matches(named: str, sent: str) -> bool:
    return named in ("", sent)


def by_the_rows(rows: list[TariffRow], mnc: str, sms_type: str, places: Places) -> Answer:
    """Look at all rows that match and hold at their place: the most specific, then the one that starts last."""
    holding = [
        one
        for one in rows
        if matches(one.mnc, mnc) and matches(one.sms_type, sms_type) and one.from_nth <= places[one.mnc, one.sms_type]
    ]
    if not holding:
        return None
    best = max(holding, key=lambda one: (one.mnc != "", one.sms_type != "", one.from_nth))
    return best.price, best.by_delivered


def by_the_quote(price: Price | None, places: Places) -> Answer:
    """As billing reads it: flat, or the first tier that holds at its place."""
    if price is None or price.tiers is None:
        return price and (price.amount, price.by_delivered)
    return next(
        ((one.price, one.by_delivered) for one in price.tiers if one.from_nth <= places[one.mnc, one.sms_type]), None
    )


@given(rows=ROWS, month=st.lists(SENT, max_size=30))
def test_every_sms_of_a_month_costs_what_the_rows_say_at_its_place(
    rows: list[TariffRow], month: list[tuple[str, str]]
) -> None:
    prices = price_list("t", rows)
    places: Places = Counter()
    for mnc, sms_type in month:
        places.update({(named, of_type) for named in {mnc, ""} for of_type in {sms_type, ""}})
        quoted = prices.price("250", mnc, sms_type)
        assert by_the_quote(quoted, places) == by_the_rows(rows, mnc, sms_type, places)


@given(rows=ROWS, sent=SENT)
def test_tiers_are_told_only_where_volume_decides_and_end_where_nothing_more_can_hold(
    rows: list[TariffRow], sent: tuple[str, str]
) -> None:
    price = price_list("t", rows).price("250", *sent)
    if price is None or price.tiers is None:
        return
    assert [one.from_nth for one in price.tiers] != [1]
    assert all(one.from_nth > 1 for one in price.tiers[:-1])
    assert (price.amount, price.by_delivered) == (price.tiers[-1].price, price.tiers[-1].by_delivered)
