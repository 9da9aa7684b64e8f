"""Following messages, asking the price, asking the balance."""

from dataclasses import replace
from typing import Any

import pytest

from tests.unit.gateway_api.conftest import World

GOOD = {"sender": "GOLUB", "text": "hello", "recipients": ["79123456700"]}


def send(world: World, **changes: object) -> str:
    response = world.api("POST", "/messages", json={**GOOD, **changes})
    identifier: str = response.json["messages"][0]["id"]
    return identifier


def test_a_message_shows_state_parts_price_and_times(world: World) -> None:
    document = world.api("GET", f"/messages/{send(world)}").json
    assert list(document) == [
        "id",
        "recipient",
        "sender",
        "text",
        "client_ref",
        "state",
        "reason",
        "parts",
        "price",
        "charged",
        "currency",
        "direction",
        "mcc",
        "mnc",
        "estimated_mcc",
        "estimated_mnc",
        "accepted_at",
        "submitted_at",
        "final_at",
    ]
    assert (document["price"], document["charged"], document["currency"]) == ("0.80", "0.00", "RUB")
    assert list(document["parts"][0]) == ["number", "state", "price", "error_code", "submitted_at", "final_at"]
    assert document["parts"][0]["price"] == document["price"] == "0.80"
    assert document["reason"] is None


def test_a_message_to_a_ported_number_shows_both_operators(world: World) -> None:
    identifier = send(world)
    kept = world.platform.smpp_gateway.kept
    owner, view = kept[identifier]
    kept[identifier] = owner, replace(view, mcc="250", mnc="01", estimated_mcc="250", estimated_mnc="99")
    document = world.api("GET", f"/messages/{identifier}").json
    shown = [document[name] for name in ("mcc", "mnc", "estimated_mcc", "estimated_mnc")]
    assert shown == ["250", "01", "250", "99"]


def test_a_refused_message_is_a_record_with_code_sentence_and_who_can_act(world: World) -> None:
    world.api("POST", "/messages", json={**GOOD, "recipients": ["79123456700", "x"]})
    refused = next(one for one, (_, view) in world.platform.smpp_gateway.kept.items() if view.state == "refused")
    document = world.api("GET", f"/messages/{refused}").json
    assert document["reason"]["code"] == "recipient_invalid"
    assert document["reason"]["who"] == "advertiser"
    assert document["price"] is None


def test_an_id_in_another_spelling_is_the_same_id(world: World) -> None:
    identifier = send(world)
    assert world.api("GET", f"/messages/{identifier.upper()}").json["id"] == identifier


@pytest.mark.parametrize("name", ["01900000-0000-7000-8000-000000000000", "first", "%00", "1' OR '1'='1"])
def test_an_unknown_or_impossible_id_is_404(world: World, name: str) -> None:
    response = world.api("GET", f"/messages/{name}")
    assert (response.status_code, response.json["code"]) == (404, "not_found")


def test_a_message_of_another_advertiser_is_404_like_an_unknown_one(world: World) -> None:
    identifier = send(world)
    neighbour = world.add_advertiser("neighbour")
    world.key = world.platform.accounts.issue_api_key(world.partner_id, neighbour, "k")["key"]
    foreign = world.api("GET", f"/messages/{identifier}")
    unknown = world.api("GET", "/messages/01900000-0000-7000-8000-000000000000")
    assert foreign.status_code == 404
    assert {**foreign.json, "request_id": ""} == {**unknown.json, "request_id": ""}


