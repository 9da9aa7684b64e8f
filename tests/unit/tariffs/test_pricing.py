"""The README's table: which row prices a message, at which place in the month, and when a quote is refused."""

import json

import pytest

from contracts.batches import batch_from_wire, batch_to_wire
from contracts.refusals import REFUSALS
from contracts.tariffs import OPERATOR_OWNER, Quote, QuoteItem, TariffRow, refusal_where_quoted
from services.tariffs.numbering import first_numbering
from services.tariffs.price_list import Price, price_list
from services.tariffs.quote import EVERYBODY_ELSE, PriceBook, quotes
from tests.unit.tariffs.books import ADVERTISER, BEELINE, MTS, PARTNER, UNKNOWN_OPERATOR, book, item, quote, row

#: All four kinds of row at once; the price tells which one was taken.
OPERATOR_TYPE, OPERATOR_ANY, COUNTRY_TYPE, COUNTRY_ANY = 1, 2, 3, 4
ALL_ROWS = [
    row("250", "99", "service", OPERATOR_TYPE),
    row("250", "99", "", OPERATOR_ANY),
    row("250", "", "service", COUNTRY_TYPE),
    row("250", "", "", COUNTRY_ANY),
]
#: The same from the 100th SMS on: the price is ten times as much.
LATER_ROWS = [row(one.mcc, one.mnc, one.sms_type, one.price * 10, from_nth=100) for one in ALL_ROWS]


def price_of(rows: list[TariffRow], mnc: str, sms_type: str) -> Price | None:
    return price_list("t", rows).price("250", mnc, sms_type)


def tiers_of(rows: list[TariffRow], mnc: str = "99", sms_type: str = "service") -> list[tuple[int, int]] | None:
    """(from_nth, price) of each tier in order; None where the price is flat."""
    price = price_of(rows, mnc, sms_type)
    assert price is not None
    return None if price.tiers is None else [(one.from_nth, one.price) for one in price.tiers]


@pytest.mark.parametrize(
    ("mnc", "sms_type", "order"),
    [
        ("99", "service", [OPERATOR_TYPE, OPERATOR_ANY, COUNTRY_TYPE, COUNTRY_ANY]),
        ("99", "advertising", [OPERATOR_ANY, COUNTRY_ANY]),
        ("01", "service", [COUNTRY_TYPE, COUNTRY_ANY]),
        ("01", "advertising", [COUNTRY_ANY]),
        ("", "service", [COUNTRY_TYPE, COUNTRY_ANY]),
        ("", "advertising", [COUNTRY_ANY]),
        ("99", "of no known type", [OPERATOR_ANY, COUNTRY_ANY]),
    ],
)
def test_the_most_specific_row_wins_and_the_next_one_when_it_is_gone(mnc: str, sms_type: str, order: list[int]) -> None:
    rows = list(ALL_ROWS)
    for expected in order:
        assert price_of(rows, mnc, sms_type) == Price(expected, False, None)
        rows = [one for one in rows if one.price != expected]
    assert price_of(rows, mnc, sms_type) is None


@pytest.mark.parametrize(
    ("mnc", "sms_type", "order"),
    [
        ("99", "service", [(100, 10), (100, 20), (100, 30), (100, 40)]),
        ("99", "advertising", [(100, 20), (100, 40)]),
        ("01", "service", [(100, 30), (100, 40)]),
        ("", "advertising", [(100, 40)]),
    ],
)
def test_rows_that_start_later_are_told_in_the_same_order(
    mnc: str, sms_type: str, order: list[tuple[int, int]]
) -> None:
    assert tiers_of(LATER_ROWS, mnc, sms_type) == order


def test_a_later_start_goes_before_an_earlier_one_of_the_same_direction_and_type() -> None:
    rows = [row(price=1), row(price=3, from_nth=10_000), row(price=2, from_nth=1_000)]
    assert tiers_of(rows) == [(10_000, 3), (1_000, 2), (1, 1)]


def test_a_more_specific_row_goes_before_a_later_start_of_a_wider_one() -> None:
    assert tiers_of([row(price=9, from_nth=10_000), row(mnc="99", price=1)]) is None
    wide = [row(price=9, from_nth=10_000), row(price=8)]
    assert tiers_of([*wide, row(mnc="99", price=1, from_nth=5)]) == [(5, 1), (10_000, 9), (1, 8)]


def test_nothing_comes_after_the_first_row_that_always_holds() -> None:
    assert tiers_of([*LATER_ROWS, ALL_ROWS[1]]) == [(100, 10), (100, 20), (1, OPERATOR_ANY)]
    assert tiers_of([*LATER_ROWS, *ALL_ROWS]) == [(100, 10), (1, OPERATOR_TYPE)]


def test_a_tier_names_the_direction_and_type_of_its_own_row() -> None:
    price = price_of([row(mnc="99", sms_type="service", price=2, from_nth=10), row(price=1)], "99", "service")
    assert price is not None and price.tiers is not None
    assert [(one.mcc, one.mnc, one.sms_type) for one in price.tiers] == [("250", "99", "service"), ("250", "", "")]


def test_the_price_of_a_quote_is_that_of_the_last_tier() -> None:
    price = price_of([row(price=2, from_nth=10), row(price=1, by_delivered=True)], "99", "service")
    assert price is not None
    assert (price.amount, price.by_delivered) == (1, True)


def test_rows_that_all_start_later_make_tiers_that_leave_the_first_sms_without_a_price() -> None:
    assert tiers_of([row(price=2, from_nth=10)]) == [(10, 2)]


