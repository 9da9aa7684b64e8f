"""A malformed batch is told item by item, before anything is done."""

from typing import Any

import pytest

from contracts.billing import SettleItem
from contracts.errors import Malformed
from services.billing.checks import MOST_ITEMS, check_debits, check_ids, check_named_ids, check_settlements
from tests.unit.billing.examples import item, message_id


def pointers(error: Malformed) -> list[str]:
    return [one["pointer"] for one in error.data["errors"]]


def test_a_full_batch_passes_and_one_item_more_does_not() -> None:
    items = [item(number) for number in range(MOST_ITEMS)]
    check_debits(items)
    with pytest.raises(Malformed, match=r"at most 1000 items, not 1001"):
        check_debits([*items, item(0)])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"message_id": "m1"}, "message_id"),
        ({"advertiser_id": "{" + message_id(1) + "}"}, "advertiser_id"),
        ({"partner_id": message_id(1).replace("-", "")}, "partner_id"),
        ({"attempt": -1}, "attempt"),
        ({"attempt": 2**31}, "attempt"),
        ({"parts": 0}, "parts"),
        ({"parts": 10_001}, "parts"),
        ({"sell_price": -1}, "sell_price"),
        ({"buy_price": 10**17 + 1}, "buy_price"),
        ({"sell_price": 10**17, "parts": 2}, "sell_price"),
    ],
)
def test_the_wrong_field_of_the_wrong_item_is_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Malformed) as refused:
        check_debits([item(1), item(2, **changes)])
    assert pointers(refused.value) == [f"/items/1/{field}"]


def test_a_great_sum_that_still_counts_is_not_refused() -> None:
    check_debits([item(1, sell_price=10**17, parts=1)])


def test_a_settlement_with_a_negative_number_is_named() -> None:
    wrong = SettleItem(message_id="x", parts_delivered=-1, parts_undelivered=0, parts_unsubmitted=0)
    with pytest.raises(Malformed) as refused:
        check_settlements([wrong])
    assert pointers(refused.value) == ["/items/0/message_id", "/items/0/parts_delivered"]


def test_an_argument_that_is_no_id_is_named() -> None:
    with pytest.raises(Malformed) as refused:
        check_named_ids(partner_id=message_id(1), package_id=5)
    assert pointers(refused.value) == ["/package_id"]


@pytest.mark.parametrize("ids", [None, "x", ["x"], [None], [message_id(1)] * (MOST_ITEMS + 1)])
def test_a_list_of_ids_is_a_bounded_list_of_ids(ids: Any) -> None:
    with pytest.raises(Malformed):
        check_ids(ids, "/account_ids")
