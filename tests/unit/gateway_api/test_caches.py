"""Caches of the gateway are bounded in size and time."""

import pytest

from contracts.errors import Unauthenticated
from gateway_http.cache import TimedCache
from gateway_http.keys import ApiKeys
from tests.unit.gateway_api.conftest import World


class Moment:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_an_entry_ends_after_its_time() -> None:
    moment = Moment()
    cache: TimedCache[int] = TimedCache(seconds=10, most=5, monotonic=moment)
    cache.put("a", 1)
    moment.now = 9.9
    assert cache.get("a") == 1
    moment.now = 10.0
    assert cache.get("a") is None
    assert len(cache) == 0


def test_the_oldest_entry_leaves_when_the_cache_is_full() -> None:
    cache: TimedCache[int] = TimedCache(seconds=10, most=2)
    for number, key in enumerate("abca"):
        cache.put(key, number)
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == (3, None, 2)
    assert len(cache) == 2


def test_an_answer_that_was_under_way_while_credentials_changed_is_not_remembered(world: World) -> None:
    keys = ApiKeys(world.clients.accounts)
    authenticate = world.platform.accounts.authenticate_api_key

    def changing(key: str, address: str) -> object:
        answer = authenticate(key, address)
        keys.forget([world.advertiser_id])
        return answer

    world.platform.accounts.authenticate_api_key = changing  # type: ignore[method-assign]
    keys.principal(world.key, "192.0.2.1")
    world.platform.accounts.keys.clear()
    world.platform.accounts.authenticate_api_key = authenticate  # type: ignore[method-assign]
    assert ("accounts", "authenticate_api_key") in world.platform.calls
    before = len(world.platform.calls)
    with pytest.raises(Unauthenticated):
        keys.principal(world.key, "192.0.2.1")
    assert len(world.platform.calls) == before + 1


def test_the_key_itself_is_not_kept(world: World) -> None:
    keys = ApiKeys(world.clients.accounts)
    keys.principal(world.key, "192.0.2.1")
    assert world.key not in repr(vars(keys._cache))