def test_the_list_goes_on_by_cursor_until_all_were_seen_once(world: World) -> None:
    sent = [send(world) for _ in range(5)]
    seen: list[str] = []
    cursor: str | None = None
    while True:
        query = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = world.api("GET", "/messages", query_string=query).json
        seen += [message["id"] for message in page["messages"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == sent[::-1]


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=many", "sort=price", "search=%00", "cursor=a"])
def test_a_query_that_is_not_understood_is_422_with_its_parameter(world: World, query: str) -> None:
    response = world.api("GET", f"/messages?{query}")
    assert response.status_code == 422
    assert [error["pointer"] for error in response.json["errors"]] == ["/" + query.partition("=")[0]]


def test_an_estimate_prices_all_parts_and_sends_nothing(world: World) -> None:
    body = {"sender": "GOLUB", "text": "x" * 200, "recipients": ["+79123456700", "15551234567", "nobody"]}
    document = world.api("POST", "/messages:estimate", json=body).json
    assert (document["total"], document["currency"]) == ("1.60", "RUB")
    priced, unpriced, unknown = document["items"]
    assert priced == {"recipient": "79123456700", "direction": "Beeline", "parts": 2, "price": "1.60"}
    assert (unpriced["price"], unpriced["refusal"]["code"], unpriced["refusal"]["who"]) == (
        None,
        "direction_unknown",
        "operator",
    )
    assert (unknown["price"], unknown["refusal"]["code"]) == (None, "recipient_invalid")
    assert world.platform.smpp_gateway.kept == {}
    asked = [call for call in world.platform.calls if call[0] in ("smpp_gateway", "tariffs", "billing")]
    assert asked == [("smpp_gateway", "segment"), ("tariffs", "quote"), ("billing", "estimate")]


def test_an_estimate_tells_what_billing_would_take_and_the_tariffs_price_where_money_lacks(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Volume and packages change the price; who lacks money would wait; who has no row at his place is refused."""
    debited = world.platform.billing.debited

    def by_volume(items: Any) -> Any:
        cheap, waiting, refused = debited(items)
        return [
            replace(cheap, sell_amount=9_000, part_prices=[8_000, 1_000]),
            replace(waiting, sell_amount=0, refusal="funds"),
            replace(refused, sell_amount=0, refusal="no_price"),
        ]

    monkeypatch.setattr(world.platform.billing, "debited", by_volume)
    recipients = ["+79123456700", "+79123456701", "+79123456702"]
    document = world.api(
        "POST", "/messages:estimate", json={"sender": "GOLUB", "text": "x" * 200, "recipients": recipients}
    )
    assert document.json["total"] == "2.50"
    cheap, waiting, refused = document.json["items"]
    assert (cheap["price"], waiting["price"], refused["price"]) == ("0.90", "1.60", None)
    assert "refusal" not in waiting
    assert refused["refusal"]["code"] == "no_price"


@pytest.mark.parametrize(
    ("refusal", "tariff_id", "price", "told"),
    [
        (None, None, "1.60", None),
        ("no_price", "tariff", None, "no_price"),
        ("no_price", None, None, "no_tariff"),
        ("funds", None, None, "funds"),
    ],
)
def test_an_estimate_without_a_row_of_the_tariff_tells_what_packages_say(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    refusal: str | None,
    tariff_id: str | None,
    price: str | None,
    told: str | None,
) -> None:
    """The price of the package that would pay; none where it has no money, as the tariff knows none."""
    debited, amount = world.platform.billing.debited, 0 if refusal else 16_000

    def answer(items: Any) -> Any:
        return [replace(one, refusal=refusal, sell_amount=amount) for one in debited(items)]

    monkeypatch.setattr(world.platform.billing, "debited", answer)
    world.platform.tariffs.sell_tiers, world.platform.tariffs.quoted_tariff = [], tariff_id
    body = {"sender": "GOLUB", "text": "x" * 200, "recipients": ["+79123456700"]}
    (line,) = world.api("POST", "/messages:estimate", json=body).json["items"]
    assert (line["price"], line.get("refusal", {}).get("code")) == (price, told)


def test_an_estimate_of_a_malformed_request_is_refused_like_sending(world: World) -> None:
    response = world.api("POST", "/messages:estimate", json={"sender": "GOLUB"})
    assert (response.status_code, response.json["code"]) == (422, "malformed")
