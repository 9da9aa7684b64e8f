"""What a scheme may say: each wrong field is told by its pointer."""

from typing import Any

import pytest

from contracts.errors import Malformed
from contracts.smpp_routes import LinkCost, Route
from services.smpp_gateway.route_checks import MOST_COSTS, MOST_ROUTES, check_costs, check_scheme
from tests.unit.routes.samples import ADVERTISER, route, targets


def problems(*routes: Route, name: str = "Scheme", after: str = "refuse") -> list[tuple[str, str]]:
    with pytest.raises(Malformed) as caught:
        check_scheme(name, after, routes, {"a", "b"})
    return [(one["pointer"], one["code"]) for one in caught.value.data["errors"]]


def test_routes_may_say_nothing_everything_and_the_same_again() -> None:
    full = route(
        ("a", 1000), "b", name="Night", mcc="250", mnc="01", sms_type="service", sender="BANK*",
        advertiser_id=ADVERTISER, days=[6, 7], time_from="22:00", time_to="06:00", zone="Europe/Moscow", mode="weights",
    )  # fmt: skip
    check_scheme("Scheme", "default", [route(), full, route(), full], {"a", "b"})


@pytest.mark.parametrize(
    ("conditions", "pointer", "code"),
    [
        ({"name": "x" * 101}, "name", "route_name_invalid"),
        ({"mcc": "25"}, "mcc", "route_direction_invalid"),
        ({"mcc": "250", "mnc": "1"}, "mnc", "route_direction_invalid"),
        ({"mnc": "01"}, "mnc", "route_direction_invalid"),
        ({"sms_type": "other"}, "sms_type", "route_type_unknown"),
        ({"sender": "A*B"}, "sender", "route_sender_invalid"),
        ({"sender": "x" * 16}, "sender", "route_sender_invalid"),
        ({"sender": "a\0"}, "sender", "route_sender_invalid"),
        ({"partner_id": "me"}, "partner_id", "route_owner_invalid"),
        ({"advertiser_id": ADVERTISER.upper()}, "advertiser_id", "route_owner_invalid"),
        ({"days": [0], "zone": "UTC"}, "days", "route_days_invalid"),
        ({"days": [1, 1], "zone": "UTC"}, "days", "route_days_invalid"),
        ({"days": [1]}, "zone", "route_zone_unknown"),
        ({"time_from": "24:00", "time_to": "01:00", "zone": "UTC"}, "time_from", "route_time_invalid"),
        ({"time_from": "10:00", "zone": "UTC"}, "time_to", "route_time_invalid"),
        ({"time_from": "10:00", "time_to": "10:00", "zone": "UTC"}, "time_to", "route_time_invalid"),
        ({"time_from": "10:00", "time_to": "11:00", "zone": "Mars"}, "zone", "route_zone_unknown"),
        ({"mode": "random"}, "mode", "route_mode_unknown"),
    ],
)
def test_a_wrong_condition_is_told_by_its_pointer(conditions: dict[str, Any], pointer: str, code: str) -> None:
    assert problems(route(), route(**conditions)) == [(f"/routes/1/{pointer}", code)]


@pytest.mark.parametrize(
    ("links", "pointer", "code"),
    [
        ([], "targets", "route_links_missing"),
        (["a"] * 17, "targets", "too_many_links"),
        (["a", "x"], "targets/1/link", "route_link_unknown"),
        (["a", "a"], "targets/1/link", "route_link_twice"),
        ([("a", 0)], "targets/0/weight", "route_weight_invalid"),
        ([("a", 1001)], "targets/0/weight", "route_weight_invalid"),
    ],
)
def test_a_wrong_link_is_told_by_its_pointer(links: list[Any], pointer: str, code: str) -> None:
    assert problems(Route(targets=targets(*links))) == [(f"/routes/0/{pointer}", code)]


def test_a_scheme_has_a_name_an_end_and_a_bounded_number_of_routes() -> None:
    assert problems(name=" ", after="x") == [("/name", "scheme_name_invalid"), ("/after", "scheme_after_invalid")]
    assert problems(*[route()] * (MOST_ROUTES + 1)) == [("/routes", "too_many_routes")]


def test_costs_name_a_direction_once_and_are_no_less_than_nothing() -> None:
    rows = [("250", "01", 5), ("250", "01", 6), ("250", "", -1), ("", "01", 5), ("", "", 5)]
    with pytest.raises(Malformed) as caught:
        check_costs("x", [LinkCost(mcc=mcc, mnc=mnc, price=price) for mcc, mnc, price in rows], {"a"})
    assert [(one["pointer"], one["code"]) for one in caught.value.data["errors"]] == [
        ("/link", "route_link_unknown"),
        ("/rows/1/mcc", "cost_twice"),
        ("/rows/2/price", "cost_invalid"),
        ("/rows/3/mcc", "route_direction_invalid"),
    ]
    with pytest.raises(Malformed):
        check_costs("a", [LinkCost(mcc="", mnc="", price=1)] * (MOST_COSTS + 1), {"a"})
