"""Whether a message meets the conditions of a route."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.smpp_gateway.route_rules import Traits, compiled
from tests.unit.routes.samples import ADVERTISER, OTHER, PARTNER, TRAITS, route

SUNDAY = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
UNKNOWN = Traits("", "", "advertising", "GOLUB", PARTNER, ADVERTISER)


def why_not(at: datetime = SUNDAY, traits: Traits = TRAITS, **conditions: Any) -> str:
    return compiled([route(**conditions)])[0].why_not(traits, at)


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({}, ""),
        ({"mcc": "250"}, ""),
        ({"mcc": "250", "mnc": "01"}, ""),
        ({"mcc": "250", "mnc": "02"}, "direction"),
        ({"mcc": "255"}, "direction"),
        ({"sms_type": "advertising"}, ""),
        ({"sms_type": "transactional"}, "type"),
        ({"sender": "GOLUB"}, ""),
        ({"sender": "GOL"}, "sender"),
        ({"sender": "GOL*"}, ""),
        ({"sender": "*"}, ""),
        ({"sender": "golub"}, "sender"),
        ({"sender": "BANK*"}, "sender"),
        ({"partner_id": PARTNER}, ""),
        ({"partner_id": OTHER}, "partner"),
        ({"advertiser_id": ADVERTISER}, ""),
        ({"advertiser_id": OTHER}, "advertiser"),
        ({"mcc": "250", "sms_type": "service", "sender": "BANK"}, "type"),
    ],
)
def test_each_condition_holds_or_is_named(conditions: dict[str, Any], expected: str) -> None:
    assert why_not(**conditions) == expected


def test_a_direction_that_is_unknown_meets_no_condition_on_directions() -> None:
    assert why_not(traits=UNKNOWN, mcc="250") == "direction"
    assert why_not(traits=UNKNOWN) == ""


@pytest.mark.parametrize(
    ("at", "window", "taken"),
    [
        ("2026-11-22T09:00", ("09:00", "18:00"), True),
        ("2026-11-22T08:59:59", ("09:00", "18:00"), False),
        ("2026-11-22T17:59:59", ("09:00", "18:00"), True),
        ("2026-11-22T18:00", ("09:00", "18:00"), False),
        ("2026-11-22T23:30", ("22:00", "06:00"), True),
        ("2026-11-22T05:59", ("22:00", "06:00"), True),
        ("2026-11-22T06:00", ("22:00", "06:00"), False),
        ("2026-11-22T12:00", ("22:00", "06:00"), False),
        ("2026-11-22T00:00", ("22:00", "00:00"), False),
        ("2026-11-22T23:59:59", ("22:00", "00:00"), True),
    ],
)
def test_a_time_of_day_begins_with_its_first_minute_and_ends_before_its_last(
    at: str, window: tuple[str, str], taken: bool
) -> None:
    found = why_not(datetime.fromisoformat(at + "+00:00"), time_from=window[0], time_to=window[1], zone="UTC")
    assert found == ("" if taken else "time")


@pytest.mark.parametrize(
    ("at", "taken"),
    [
        ("2026-11-20T23:00", True),  # Friday night
        ("2026-11-21T03:00", True),  # still the night that began on Friday
        ("2026-11-20T03:00", False),  # the night that began on Thursday
        ("2026-11-21T23:00", False),  # Saturday night
    ],
)
def test_a_night_belongs_to_the_day_on_which_it_began(at: str, taken: bool) -> None:
    moment = datetime.fromisoformat(at + "+00:00")
    found = why_not(moment, days=[5], time_from="22:00", time_to="06:00", zone="UTC")
    assert found == ("" if taken else "time")


def test_days_and_times_are_those_of_the_zone() -> None:
    evening = datetime(2026, 11, 22, 20, 30, tzinfo=UTC)
    assert why_not(evening, days=[7], zone="UTC") == ""
    assert why_not(evening, days=[7], zone="Asia/Yekaterinburg") == "time"
    assert why_not(evening, days=[1], time_from="01:00", time_to="02:00", zone="Asia/Yekaterinburg") == ""


def test_a_zone_that_changes_its_clocks_is_followed() -> None:
    morning: dict[str, Any] = {"time_from": "09:00", "time_to": "10:00", "zone": "Europe/Berlin"}
    assert why_not(datetime(2026, 7, 1, 7, 30, tzinfo=UTC), **morning) == ""
    assert why_not(datetime(2026, 1, 7, 7, 30, tzinfo=UTC), **morning) == "time"
