"""The balance of a program's account, and the critical level of funds."""

from typing import Any

import pytest

from tests.unit.gateway_api.conftest import World
from tests.unit.gateway_api.fakes import EMPTY_BALANCE


def level_of(world: World) -> tuple[int, int]:
    found = world.clients.billing.balances([world.advertiser_id])[0]
    return found.level, found.level_percent


def test_the_balance_tells_decimal_strings_without_what_is_held(world: World) -> None:
    kept = {"available": 12_345_678, "held": 8_000, "spent": 5, "credited": 10_000_000, "credit": 3_000_000}
    world.platform.billing.accounts[world.advertiser_id] = {**EMPTY_BALANCE, **kept, "unpaid_packages": 2, "level": 100}
    assert world.api("GET", "/balance").json == {
        "available": "1234.5678",
        "held": "0.80",
        "spent": "0.0005",
        "credited": "1000.00",
        "credit": "300.00",
        "postpaid": False,
        "unpaid_packages": 2,
        "level": {"sum": "0.01", "percent": None},
        "currency": "RUB",
    }


def test_an_account_without_money_has_a_balance_of_nothing(world: World) -> None:
    document = world.api("GET", "/balance").json
    assert (document["available"], document["level"]) == ("0.00", {"sum": None, "percent": None})


def test_of_a_post_paid_account_no_sum_is_told_as_what_can_be_spent(world: World) -> None:
    account = {**EMPTY_BALANCE, "available": -50_000, "spent": 50_000, "postpaid": True}
    world.platform.billing.accounts[world.advertiser_id] = account
    document = world.api("GET", "/balance").json
    assert (document["available"], document["postpaid"], document["spent"]) == (None, True, "5.00")


@pytest.mark.parametrize(
    ("body", "kept", "told"),
    [
        ({"sum": "1000.5"}, (10_005_000, 0), {"sum": "1000.50", "percent": None}),
        ({"percent": 20}, (0, 20), {"sum": None, "percent": 20}),
        ({"sum": "0.0001", "percent": 100}, (1, 100), {"sum": "0.0001", "percent": 100}),
        ({"sum": "0", "percent": 0}, (0, 0), {"sum": None, "percent": None}),
        ({"sum": None}, (0, 0), {"sum": None, "percent": None}),
    ],
)
def test_a_level_replaces_the_one_before_as_often_as_it_is_sent(
    world: World, body: dict[str, Any], kept: tuple[int, int], told: dict[str, Any]
) -> None:
    world.platform.billing.set_level(world.partner_id, world.advertiser_id, 7, 7)
    for _ in range(2):
        response = world.api("PUT", "/balance/level", json=body)
        assert (response.status_code, response.json) == (200, told)
    assert level_of(world) == kept
    assert world.api("GET", "/balance/level").json == world.api("GET", "/balance").json["level"] == told
    # What was read can be sent back.
    assert world.api("PUT", "/balance/level", json=told).json == told


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, [""]),
        ([], [""]),
        ("20", [""]),
        ({"sum": 1000}, ["/sum"]),
        ({"sum": "-5"}, ["/sum"]),
        ({"sum": "1,5"}, ["/sum"]),
        ({"sum": "1 000"}, ["/sum"]),
        ({"sum": "0.00001"}, ["/sum"]),
        ({"sum": "1" * 14}, ["/sum"]),
        ({"sum": "١"}, ["/sum"]),
        ({"sum": ""}, ["/sum"]),
        ({"percent": 101}, ["/percent"]),
        ({"percent": -1}, ["/percent"]),
        ({"percent": 2.5}, ["/percent"]),
        ({"percent": True}, ["/percent"]),
        ({"percent": "20"}, ["/percent"]),
        ({"sum": "x", "percent": "x", "unit/s": "sum"}, ["/percent", "/sum", "/unit~1s"]),
    ],
)
def test_a_wrong_level_is_told_at_its_field_and_changes_nothing(world: World, body: Any, pointers: list[str]) -> None:
    world.platform.billing.set_level(world.partner_id, world.advertiser_id, 7, 0)
    response = world.api("PUT", "/balance/level", json=body, headers={"Accept-Language": "ru"})
    assert (response.status_code, response.json["code"]) == (422, "malformed")
    assert sorted(error["pointer"] for error in response.json["errors"]) == pointers
    assert response.json["detail"].startswith("Запрос составлен неверно")
    assert level_of(world) == (7, 0)


def test_a_level_that_is_no_json_is_refused_before_it_is_looked_at(world: World) -> None:
    assert world.api("PUT", "/balance/level", data="{", content_type="application/json").status_code == 400
    assert world.api("PUT", "/balance/level", data="sum=5").status_code == 415
    assert level_of(world) == (0, 0)


def test_the_level_of_another_advertiser_stays(world: World) -> None:
    other = world.add_advertiser("other")
    world.platform.billing.set_level(world.partner_id, other, 7, 0)
    world.api("PUT", "/balance/level", json={"sum": "1.00"})
    assert world.platform.billing.accounts[other]["level"] == 7
