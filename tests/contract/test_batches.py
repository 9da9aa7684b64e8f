"""A batch says the same as its items one by one, whatever its columns look like, and what is wrong is `Malformed`."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.batches import MOST_BATCH_ITEMS, batch_from_wire, batch_to_wire
from contracts.billing import DebitItem, DebitResult, SettleItem
from contracts.errors import Malformed
from contracts.senders import CheckItem, CheckResult
from contracts.smpp_gateway import Accepted, AcceptItem, Segmented
from contracts.tariffs import Quote, QuoteItem, Tier
from contracts.wire import from_wire
from tests.contract.test_wire import anything, right_documents

CROSSING = (
    AcceptItem,
    Accepted,
    CheckItem,
    CheckResult,
    DebitItem,
    DebitResult,
    Quote,
    QuoteItem,
    Segmented,
    SettleItem,
)
TIERS = [Tier(from_nth=1, price=5, by_delivered=False, mcc="250", mnc="", sms_type="")]


def crossed(batch: Any) -> Any:
    return json.loads(json.dumps(batch))


def item(**changes: Any) -> QuoteItem:
    return replace(QuoteItem(recipient="79030000001", advertiser_id="a", partner_id="p"), **changes)


def quote(**changes: Any) -> Quote:
    words = dict.fromkeys(("mcc", "mnc", "direction", "zone"), "")
    first = Quote(
        **words, sell_price=1, buy_price=2, by_delivered=True, buy_by_delivered=False, tariff_id=None, refusal=None
    )
    return replace(first, **changes)


@pytest.mark.parametrize("cls", CROSSING, ids=lambda cls: cls.__name__)
@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_items_survive_the_way_there_and_back(cls: type, data: st.DataObject) -> None:
    """New ones, equal ones, and the same objects again."""
    distinct = [from_wire(cls, one) for one in data.draw(st.lists(right_documents(cls), max_size=4))]
    again = data.draw(st.lists(st.sampled_from(distinct), max_size=6)) if distinct else []
    items = [*distinct, *map(replace, again), *again]
    assert batch_from_wire(cls, crossed(batch_to_wire(items))) == items


def test_what_is_the_same_is_said_once() -> None:
    batch = batch_to_wire([item(recipient=str(number)) for number in range(3)])
    assert batch["each"] == {"recipient": ["0", "1", "2"]}
    assert batch["same"] == {"advertiser_id": "a", "partner_id": "p", "sms_type": "advertising"}
    tiered = batch_to_wire([quote(mnc=str(number), sell_tiers=TIERS) for number in range(3)])
    assert tiered["shared"]["sell_tiers"]["of"] == [0, 0, 0]
    assert len(tiered["shared"]["sell_tiers"]["values"]) == 1
    assert batch_to_wire([quote()] * 3)["of"] != batch_to_wire([quote(), quote(), quote()]).get("of")


def test_a_field_with_a_default_need_not_be_said() -> None:
    batch = batch_to_wire([item(), item()])
    del batch["same"]["sms_type"]
    assert batch_from_wire(QuoteItem, batch) == [item(), item()]


def _of(form: str, **columns: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda batch: {**batch, form: {**batch[form], **columns}}


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (lambda batch: [batch], "batch of QuoteItem"),
        (lambda batch: {**batch, "more": 1}, "batch of QuoteItem"),
        (lambda batch: {**batch, "count": True}, "items"),
        (lambda batch: {**batch, "count": -1}, "items"),
        (lambda batch: {**batch, "count": MOST_BATCH_ITEMS + 1}, "items"),
        (lambda batch: {**batch, "count": 3}, "recipient"),
        (lambda batch: {**batch, "same": []}, "objects"),
        (lambda batch: {**batch, "same": {}}, "advertiser_id is missing"),
        (_of("same", sms_type=1), "sms_type must be str"),
        (_of("same", unknown=1), "does not know"),
        (_of("same", recipient="1"), "twice"),
        (_of("each", recipient=["1", 2]), "recipient must be str"),
        (_of("each", recipient=["1", None]), "recipient must be str"),
        (_of("each", recipient="12"), "recipient must have"),
        (_of("shared", sms_type={"values": ["x"], "of": [0, 0]}), "twice"),
        (lambda batch: {"items": batch, "of": [0, 2]}, "places"),
        (lambda batch: {"items": batch, "of": [-1]}, "places"),
        (lambda batch: {"items": batch, "of": [True]}, "places"),
        (lambda batch: {"items": batch, "of": [0] * (MOST_BATCH_ITEMS + 1)}, "places"),
    ],
)
def test_what_is_wrong_is_named(spoil: Callable[[dict[str, Any]], Any], named: str) -> None:
    batch = batch_to_wire([item(recipient="1"), item(recipient="2")])
    with pytest.raises(Malformed, match=named):
        batch_from_wire(QuoteItem, spoil(batch))


@pytest.mark.parametrize(
    "shared", [None, [], {"values": []}, {"values": {}, "of": [0, 0]}, {"values": [[], []], "of": [0]}]
)
def test_nested_items_that_are_no_list_with_places_are_malformed(shared: Any) -> None:
    batch = batch_to_wire([quote(sell_tiers=TIERS), quote(sell_tiers=None)])
    batch["shared"]["sell_tiers"] = shared
    with pytest.raises(Malformed, match="sell_tiers"):
        batch_from_wire(Quote, batch)


@pytest.mark.parametrize("places", [[0], [0, 1], [0, "0"], [0, 2], None])
def test_nested_items_have_a_place_for_each(places: Any) -> None:
    batch = batch_to_wire([quote(sell_tiers=TIERS), quote(sell_tiers=None)])
    batch["shared"]["sell_tiers"]["of"] = places
    if places == [0, 1]:
        assert [one.sell_tiers for one in batch_from_wire(Quote, batch)] == [TIERS, None]
    else:
        with pytest.raises(Malformed):
            batch_from_wire(Quote, batch)


@settings(max_examples=200, deadline=None)
@given(
    anything
    | st.fixed_dictionaries(
        {"count": anything},
        optional={
            form: st.dictionaries(st.sampled_from(["recipient", "sms_type", "x"]), anything)
            for form in ("same", "each", "shared")
        },
    )
)
def test_anything_else_is_malformed(document: Any) -> None:
    try:
        found = batch_from_wire(QuoteItem, document)
    except Malformed:
        return
    assert found == [] or all(type(one) is QuoteItem for one in found)
