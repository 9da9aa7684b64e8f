"""Where a number belongs, by the built-in plan and by any other."""

import random

import pytest

from services.tariffs.numbering import (
    NumberRange,
    Place,
    first_numbering,
    known_directions,
    number_info,
    numbering,
)
from services.tariffs.open_data import parse
from tests.unit.tariffs.plan_file import plan_lines


@pytest.mark.parametrize(
    ("recipient", "mcc", "mnc", "direction"),
    [
        ("79030000001", "250", "99", "Beeline"),
        ("79161234567", "250", "01", "MTS"),
        ("79261234567", "250", "02", "MegaFon"),
        ("79001234567", "250", "20", "T2"),
        ("79991234567", "250", "11", "Yota"),
        ("79351234567", "250", "", "Russia"),
        ("77011234567", "401", "", "Kazakhstan"),
        ("375291234567", "257", "", "Belarus"),
        ("998901234567", "434", "", "Uzbekistan"),
        ("4915112345678", "262", "", "Germany"),
    ],
)
def test_the_built_in_plan_knows_russian_operators_and_foreign_countries(
    recipient: str, mcc: str, mnc: str, direction: str
) -> None:
    info = number_info(first_numbering(), recipient)
    assert (info.mcc, info.mnc, info.direction) == (mcc, mnc, direction)


@pytest.mark.parametrize("code", range(900, 1000))
def test_the_built_in_plan_gives_every_russian_mobile_number_a_direction(code: int) -> None:
    for tail in ("0000000", "9999999", f"{random.randrange(10_000_000):07d}"):
        place = first_numbering().find(f"7{code}{tail}")
        assert place is not None
        assert place.mcc == "250"


@pytest.mark.parametrize(
    "recipient", ["", "7", "abc", "+79030000001", "790300000010", "7903000000", "٧٩٠٣٠٠٠٠٠٠١", "74951234567", "9" * 400]
)
def test_what_is_no_known_number_belongs_nowhere(recipient: str) -> None:
    assert first_numbering().find(recipient) is None
    info = number_info(first_numbering(), recipient)
    assert (info.recipient, info.mcc, info.direction, info.zone) == (recipient, "", "", "")


def test_ranges_include_both_ends_and_gaps_belong_to_nobody() -> None:
    first, second = Place("250", "01", "A"), Place("250", "02", "B")
    plan = numbering(
        "test", [NumberRange(79000000200, 79000000299, second), NumberRange(79000000000, 79000000099, first)]
    )
    found = {str(number): plan.find(str(number)) for number in (79000000000, 79000000099, 79000000200, 79000000299)}
    assert list(found.values()) == [first, first, second, second]
    assert [plan.find(str(number)) for number in (78999999999, 79000000100, 79000000199, 79000000300)] == [None] * 4


def test_bisection_finds_what_a_search_of_all_ranges_finds() -> None:
    ranges = parse(plan_lines()).ranges
    plan = numbering("test", ranges)
    for one in random.sample(ranges, 300):
        number = random.randint(one.first - 1, one.last + 1)
        slow = next((other.place for other in ranges if other.first <= number <= other.last), None)
        assert plan.find(str(number)) == slow


def test_directions_are_unique_ordered_and_name_a_country_each() -> None:
    keys = [(one.mcc, one.mnc) for one in known_directions()]
    assert keys == sorted(set(keys))
    assert {("250", ""), ("250", "99"), ("401", "")} <= set(keys)
    assert all(one.name and len(one.country) == 2 for one in known_directions())
