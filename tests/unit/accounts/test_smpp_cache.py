"""The memory of right SMPP passwords."""

from datetime import UTC, datetime, timedelta

import eventlet
import pytest

from services.accounts.smpp_cache import KEPT, VerifiedPasswords

NOW = datetime(2026, 11, 22, tzinfo=UTC)


class Check:
    """A costly check that counts how often it ran."""

    def __init__(self, *answers: bool) -> None:
        self.answers = list(answers)
        self.runs = 0

    def __call__(self) -> bool:
        self.runs += 1
        eventlet.sleep(0.01)
        return self.answers.pop(0) if self.answers else True


def test_only_a_yes_is_remembered() -> None:
    cache, check = VerifiedPasswords(), Check(False, False, True)
    assert [cache.verify("id", "word", 1, NOW, check) for _ in range(5)] == [False, False, True, True, True]
    assert check.runs == 3


def test_a_yes_is_for_one_version_one_password_and_some_minutes() -> None:
    cache, check = VerifiedPasswords(), Check()
    cache.verify("id", "word", 1, NOW, check)
    for password, version, now in (("other", 1, NOW), ("word", 2, NOW), ("word", 2, NOW + KEPT)):
        before = check.runs
        cache.verify("id", password, version, now, check)
        assert check.runs == before + 1


def test_name_and_password_are_not_run_together() -> None:
    cache, check = VerifiedPasswords(), Check()
    cache.verify("ab", "c", 1, NOW, check)
    cache.verify("a", "bc", 1, NOW, check)
    assert check.runs == 2


def test_attempts_at_once_wait_for_the_first_and_a_no_is_checked_again_each() -> None:
    cache, check = VerifiedPasswords(), Check(False, False, True)
    threads = [eventlet.spawn(cache.verify, "id", "word", 1, NOW, check) for _ in range(10)]
    assert sorted(thread.wait() for thread in threads) == [False] * 2 + [True] * 8
    assert check.runs == 3


def test_a_failing_check_leaves_nobody_waiting() -> None:
    cache = VerifiedPasswords()

    def broken() -> bool:
        eventlet.sleep(0.01)
        raise RuntimeError("no database")

    first = eventlet.spawn(cache.verify, "id", "word", 1, NOW, broken)
    second = eventlet.spawn(cache.verify, "id", "word", 1, NOW, Check())
    with pytest.raises(RuntimeError):
        first.wait()
    assert second.wait()


def test_memory_is_bounded() -> None:
    cache = VerifiedPasswords(most_entries=10)
    for number in range(50):
        cache.verify("id", str(number), 1, NOW + timedelta(microseconds=number), lambda: True)
    assert len(cache._good) == 10
