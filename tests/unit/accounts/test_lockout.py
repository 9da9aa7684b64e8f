"""Who guesses SMPP passwords is kept out, and nobody else."""

import logging
from datetime import UTC, datetime, timedelta

import pytest

from contracts.errors import TooManyRequests
from services.accounts.lockout import FREE_OF_LOGIN, FREE_OF_PLACE, MOST_SECONDS, Counts, Lockout

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
HERE, ELSEWHERE = "192.0.2.1", "198.51.100.7"


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def wait(lockout: Lockout, system_id: str, address: str, now: datetime) -> int:
    """Seconds it is kept out, 0 when it is not."""
    try:
        lockout.check(system_id, address, now)
    except TooManyRequests as error:
        return int(error.data["retry_after_seconds"])
    return 0


def fail(lockout: Lockout, times: int, system_id: str = "shop", address: str = HERE, now: datetime = NOW) -> None:
    for _ in range(times):
        lockout.failed(system_id, address, now)


def test_each_failure_after_the_free_ones_doubles_the_wait_up_to_a_bound() -> None:
    lockout, now, waits = Lockout(), NOW, []
    fail(lockout, FREE_OF_LOGIN - 1)
    assert wait(lockout, "shop", HERE, now) == 0
    for _ in range(9):
        lockout.failed("shop", HERE, now)
        waits.append(wait(lockout, "shop", HERE, now))
        now += timedelta(seconds=waits[-1])
        assert wait(lockout, "shop", HERE, now) == 0
    assert waits == [10, 20, 40, 80, 160, 320, 640, MOST_SECONDS, MOST_SECONDS]


def test_guesses_from_elsewhere_do_not_keep_a_client_out() -> None:
    lockout = Lockout()
    for number in range(200):
        fail(lockout, 20, address=f"198.51.100.{number}")
    assert wait(lockout, "shop", HERE, NOW) == 0


def test_guesses_under_other_names_keep_strangers_of_that_place_out_and_not_its_known_client() -> None:
    lockout = Lockout()
    lockout.passed("shop", HERE, NOW)
    for number in range(FREE_OF_PLACE):
        fail(lockout, 1, system_id=f"guess{number}")
    assert wait(lockout, "another", HERE, NOW) == 10
    assert wait(lockout, "shop", HERE, NOW) == 0
    assert wait(lockout, "another", ELSEWHERE, NOW) == 0


def test_a_good_password_of_ones_own_buys_no_guesses_at_those_of_others() -> None:
    lockout = Lockout()
    for number in range(FREE_OF_PLACE):
        fail(lockout, 1, system_id=f"guess{number}")
        lockout.passed("own", HERE, NOW)
    assert wait(lockout, "victim", HERE, NOW) > 0


def test_success_forgets_the_failures_of_that_login() -> None:
    lockout = Lockout()
    fail(lockout, FREE_OF_LOGIN - 1)
    lockout.passed("shop", HERE, NOW)
    fail(lockout, FREE_OF_LOGIN - 1)
    assert wait(lockout, "shop", HERE, NOW) == 0


def test_an_hour_without_failure_begins_anew() -> None:
    lockout = Lockout()
    fail(lockout, FREE_OF_LOGIN + 5)
    fail(lockout, 1, now=after(3_601 + MOST_SECONDS))
    assert wait(lockout, "shop", HERE, after(3_601 + MOST_SECONDS)) == 0


def test_a_network_of_ipv6_is_one_place() -> None:
    lockout = Lockout()
    for number in range(FREE_OF_LOGIN):
        fail(lockout, 1, address=f"2001:db8::{number:x}")
    assert wait(lockout, "shop", "2001:db8::ffff", NOW) == 10
    assert wait(lockout, "shop", "2001:db8:0:1::1", NOW) == 0


def test_memory_is_bounded_whoever_comes() -> None:
    counts = Counts(free=3, most_keys=100)
    for number in range(10_000):
        counts.add(str(number).encode(), NOW)
    assert len(counts) == 100


def test_one_line_is_logged_each_time_that_somebody_is_kept_out(caplog: pytest.LogCaptureFixture) -> None:
    lockout = Lockout()
    with caplog.at_level(logging.WARNING):
        fail(lockout, FREE_OF_LOGIN)
        for _ in range(50):
            wait(lockout, "shop", HERE, NOW)
    assert [record.getMessage() for record in caplog.records] == [
        f"Binds as 'shop' from {HERE} are refused for 10 s after failures."
    ]
