"""Token buckets: how fast one may guess, and that guessing hurts nobody else."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import TooManyRequests
from services.accounts.limits import Limits, TokenBuckets, key_of, network_of

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_a_bucket_gives_its_burst_and_then_one_token_per_interval() -> None:
    buckets = TokenBuckets(burst=3, refill_seconds=10)
    assert [buckets.take(b"a", NOW) for _ in range(4)] == [0.0, 0.0, 0.0, 10.0]
    assert buckets.take(b"a", after(4)) == pytest.approx(6)
    assert buckets.take(b"a", after(10)) == 0.0
    assert buckets.take(b"a", after(10)) == 10.0


def test_what_is_given_back_can_be_taken_again_and_never_exceeds_the_burst() -> None:
    buckets = TokenBuckets(burst=1, refill_seconds=10)
    for _ in range(5):
        assert buckets.take(b"a", NOW) == 0.0
        buckets.give_back(b"a", NOW)
    buckets.give_back(b"a", NOW)
    assert [buckets.take(b"a", NOW) for _ in range(2)] == [0.0, 10.0]


@given(st.lists(st.floats(-100, 100), max_size=60))
def test_over_any_time_no_more_is_given_than_burst_and_refill(steps: list[float]) -> None:
    buckets, moment, furthest, given_out = TokenBuckets(burst=3, refill_seconds=10), 0.0, 0.0, 0
    for step in steps:
        moment += abs(step)
        furthest = max(furthest, moment)
        given_out += buckets.take(b"a", after(moment)) == 0.0
    assert given_out <= 3 + furthest / 10


def test_memory_is_bounded_and_the_busiest_stay() -> None:
    buckets = TokenBuckets(burst=1, refill_seconds=1000, most_keys=10)
    buckets.take(b"busy", NOW)
    for number in range(100):
        buckets.take(b"%d" % number, NOW)
        buckets.give_back(b"busy", NOW)
        buckets.take(b"busy", NOW)
    assert len(buckets._buckets) == 10
    assert buckets.take(b"busy", NOW) > 0


def test_a_refused_attempt_takes_no_token_from_the_other_buckets() -> None:
    limits = Limits()
    for _ in range(5):
        limits.sign_in("h", "login", "192.0.2.1", True, NOW)
    for _ in range(100):
        with pytest.raises(TooManyRequests):
            limits.sign_in("h", "login", "192.0.2.1", True, NOW)
    for number in range(25):
        limits.sign_in("h", f"other{number}", "192.0.2.1", True, NOW)


def test_the_wait_is_told_in_whole_seconds_that_suffice() -> None:
    limits = Limits()
    for _ in range(5):
        limits.sign_in("h", "shop", "192.0.2.1", True, NOW)
    with pytest.raises(TooManyRequests) as error:
        limits.sign_in("h", "shop", "192.0.2.1", True, after(0.5))
    limits.sign_in("h", "shop", "192.0.2.1", True, after(0.5 + error.value.data["retry_after_seconds"]))


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("nonsense", "nonsense"),
        ("", ""),
    ],
)
def test_an_address_counts_as_what_one_person_commands(address: str, network: str) -> None:
    assert network_of(address) == network


@given(st.lists(st.text(), max_size=5))
def test_a_key_has_a_fixed_size(parts: list[str]) -> None:
    assert len(key_of(*parts)) == 16
