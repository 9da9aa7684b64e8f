"""Hashing under load: the hub goes on, and a flood is turned away."""

import eventlet
import pytest
from argon2 import PasswordHasher

from contracts.errors import Unavailable
from services.accounts import passwords
from services.accounts.passwords import MOST_AT_ONCE, MOST_WAITING, PasswordKeeper


def test_the_standing_profile_is_the_low_memory_one_of_rfc_9106() -> None:
    assert (passwords.HASHER.memory_cost, passwords.HASHER.time_cost, passwords.HASHER.parallelism) == (65536, 3, 4)


def test_a_flood_of_verifications_is_bounded_and_the_hub_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    keeper, running, most = PasswordKeeper(), [], []
    hub_went_on = eventlet.patcher.original("threading").Event()

    def slow(stored: str, octets: bytes) -> bool:
        running.append(1)
        most.append(len(running))
        matches = hub_went_on.wait(timeout=30.0)
        running.pop()
        return matches

    monkeypatch.setattr(passwords, "_matches", slow)
    flood = [eventlet.spawn(keeper.verify, "stored", "password") for _ in range(40)]
    for _ in range(10):
        eventlet.sleep(0.001)
    assert running, "nothing was under way while the other greenlet had its turns"
    hub_went_on.set()
    outcomes = []
    for thread in flood:
        try:
            outcomes.append(thread.wait())
        except Unavailable:
            outcomes.append(False)
    assert max(most) <= MOST_AT_ONCE
    assert sum(outcomes) == MOST_AT_ONCE + MOST_WAITING
    assert keeper.verify("stored", "password")


def test_a_stored_hash_that_is_damaged_matches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    keeper = PasswordKeeper()
    for stored in ("", "nonsense", "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$", keeper.hash("another one")):
        assert keeper.verify(stored, "password") is False
    assert keeper.verify(keeper.hash("password"), "password") is True
