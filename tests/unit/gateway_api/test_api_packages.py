"""Packages and prices, as the programs of their advertiser see them."""

from dataclasses import replace
from typing import Any

import pytest

from contracts.billing_packages import NewPackage
from contracts.tariffs import TariffRow
from contracts.wire import many_to_wire, to_wire
from kit.ids import uuid7
from tests.unit.gateway_api.conftest import World
from tests.unit.gateway_api.fakes_accounts import NOW

MTS = TariffRow(mcc="250", mnc="01", sms_type="advertising", by_delivered=True, price=25_000)
RUSSIA = TariffRow(mcc="250", mnc="", sms_type="", by_delivered=False, price=8_000, from_nth=1_001)


def add(world: World, amount: int = 20_000_000, *, owner: str = "", partner: str = "", **changes: Any) -> int:
    """Number of a new package."""
    new = NewPackage(
        id=str(uuid7()),
        advertiser_id=owner or world.advertiser_id,
        partner_id=partner or world.partner_id,
        amount=amount,
        **changes,
    )
    return int(world.platform.billing.add_package(to_wire(new), "boss")["number"])


def give_tariff(world: World, rows: list[TariffRow], *, valid_from: str | None = None, subject: str = "") -> None:
    tariffs = world.platform.tariffs
    made = tariffs.save_tariff(world.partner_id, f"Секретный {uuid7()}", many_to_wire(rows), valid_from)
    tariffs.assign(world.partner_id, made["id"], subject or world.advertiser_id, "boss")


def test_a_package_tells_its_sums_dates_and_own_prices_and_nothing_of_the_partners(world: World) -> None:
    planned = "2026-12-01T00:00:00Z"
    secret = {"payment_kind": "cash", "payment_info": "знакомый", "invoice_number": "77"}
    number = add(world, credit=10_000, planned_payment_at=planned, prices=[MTS, RUSSIA], **secret)
    (kept,) = world.platform.billing.known.values()
    world.platform.billing.known[kept.id] = replace(kept, spent=5_000_000, held=8_000, remaining=15_002_000, expired=3)
    document = world.api("GET", f"/packages/{number}").json
    assert document == {
        "id": kept.id,
        "number": number,
        "amount": "2000.00",
        "credit": "1.00",
        "spent": "500.00",
        "held": "0.80",
        "rest": "1500.20",
        "expired": "0.0003",
        "postpaid": False,
        "paid": False,
        "paid_at": None,
        "planned_payment_at": planned,
        "starts_at": kept.starts_at,
        "ends_at": kept.ends_at,
        "individual_prices": 2,
        "currency": "RUB",
        "prices": [
            {
                "mcc": "250",
                "mnc": "01",
                "direction": "МТС",
                "type": "advertising",
                "from_nth": 1,
                "price": "2.50",
                "by_delivered": True,
            },
            {
                "mcc": "250",
                "mnc": None,
                "direction": "Russia",
                "type": None,
                "from_nth": 1001,
                "price": "0.80",
                "by_delivered": False,
            },
        ],
    }
    assert world.api("GET", f"/packages/{kept.id.upper()}").json == document
    prices = document.pop("prices")
    assert prices and world.api("GET", "/packages").json == {"packages": [document], "next_cursor": None}


def test_nothing_is_told_as_the_rest_of_a_post_paid_package(world: World) -> None:
    number = add(world, 0, postpaid=True)
    world.platform.billing.spend(next(iter(world.platform.billing.known)), 50_000)
    document = world.api("GET", f"/packages/{number}").json
    assert (document["rest"], document["postpaid"], document["spent"]) == (None, True, "5.00")


def test_packages_go_on_by_cursor_newest_first_until_each_was_seen_once(world: World) -> None:
    numbers = [add(world) for _ in range(5)]
    add(world, owner=world.add_advertiser("other"))
    seen, cursor = [], ""
    while cursor is not None:
        page = world.api("GET", "/packages", query_string={"limit": 2, **({"cursor": cursor} if cursor else {})}).json
        assert len(page["packages"]) <= 2
        seen += [one["number"] for one in page["packages"]]
        # What comes meanwhile is newer than all that follows.
        add(world)
        cursor = page["next_cursor"]
    assert seen == numbers[::-1]


