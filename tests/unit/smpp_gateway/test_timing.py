"""When a message may be sent."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.errors import Malformed
from services.smpp_gateway.timing import Timing, opening, timing_of
from tests.unit.smpp_gateway.samples import NOW, ORDER

VALIDITY = timedelta(hours=48)


def _timing(**asked: Any) -> Timing:
    return timing_of(replace(ORDER, **asked), NOW, VALIDITY)


def test_without_a_word_it_goes_at_once_and_is_valid_as_the_platform_has_it() -> None:
    assert _timing() == Timing(None, NOW + VALIDITY)


def test_validity_counts_from_the_time_of_sending() -> None:
    asked = _timing(send_at="2026-11-23T12:00:00+03:00", validity_seconds=600)
    assert asked == Timing(NOW + timedelta(hours=23), NOW + timedelta(hours=23, minutes=10))


def test_a_time_that_has_just_passed_is_now() -> None:
    assert _timing(send_at="2026-11-22T09:56:00Z").send_at is None


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"send_at": "tomorrow"}, "send_at_invalid"),
        ({"send_at": "2026-11-23T12:00:00"}, "send_at_invalid"),
        ({"send_at": "2026-11-22T09:54:00Z"}, "send_at_past"),
        ({"send_at": "2027-11-22T10:00:00Z"}, "send_at_too_far"),
        ({"validity_seconds": 59}, "validity_invalid"),
        ({"validity_seconds": 7 * 86_400 + 1}, "validity_invalid"),
        ({"hours_from": 540}, "hours_invalid"),
        ({"hours_from": 540, "hours_to": 540}, "hours_invalid"),
        ({"hours_from": -1, "hours_to": 540}, "hours_invalid"),
        ({"hours_from": 540, "hours_to": 1440}, "hours_invalid"),
    ],
)
def test_times_that_cannot_be_are_refused_at_their_field(asked: dict[str, Any], code: str) -> None:
    with pytest.raises(Malformed) as caught:
        _timing(**asked)
    assert [one["code"] for one in caught.value.data["errors"]] == [code]


def _utc(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "zone", "hours", "expected"),
    [
        # Moscow is three hours ahead: 9 to 21 there is 6 to 18 here.
        (_utc(22, 10), "Europe/Moscow", (540, 1260), (_utc(22, 6), _utc(22, 18))),
        (_utc(22, 5, 59), "Europe/Moscow", (540, 1260), (_utc(22, 6), _utc(22, 18))),
        (_utc(22, 6), "Europe/Moscow", (540, 1260), (_utc(22, 6), _utc(22, 18))),
        (_utc(22, 18), "Europe/Moscow", (540, 1260), (_utc(23, 6), _utc(23, 18))),
        # In Vladivostok, ten hours ahead, the day is over.
        (_utc(22, 11), "Asia/Vladivostok", (540, 1260), (_utc(22, 23), _utc(23, 11))),
        # Hours that pass midnight, in each of their halves.
        (_utc(22, 20), "Europe/Moscow", (1320, 360), (_utc(22, 19), _utc(23, 3))),
        (_utc(22, 1), "Europe/Moscow", (1320, 360), (_utc(21, 19), _utc(22, 3))),
        (_utc(22, 10), "Europe/Moscow", (1320, 360), (_utc(22, 19), _utc(23, 3))),
        # Where the region is not known, Moscow's hours hold.
        (_utc(22, 10), "", (540, 1260), (_utc(22, 6), _utc(22, 18))),
        (_utc(22, 10), "No/Where", (540, 1260), (_utc(22, 6), _utc(22, 18))),
    ],
)
def test_hours_are_those_of_the_recipient(
    now: datetime, zone: str, hours: tuple[int, int], expected: tuple[datetime, datetime]
) -> None:
    assert opening(now, zone, *hours) == expected


@pytest.mark.parametrize("hour", range(24))
@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
def test_a_change_of_clocks_leaves_hours_that_end_later_than_now(zone: str, hour: int) -> None:
    for day in (
        datetime(2026, 3, 8, tzinfo=UTC),
        datetime(2026, 3, 29, tzinfo=UTC),
        datetime(2026, 10, 25, tzinfo=UTC),
    ):
        now = day + timedelta(hours=hour)
        for hours in ((120, 180), (150, 160), (1380, 60)):
            begins, ends = opening(now, zone, *hours)
            assert begins < ends and ends > now and begins - now < timedelta(days=2)
