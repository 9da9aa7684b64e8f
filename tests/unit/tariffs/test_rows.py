"""What a tariff may be called and which rows it may have."""

import pytest

from contracts.errors import Malformed, NotFound
from contracts.tariffs import TariffRow
from services.tariffs.numbering import known_directions
from services.tariffs.pricing import (
    MOST_FROM_NTH,
    MOST_PRICE,
    MOST_ROWS,
    MOST_TIERS,
    check_name,
    check_rows,
    same_rows,
    with_row,
    without_row,
)
from tests.unit.tariffs.books import row

DIRECTIONS = {(one.mcc, one.mnc) for one in known_directions()}


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
        (row(from_nth=0), "from_nth", "invalid"),
        (row(from_nth=-1), "from_nth", "invalid"),
        (row(from_nth=MOST_FROM_NTH + 1), "from_nth", "invalid"),
    ],
)
def test_a_bad_row_is_told_by_its_number_and_field(bad: TariffRow, field: str, code: str) -> None:
    assert errors_of(row(mnc="01"), bad) == [(f"/rows/1/{field}", code)]


def test_two_rows_for_the_same_direction_type_and_start_are_refused() -> None:
    assert errors_of(row(price=1), row(mnc="99"), row(price=2)) == [("/rows/2/mcc", "duplicate")]
    assert errors_of(row(from_nth=5), row(), row(price=1, from_nth=5)) == [("/rows/2/mcc", "duplicate")]


def test_all_bad_rows_are_told_at_once() -> None:
    assert errors_of(row(price=-1), row(mcc="999", sms_type="spam", from_nth=0)) == [
        ("/rows/0/price", "negative"),
        ("/rows/1/mcc", "unknown_direction"),
        ("/rows/1/sms_type", "unknown_type"),
        ("/rows/1/from_nth", "invalid"),
    ]


def test_a_tariff_has_a_bounded_number_of_rows() -> None:
    assert errors_of(*[row()] * (MOST_ROWS + 1)) == [("/rows", "too_many")]


def test_a_direction_and_type_has_a_bounded_number_of_starts() -> None:
    starts = [row(from_nth=number) for number in range(1, MOST_TIERS + 2)]
    check_rows(starts[:-1], DIRECTIONS)
    assert errors_of(row(mnc="99"), *starts) == [(f"/rows/{MOST_TIERS + 1}/from_nth", "too_many")]


def test_rows_that_differ_in_operator_type_or_start_stand_side_by_side() -> None:
    check_rows(
        [row(), row(mnc="99"), row(sms_type="service"), row(from_nth=2), row(from_nth=MOST_FROM_NTH)], DIRECTIONS
    )


def test_a_row_takes_the_place_of_the_one_of_its_key_alone() -> None:
    rows = [row(price=1), row(price=2, from_nth=100), row(mnc="99", price=3)]
    assert with_row(rows, row(price=9, from_nth=100)) == [rows[0], rows[2], row(price=9, from_nth=100)]
    assert with_row(rows, row("401")) == [*rows, row("401")]


def test_a_row_that_is_one_too_many_is_not_added() -> None:
    starts = [row(from_nth=number) for number in range(1, MOST_TIERS + 1)]
    assert len(with_row(starts, row(price=1, from_nth=2))) == MOST_TIERS
    with pytest.raises(Malformed) as caught:
        with_row(starts, row(from_nth=MOST_TIERS + 1))
    assert caught.value.data["errors"][0]["pointer"] == "/rows/0/from_nth"
    full = [row(mcc=f"x{number}") for number in range(MOST_ROWS)]
    with pytest.raises(Malformed) as caught:
        with_row(full, row())
    assert caught.value.data["errors"][0]["pointer"] == "/rows"


def test_only_a_row_that_is_there_can_be_dropped() -> None:
    assert without_row([row(), row(from_nth=100)], ("250", "", "", 100)) == [row()]
    with pytest.raises(NotFound):
        without_row([row(), row(from_nth=100)], ("250", "", "", 99))


def test_the_same_rows_in_another_order_are_the_same() -> None:
    assert same_rows([row(), row(mnc="99")], [row(mnc="99"), row()])
    assert not same_rows([row()], [row(by_delivered=True)])


def test_a_name_loses_its_spaces() -> None:
    assert check_name("  tarif1 \t для всех ") == "tarif1 для всех"


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\x00b"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(Malformed) as caught:
        check_name(name)
    assert caught.value.data["errors"][0]["pointer"] == "/name"
