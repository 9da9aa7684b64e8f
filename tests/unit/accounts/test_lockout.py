"""How long failures lock whom. Pure."""

from datetime import UTC, datetime, timedelta

from services.accounts.lockout import (
    FREE_OF_LOGIN,
    FREE_OF_PLACE,
    MOST_SECONDS,
    NONE,
    Failures,
    keys,
    lock_seconds,
    wait_seconds,
)

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def test_each_failure_after_the_free_ones_doubles_the_wait_up_to_a_bound() -> None:
    assert [lock_seconds(count, 5) for count in range(4, 15)] == [
        *(0, 10, 20, 40, 80, 160, 320, 640),
        *(MOST_SECONDS, MOST_SECONDS, MOST_SECONDS),
    ]
    assert lock_seconds(10**9, 5) == MOST_SECONDS


def test_the_wait_runs_from_the_last_failure() -> None:
    of_login = Failures(FREE_OF_LOGIN + 1, NOW)
    assert wait_seconds(of_login, NONE, NOW) == 20
    assert wait_seconds(of_login, NONE, NOW + timedelta(seconds=19.5)) == 0.5
    assert wait_seconds(of_login, NONE, NOW + timedelta(seconds=20)) == 0


def test_a_place_keeps_out_strangers_and_not_whom_it_knows() -> None:
    of_place = Failures(FREE_OF_PLACE, NOW)
    assert wait_seconds(NONE, of_place, NOW) == 10
    assert wait_seconds(Failures(known_until=NOW + timedelta(seconds=1)), of_place, NOW) == 0
    assert wait_seconds(Failures(known_until=NOW), of_place, NOW) == 10


def test_a_known_client_is_kept_out_for_failures_under_its_own_name() -> None:
    assert wait_seconds(Failures(FREE_OF_LOGIN, NOW, NOW + timedelta(hours=1)), NONE, NOW) == 10


def test_a_network_of_ipv6_is_one_place_and_keys_are_small_whatever_comes() -> None:
    assert keys("shop", "2001:db8::1") == keys("shop", "2001:db8::ffff")
    assert keys("shop", "2001:db8::1") != keys("shop", "2001:db8:0:1::1")
    assert keys("shop", "::ffff:192.0.2.1") == keys("shop", "192.0.2.1")
    assert {len(key) for key in keys("\ud800" * 100_000, "\x00")} == {16}
