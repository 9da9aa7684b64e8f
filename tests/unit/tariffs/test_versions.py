"""Which version of a tariff is in force, and when a change may start."""

from datetime import UTC, datetime, timedelta

import pytest

from contracts.errors import Malformed
from services.tariffs.price_list import price_list
from services.tariffs.versions import (
    MOST_DAYS_AHEAD,
    MOST_VERSIONS_TO_COME,
    Version,
    in_force,
    parse_start,
    schedule,
    version_from_now,
    version_to_come,
    window,
)
from tests.unit.tariffs.books import row

NOW = datetime(2026, 11, 22, 9, 15, tzinfo=UTC)
HOUR, MICROSECOND = timedelta(hours=1), timedelta(microseconds=1)
STARTED = Version(NOW - HOUR, NOW - HOUR)
PLANNED = Version(NOW + HOUR, NOW - HOUR)
OLD, NEW, NEWEST = (price_list(name, [row()]) for name in ("old", "new", "newest"))


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (NOW - 2 * HOUR, None),
        (NOW, STARTED),
        (NOW + HOUR - MICROSECOND, STARTED),
        (NOW + HOUR, PLANNED),
        (NOW + 2 * HOUR, PLANNED),
    ],
)
def test_the_version_that_started_last_is_in_force(moment: datetime, expected: Version | None) -> None:
    versions = [Version(NOW - HOUR, NOW - 3 * HOUR), PLANNED]
    found = in_force(versions, moment)
    assert (found and found.valid_from) == (expected and expected.valid_from)


def test_a_version_that_one_clock_has_started_has_started_for_slower_clocks_too() -> None:
    ahead = Version(NOW, NOW)
    assert in_force([STARTED, ahead, PLANNED], NOW - timedelta(seconds=1)) == ahead


def test_a_change_from_now_on_starts_after_the_version_in_force_whatever_the_clock_says() -> None:
    assert version_from_now([], NOW) == Version(NOW, NOW)
    assert version_from_now([STARTED, PLANNED], NOW) == Version(NOW, NOW)
    ahead = Version(NOW, NOW)
    slow = version_from_now([ahead], NOW - HOUR)
    assert slow == Version(NOW + MICROSECOND, NOW + MICROSECOND)
    assert in_force([ahead, slow], NOW - HOUR) == slow


def errors_of(start: datetime, versions: list[Version]) -> list[tuple[str, str]]:
    with pytest.raises(Malformed) as caught:
        version_to_come(versions, start, NOW)
    return [(one["pointer"], one["code"]) for one in caught.value.data["errors"]]


@pytest.mark.parametrize(
    ("start", "code"),
    [
        (NOW - MICROSECOND, "past"),
        (STARTED.valid_from, "past"),
        (NOW + timedelta(days=MOST_DAYS_AHEAD) + MICROSECOND, "too_far"),
    ],
)
def test_a_start_that_is_over_or_too_far_is_refused(start: datetime, code: str) -> None:
    assert errors_of(start, [STARTED]) == [("/valid_from", code)]


def test_a_start_before_what_another_clock_has_started_is_over() -> None:
    assert errors_of(NOW + HOUR, [Version(NOW + HOUR, NOW + HOUR)]) == [("/valid_from", "past")]


def test_versions_to_come_are_bounded_and_one_of_them_can_still_be_replaced() -> None:
    planned = [Version(NOW + number * HOUR, NOW) for number in range(1, MOST_VERSIONS_TO_COME + 1)]
    assert errors_of(NOW + 100 * HOUR, [STARTED, *planned]) == [("/valid_from", "too_many")]
    assert version_to_come([STARTED, *planned], planned[0].valid_from, NOW) == planned[0]


@pytest.mark.parametrize("text", ["", "tomorrow", "2026-12-01", "2026-12-01T00:00:00", "0001-01-01T00:00:00+23:00", 5])
def test_a_start_that_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse_start(text)
    assert caught.value.data["errors"][0]["pointer"] == "/valid_from"


def test_a_start_may_be_told_in_any_zone() -> None:
    assert parse_start("2026-12-01T03:00:00+03:00") == datetime(2026, 12, 1, tzinfo=UTC)


def test_a_schedule_switches_at_each_start() -> None:
    plan = schedule("t", OLD, [(NOW + 2 * HOUR, NEWEST), (NOW + HOUR, NEW)])
    moments = [NOW - 100 * HOUR, NOW + HOUR - MICROSECOND, NOW + HOUR, NOW + 2 * HOUR, NOW + 100 * HOUR]
    assert [plan.at(moment).tariff_id for moment in moments] == ["old", "old", "new", "newest", "newest"]


def test_a_tariff_that_has_not_started_prices_nothing() -> None:
    assert schedule("t", None, [(NOW, NEW)]).at(NOW - MICROSECOND).prices == {}


def test_a_window_ends_at_the_next_switch_of_any_schedule() -> None:
    plans = [schedule("a", OLD, [(NOW, NEW), (NOW + HOUR, NEWEST)]), schedule("b", OLD, [(NOW + 2 * HOUR, NEW)])]
    assert window(plans, NOW) == (NOW, NOW + HOUR)
    assert window(plans, NOW + HOUR) == (NOW + HOUR, NOW + 2 * HOUR)
    since, until = window([], NOW)
    assert since < NOW < until
