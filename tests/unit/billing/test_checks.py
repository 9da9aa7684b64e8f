"""A malformed batch is told item by item, before anything is done."""

from typing import Any

import pytest

from contracts.billing import SettleItem
from contracts.errors import Malformed
from services.billing.checks import (
    MOST_ITEMS,
    check_author,
    check_debits,
    check_ids,
    check_named_ids,
    check_settlements,
    is_text,
)
from tests.unit.billing.examples import item, message_id, tier


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
        ({"mcc": '2"'}, "mcc"),
        ({"mnc": "1234"}, "mcc"),
        ({"sms_type": "Service"}, "mcc"),
        ({"sell_tiers": [tier(0, 100)]}, "sell_tiers/0/from_nth"),
        ({"sell_tiers": [tier(1, 100), tier(1, -1)]}, "sell_tiers/1/price"),
        ({"buy_tiers": [tier(1, 100, mnc="1")]}, "buy_tiers/0/mcc"),
        ({"buy_tiers": [tier(1, 100)] * 1_001}, "buy_tiers"),
    ],
)
def test_the_wrong_field_of_the_wrong_item_is_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Malformed) as refused:
        check_debits([item(1), item(2, **changes)])
    assert pointers(refused.value) == [f"/items/1/{field}"]


def test_a_great_sum_that_still_counts_is_not_refused() -> None:
    check_debits([item(1, sell_price=10**17, parts=1)])


@pytest.mark.parametrize("outcomes", ["", "D", "dd\n", "dxp", "d" * 10_001])
def test_outcomes_are_a_letter_of_three_for_each_part(outcomes: str) -> None:
    with pytest.raises(Malformed) as refused:
        check_settlements([SettleItem(message_id="x", outcomes=outcomes)])
    assert pointers(refused.value) == ["/items/0/message_id", "/items/0/outcomes"]


def test_an_argument_that_is_no_id_is_named() -> None:
    with pytest.raises(Malformed) as refused:
        check_named_ids(partner_id=message_id(1), package_id=5)
    assert pointers(refused.value) == ["/package_id"]


@pytest.mark.parametrize("ids", [None, "x", ["x"], [None], [message_id(1)] * (MOST_ITEMS + 1)])
def test_a_list_of_ids_is_a_bounded_list_of_ids(ids: Any) -> None:
    with pytest.raises(Malformed):
        check_ids(ids, "/account_ids")


@pytest.mark.parametrize("text", ["\0", "a\0b", "\ud800", "a\udfffb"])
def test_a_text_that_the_database_cannot_keep_is_refused(text: str) -> None:
    assert not is_text(text)
    with pytest.raises(Malformed):
        check_author(text)


def test_a_text_of_any_script_and_with_line_ends_is_kept() -> None:
    assert is_text("Оплата\r\n😀\ud7ff\ue000\x01", least=1)
