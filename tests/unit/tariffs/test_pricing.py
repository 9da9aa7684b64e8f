"""Which row prices a message, what a tariff may hold, and when a quote is refused."""

from typing import Any

import pytest

from contracts.errors import Malformed
from contracts.refusals import REFUSALS
from contracts.tariffs import OPERATOR_OWNER, QuoteItem, TariffRow
from services.tariffs.numbering import first_numbering, known_directions
from services.tariffs.pricing import MOST_PRICE, MOST_ROWS, check_name, check_rows, price_list
from services.tariffs.quote import PriceBook, quote

BEELINE, MTS, UNKNOWN_OPERATOR = "79030000001", "79160000001", "79350000001"
DIRECTIONS = {(one.mcc, one.mnc) for one in known_directions()}


def row(
    mcc: str = "250", mnc: str = "", sms_type: str = "", price: int = 8_000, by_delivered: bool = False
) -> TariffRow:
    return TariffRow(mcc=mcc, mnc=mnc, sms_type=sms_type, by_delivered=by_delivered, price=price)


#: All four kinds of row at once; the price tells which one was taken.
OPERATOR_TYPE, OPERATOR_ANY, COUNTRY_TYPE, COUNTRY_ANY = 1, 2, 3, 4
ALL_ROWS = [
    row("250", "99", "service", OPERATOR_TYPE),
    row("250", "99", "", OPERATOR_ANY),
    row("250", "", "service", COUNTRY_TYPE),
    row("250", "", "", COUNTRY_ANY),
]


@pytest.mark.parametrize(
    ("mnc", "sms_type", "order"),
    [
        ("99", "service", [OPERATOR_TYPE, OPERATOR_ANY, COUNTRY_TYPE, COUNTRY_ANY]),
        ("99", "advertising", [OPERATOR_ANY, COUNTRY_ANY]),
        ("01", "service", [COUNTRY_TYPE, COUNTRY_ANY]),
        ("01", "advertising", [COUNTRY_ANY]),
        ("", "service", [COUNTRY_TYPE, COUNTRY_ANY]),
        ("", "advertising", [COUNTRY_ANY]),
    ],
)
def test_the_most_specific_row_wins_and_the_next_one_when_it_is_gone(mnc: str, sms_type: str, order: list[int]) -> None:
    rows = list(ALL_ROWS)
    for expected in order:
        price = price_list("t", rows).price("250", mnc, sms_type)
        assert price is not None
        assert price.amount == expected
        rows = [one for one in rows if one.price != expected]
    assert price_list("t", rows).price("250", mnc, sms_type) is None


def test_a_row_of_another_country_prices_nothing() -> None:
    assert price_list("t", [row("401")]).price("250", "99", "service") is None


def errors_of(*rows: TariffRow) -> list[tuple[str, str]]:
    with pytest.raises(Malformed) as caught:
        check_rows(rows, DIRECTIONS)
    return [(one["pointer"], one["code"]) for one in caught.value.data["errors"]]


@pytest.mark.parametrize(
    ("bad", "field", "code"),
    [
        (row(price=-1), "price", "negative"),
        (row(price=MOST_PRICE + 1), "price", "too_large"),
        (row(mcc="999"), "mcc", "unknown_direction"),
        (row(mcc=""), "mcc", "unknown_direction"),
        (row(mnc="00"), "mnc", "unknown_direction"),
        (row(mcc="401", mnc="99"), "mnc", "unknown_direction"),
        (row(sms_type="spam"), "sms_type", "unknown_type"),
    ],
)
def test_a_bad_row_is_told_by_its_number_and_field(bad: TariffRow, field: str, code: str) -> None:
    assert errors_of(row(mnc="01"), bad) == [(f"/rows/1/{field}", code)]


def test_two_rows_for_the_same_direction_and_type_are_refused() -> None:
    assert errors_of(row(price=1), row(mnc="99"), row(price=2)) == [("/rows/2/mcc", "duplicate")]


def test_all_bad_rows_are_told_at_once() -> None:
    assert errors_of(row(price=-1), row(mcc="999", sms_type="spam")) == [
        ("/rows/0/price", "negative"),
        ("/rows/1/mcc", "unknown_direction"),
        ("/rows/1/sms_type", "unknown_type"),
    ]


def test_a_tariff_has_a_bounded_number_of_rows() -> None:
    assert errors_of(*[row()] * (MOST_ROWS + 1)) == [("/rows", "too_many")]


def test_rows_that_differ_in_operator_or_type_stand_side_by_side() -> None:
    check_rows(ALL_ROWS, DIRECTIONS)


def test_a_name_loses_its_spaces() -> None:
    assert check_name("  tarif1 \t для всех ") == "tarif1 для всех"


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\x00b"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(Malformed) as caught:
        check_name(name)
    assert caught.value.data["errors"][0]["pointer"] == "/name"


def book(sell: list[TariffRow] | None, buy: list[TariffRow] | None) -> PriceBook:
    lists, assigned = {}, {}
    if sell is not None:
        lists["sell"], assigned["partner", "advertiser"] = price_list("sell", sell), "sell"
    if buy is not None:
        lists["buy"], assigned[OPERATOR_OWNER, "partner"] = price_list("buy", buy), "buy"
    return PriceBook(first_numbering(), lists, assigned)


def item(recipient: str = BEELINE, **changes: Any) -> QuoteItem:
    return QuoteItem(id="1", recipient=recipient, **{"advertiser_id": "advertiser", "partner_id": "partner", **changes})


def test_a_quote_has_both_prices_and_their_rules() -> None:
    found = quote(book([row(mnc="99", price=8_000, by_delivered=True)], [row(price=5_000)]), item())
    assert (found.sell_price, found.by_delivered, found.buy_price, found.buy_by_delivered) == (
        8_000,
        True,
        5_000,
        False,
    )
    assert (found.id, found.mcc, found.mnc, found.direction, found.tariff_id) == ("1", "250", "99", "Beeline", "sell")
    assert found.refusal is None


def test_an_operator_without_mnc_is_priced_as_its_country() -> None:
    assert quote(book([row(price=9_000)], [row()]), item(UNKNOWN_OPERATOR)).sell_price == 9_000


def test_a_price_of_nought_is_a_price() -> None:
    found = quote(book([row(price=0)], [row(price=0)]), item())
    assert (found.sell_price, found.refusal) == (0, None)


@pytest.mark.parametrize(
    ("sell", "buy", "asked", "refusal"),
    [
        ([row()], [row()], item("74951234567"), "direction_unknown"),
        (None, None, item("0"), "direction_unknown"),
        (None, [row()], item(), "no_tariff"),
        ([row()], [row()], item(advertiser_id="another"), "no_tariff"),
        ([row()], [row()], item(partner_id="another"), "no_tariff"),
        ([row(mnc="01")], None, item(), "no_price"),
        ([row(sms_type="service")], [row()], item(), "no_price"),
        ([], [row()], item(), "no_price"),
        ([row()], None, item(), "no_buy_price"),
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


def test_a_refused_quote_still_tells_where_the_number_belongs() -> None:
    assert quote(book(None, None), item(MTS)).direction == "MTS"