def test_a_package_of_another_is_404_like_an_unknown_or_impossible_one(world: World) -> None:
    neighbour, stranger = world.add_advertiser("other"), world.add_advertiser("alien", world.other_partner_id)
    foreign = [add(world, owner=neighbour), add(world, owner=stranger, partner=world.other_partner_id)]
    ids = [one.id for one in world.platform.billing.known.values()]
    answers = [
        world.api("GET", f"/packages/{name}")
        for name in (*foreign, *ids, 99, 0, "9" * 30, str(uuid7()), "first", "٣", "%00", "-1", "1.0")
    ]
    assert {one.status_code for one in answers} == {404}
    assert len({one.json["detail"] for one in answers}) == 1
    assert world.api("GET", "/packages").json["packages"] == []


def test_prices_are_those_of_the_own_tariff_in_force_and_go_on_by_cursor(world: World) -> None:
    give_tariff(world, [replace(MTS, from_nth=nth) for nth in (1, 9, 100)] + [RUSSIA])
    give_tariff(world, [replace(MTS, price=1)], subject=world.add_advertiser("other"))
    seen: list[dict[str, Any]] = []
    cursor = ""
    while cursor is not None:
        page = world.api("GET", "/prices", query_string={"limit": 1, **({"cursor": cursor} if cursor else {})}).json
        assert (len(page["prices"]), page["currency"]) == (1, "RUB")
        seen += page["prices"]
        cursor = page["next_cursor"]
    assert [(one["mnc"], one["from_nth"]) for one in seen] == [(None, 1001), ("01", 1), ("01", 9), ("01", 100)]
    assert seen[1] == {
        "mcc": "250",
        "mnc": "01",
        "direction": "МТС",
        "type": "advertising",
        "from_nth": 1,
        "price": "2.50",
        "by_delivered": True,
        "valid_from": NOW,
    }
    assert world.api("GET", "/prices").json == {"prices": seen, "currency": "RUB", "next_cursor": None}


def test_without_a_tariff_in_force_there_are_no_prices(world: World) -> None:
    nothing = {"prices": [], "currency": "RUB", "next_cursor": None}
    assert world.api("GET", "/prices").json == nothing
    give_tariff(world, [MTS], valid_from="2199-01-01T00:00:00Z")
    assert world.api("GET", "/prices").json == nothing


def test_the_default_tariff_of_the_partner_is_told_and_its_own_one_is_not(world: World) -> None:
    tariffs = world.platform.tariffs
    made = tariffs.save_tariff(world.partner_id, "Для всех", many_to_wire([MTS]))
    tariffs.set_default(world.partner_id, made["id"], "boss")
    bought = tariffs.save_tariff("operator", "Закупка", many_to_wire([replace(MTS, price=1)]))
    tariffs.assign("operator", bought["id"], world.partner_id, "root")
    text = world.api("GET", "/prices").text
    assert '"2.50"' in text and "0.0001" not in text and "Для всех" not in text


@pytest.mark.parametrize(
    "query",
    [
        "packages?limit=0",
        "packages?limit=101",
        "packages?cursor=x",
        "packages?cursor=0",
        "packages?cursor=9999999999",
        "packages?cursor=7.5",
        "packages?page=2",
        "prices?limit=1001",
        "prices?cursor=250",
        "prices?cursor=250-01-advertising-1-1",
    ],
)
def test_a_query_that_is_not_understood_is_422_with_its_parameter(world: World, query: str) -> None:
    response = world.api("GET", f"/{query}", headers={"Accept-Language": "ru"})
    assert (response.status_code, response.json["code"]) == (422, "malformed")
    (error,) = response.json["errors"]
    assert error["pointer"] == "/" + query.partition("?")[2].partition("=")[0]
    assert not error["detail"].isascii(), "told in the language of the request"