def test_a_row_of_another_country_prices_nothing() -> None:
    assert price_of([row("401")], "99", "service") is None


def test_a_quote_has_both_prices_and_their_rules() -> None:
    found = quote(book([row(mnc="99", price=8_000, by_delivered=True)], [row(price=5_000)]), item())
    assert (found.sell_price, found.by_delivered) == (8_000, True)
    assert (found.buy_price, found.buy_by_delivered) == (5_000, False)
    assert (found.mcc, found.mnc, found.direction, found.tariff_id) == ("250", "99", "Beeline", "sell")
    assert (found.refusal, found.sell_tiers, found.buy_tiers) == (None, None, None)


def test_volume_decides_on_each_side_by_itself() -> None:
    tiered, flat = [row(price=2, from_nth=10), row(price=1)], [row(price=5)]
    selling, buying = quote(book(tiered, flat), item()), quote(book(flat, tiered), item())
    assert selling.sell_tiers is not None and [one.price for one in selling.sell_tiers] == [2, 1]
    assert buying.buy_tiers is not None and [one.price for one in buying.buy_tiers] == [2, 1]
    assert (selling.buy_tiers, buying.sell_tiers) == (None, None)


def test_a_batch_is_priced_and_crosses_the_bus_as_its_items_one_by_one_would() -> None:
    prices = book([row(price=1), row(mnc="99", price=2, from_nth=10)], [row(price=5, from_nth=3), row("401", price=6)])
    numbers = (BEELINE, MTS, BEELINE, BEELINE, "77010000001", "0")
    items = [item(number, sms_type=kind) for number in numbers for kind in ("service", "advertising")]
    items.append(item(BEELINE, advertiser_id="another"))
    found = quotes(prices, items)
    assert found == [quote(prices, one) for one in items]
    assert len({id(one) for one in found}) < len(found), "what is priced alike is one object"
    assert batch_from_wire(Quote, json.loads(json.dumps(batch_to_wire(found)))) == found


def test_an_operator_without_mnc_is_priced_as_its_country() -> None:
    assert quote(book([row(price=9_000)], [row()]), item(UNKNOWN_OPERATOR)).sell_price == 9_000


def test_a_price_of_nought_is_a_price() -> None:
    found = quote(book([row(price=0)], [row(price=0)]), item())
    assert (found.sell_price, found.refusal) == (0, None)


@pytest.mark.parametrize(
    ("own", "default", "priced_by"),
    [("own", "default", "own"), ("", "default", "default"), ("own", "", "own"), ("", "", None)],
)
def test_a_subject_without_a_tariff_of_its_own_has_the_default(own: str, default: str, priced_by: str | None) -> None:
    lists = {name: price_list(name, [row()]) for name in ("own", "default", "buy")}
    assigned = {(PARTNER, ADVERTISER): own, (PARTNER, EVERYBODY_ELSE): default, (OPERATOR_OWNER, EVERYBODY_ELSE): "buy"}
    found = quote(PriceBook(first_numbering(), lists, assigned), item())
    assert found.tariff_id == priced_by
    assert (found.refusal, found.sell_tiers) == (None, None if priced_by else [])


def test_the_default_of_one_owner_is_none_of_another() -> None:
    lists, assigned = {"t": price_list("t", [row()])}, {(PARTNER, EVERYBODY_ELSE): "t"}
    assert PriceBook(first_numbering(), lists, assigned).list_of("another", ADVERTISER) is None


@pytest.mark.parametrize(
    ("sell", "buy", "asked", "refusal"),
    [
        ([row()], [row()], item("74951234567"), "direction_unknown"),
        (None, None, item("0"), "direction_unknown"),
        ([row()], None, item(), "no_buy_price"),
        ([row(mnc="01")], None, item(), "no_buy_price"),
        (None, None, item(), "no_buy_price"),
        ([row()], [row(mnc="01")], item(), "no_buy_price"),
    ],
)
def test_a_message_without_a_price_is_refused_with_the_reason(
    sell: list[TariffRow] | None, buy: list[TariffRow] | None, asked: QuoteItem, refusal: str
) -> None:
    found = quote(book(sell, buy), asked)
    assert found.refusal == refusal
    assert refusal in REFUSALS
    assert (found.sell_price, found.buy_price, found.by_delivered, found.buy_by_delivered) == (0, 0, False, False)
    assert (found.sell_tiers, found.buy_tiers) == (None, None)


@pytest.mark.parametrize(
    ("sell", "asked", "code"),
    [
        (None, item(), "no_tariff"),
        ([row()], item(advertiser_id="another"), "no_tariff"),
        ([row(mnc="01")], item(), "no_price"),
        ([row(sms_type="service")], item(), "no_price"),
        ([], item(), "no_price"),
    ],
)
def test_where_the_tariff_says_nothing_billing_looks_for_a_price_of_a_package(
    sell: list[TariffRow] | None, asked: QuoteItem, code: str
) -> None:
    """An empty list of tiers; without such a package, the refusal names what is missing."""
    found = quote(book(sell, [row(price=5)]), asked)
    assert (found.refusal, found.sell_tiers, found.sell_price, found.buy_price) == (None, [], 0, 5)
    assert refusal_where_quoted(found, "no_price") == code
    assert refusal_where_quoted(found, "funds") == "funds"
    assert code in REFUSALS
    assert batch_from_wire(Quote, batch_to_wire([found])) == [found]


def test_a_refused_quote_still_tells_where_the_number_belongs() -> None:
    assert quote(book(None, None), item(MTS)).direction == "MTS"
