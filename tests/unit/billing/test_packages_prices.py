"""Individual prices of a package are rows as a tariff has them."""

from typing import Any

import pytest

from contracts.errors import Malformed
from contracts.tariffs import TariffRow
from services.billing.checks import Problems
from services.billing.packages_prices import MOST_PRICES, check_prices


def row(**changes: Any) -> TariffRow:
    known: dict[str, Any] = {"mcc": "250", "mnc": "99", "sms_type": "", "by_delivered": False, "price": 8_000}
    return TariffRow(**known | changes)


def wrong(*prices: TariffRow) -> list[str]:
    problems = Problems()
    check_prices(problems, prices)
    return [error["pointer"] for error in problems.errors]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"mcc": ""}, "mcc"),
        ({"mcc": "25"}, "mcc"),
        ({"mcc": "25O"}, "mcc"),
        ({"mcc": "٢٥٠"}, "mcc"),
        ({"mnc": "9"}, "mnc"),
        ({"mnc": "9999"}, "mnc"),
        ({"sms_type": "love"}, "sms_type"),
        ({"from_nth": 0}, "from_nth"),
        ({"from_nth": 2**31}, "from_nth"),
        ({"price": -1}, "price"),
        ({"price": 10_000_000_001}, "price"),
    ],
)
def test_a_row_that_breaks_a_rule_is_named_by_its_place_and_field(changes: dict[str, Any], field: str) -> None:
    assert wrong(row(mnc="01"), row(**changes)) == [f"/prices/1/{field}"]


def test_rows_of_countries_types_and_steps_stand_beside_each_other() -> None:
    assert wrong(row(), row(mnc=""), row(sms_type="service"), row(from_nth=1_001), row(mnc="020", price=0)) == []


def test_two_prices_for_the_same_sms_contradict_each_other() -> None:
    assert wrong(row(), row(mnc=""), row(price=1, by_delivered=True)) == ["/prices/2/mcc"]


def test_prices_have_a_limit() -> None:
    many = [row(from_nth=nth) for nth in range(1, MOST_PRICES + 2)]
    assert wrong(*many[:-1]) == []
    assert wrong(*many) == ["/prices"]


def test_a_wrong_price_is_told_together_with_the_wrong_terms() -> None:
    problems = Problems()
    problems.require(False, "/new/amount", "a sum")
    check_prices(problems, [row(price=-1)])
    with pytest.raises(Malformed) as refused:
        problems.refuse_if_any()
    assert len(refused.value.data["errors"]) == 2
