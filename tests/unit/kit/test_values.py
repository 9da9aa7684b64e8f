"""Ids, money and time: small functions that everything rests on."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.clock import FixedClock, from_rfc3339, to_rfc3339
from kit.ids import moment_of, uuid7, uuid7_floor, uuid7_text, uuid7_texts
from kit.money import MINOR_PER_UNIT, MOST_MINOR, format_money, parse_money

START = datetime(2020, 1, 1, tzinfo=UTC)
moments = st.timedeltas(timedelta(0), timedelta(days=80 * 365)).map(START.__add__)


def test_ids_of_a_process_are_unique_and_grow() -> None:
    ids = [uuid7() for _ in range(20_000)]
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)


@given(st.lists(st.integers(0, 3), min_size=2, max_size=50), moments)
def test_ids_grow_while_a_given_clock_does_not_go_back(steps: list[int], start: datetime) -> None:
    clock, ids = FixedClock(start), []
    for step in steps:
        clock.advance(step / 1000)
        ids.append(uuid7(clock.now()))
    assert ids == sorted(ids)


@given(moments, st.integers(0, 50))
def test_many_ids_at_once_are_uuid7_of_that_moment_and_rise_with_those_around(moment: datetime, count: int) -> None:
    texts = [str(uuid7(moment)), *uuid7_texts(moment, count), *uuid7_texts(moment, 2), str(uuid7(moment))]
    assert len(set(texts)) == count + 4 and texts == sorted(texts)
    for text in texts:
        made = UUID(text)
        assert (str(made), made.version, made.variant) == (text, 7, RFC_4122)
        assert moment_of(made) == moment_of(uuid7_floor(moment))


def test_ids_that_are_written_at_once_are_in_one_line_with_the_others() -> None:
    texts = [str(uuid7()), uuid7_text(), uuid7_text(), str(uuid7())]
    assert len(set(texts)) == 4
    assert [str(UUID(one)) for one in texts] == texts
    assert {UUID(one).version for one in texts} == {7}
    assert abs(moment_of(UUID(texts[1])) - datetime.now(UTC)) < timedelta(minutes=5)


@given(moments)
def test_an_id_tells_its_moment_to_the_millisecond_and_is_a_uuid7(moment: datetime) -> None:
    made = uuid7(moment)
    assert timedelta(0) <= moment - moment_of(made) < timedelta(milliseconds=1)
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert uuid7_floor(moment) <= made
    assert moment_of(uuid7_floor(moment)) == moment_of(made)


def test_an_id_of_a_naive_moment_is_a_mistake() -> None:
    with pytest.raises(TypeError):
        uuid7(datetime(2026, 1, 1))


@given(st.integers(0, MOST_MINOR - 1))
def test_what_is_formatted_is_parsed_to_the_same_sum(minor: int) -> None:
    assert parse_money(format_money(minor)) == minor
    assert parse_money(format_money(minor, 4).replace(".", ",")) == minor


@given(st.integers(0, 10**13 - 1), st.text("0123456789", min_size=1, max_size=4), st.sampled_from(".,"))
def test_a_written_sum_is_exact(whole: int, fraction: str, separator: str) -> None:
    assert parse_money(f"{whole}{separator}{fraction}") == whole * MINOR_PER_UNIT + int(fraction.ljust(4, "0"))


@given(st.integers(0, 10**13 - 1), st.sampled_from(" \u00a0\u202f"))
def test_groups_of_three_digits_may_be_apart(whole: int, space: str) -> None:
    assert parse_money(f"{whole:,}".replace(",", space) + ",5") == whole * MINOR_PER_UNIT + 5000


@given(st.text(max_size=20))
def test_anything_else_is_a_sentence_and_never_another_error(text: str) -> None:
    told = ""
    try:
        parse_money(text)
    except ValueError as error:
        told = str(error)
    assert not told or "such as 0,80" in told


@pytest.mark.parametrize("text", ["-1", "+1", "1e3", "0,80001", "1,2,3", "250 99", "1 2 0", "", ".5", "5.", "٣", "NaN"])
def test_a_doubtful_sum_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="such as 0,80"):
        parse_money(text)


@pytest.mark.parametrize(("minor", "text"), [(8000, "0.80"), (5, "0.0005"), (-12_345, "-1.2345"), (0, "0.00")])
def test_sums_are_shown_with_two_to_four_decimals(minor: int, text: str) -> None:
    assert format_money(minor) == text


@given(moments, st.integers(-12, 14))
def test_time_survives_the_wire(moment: datetime, offset: int) -> None:
    elsewhere = moment.astimezone(timezone(timedelta(hours=offset)))
    assert from_rfc3339(to_rfc3339(elsewhere)) == moment
    assert to_rfc3339(elsewhere).endswith("Z")


def test_time_without_a_zone_does_not_cross_a_boundary() -> None:
    with pytest.raises(ValueError, match="zone"):
        to_rfc3339(datetime(2026, 1, 1))
    with pytest.raises(ValueError, match="offset"):
        from_rfc3339("2026-01-01T00:00:00")
