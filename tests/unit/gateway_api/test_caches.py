"""Caches of the gateway are bounded in size and time."""

import eventlet
import pytest

from contracts.errors import Unauthenticated
from gateway_http.asking import Asking
from gateway_http.cache import TimedCache
from gateway_http.keys import ApiKeys
from gateway_http.tenants import Tenants
from tests.unit.gateway_api.conftest import HOST, World


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


def test_those_who_ask_for_the_same_at_once_share_one_question(world: World) -> None:
    keys, tenants = ApiKeys(world.clients.accounts), Tenants(world.clients.accounts)
    accounts = world.platform.accounts
    authenticate, resolve = accounts.authenticate_api_key, accounts.resolve_host
    accounts.authenticate_api_key = lambda **given: (eventlet.sleep(0.01), authenticate(**given))[1]  # type: ignore[method-assign]
    accounts.resolve_host = lambda **given: (eventlet.sleep(0.01), resolve(**given))[1]  # type: ignore[method-assign]
    world.platform.calls.clear()
    principals = [eventlet.spawn(keys.principal, world.key, "192.0.2.1") for _ in range(20)]
    owners = [eventlet.spawn(tenants.owner, HOST) for _ in range(20)]
    assert {one.wait().advertiser_id for one in principals} == {world.advertiser_id}
    assert {one.wait().partner_id for one in owners} == {world.partner_id}
    assert sorted(world.platform.calls) == [("accounts", "authenticate_api_key"), ("accounts", "resolve_host")]


def test_a_no_is_nobody_elses() -> None:
    asking: Asking[str] = Asking()
    answers = iter((Unauthenticated("no"), "yes", "yes"))

    def ask() -> str:
        answer = next(answers)
        eventlet.sleep(0.01)
        if isinstance(answer, Unauthenticated):
            raise answer
        return str(answer)

    first, second, third = [eventlet.spawn(asking.ask, "who", ask) for _ in range(3)]
    with pytest.raises(Unauthenticated):
        first.wait()
    assert second.wait() == third.wait() == "yes"


def test_an_answer_to_an_earlier_question_is_not_shared_once_it_may_be_wrong() -> None:
    asking: Asking[str] = Asking()
    answers = iter(["old", "new"])

    def ask() -> str:
        answer = next(answers)
        eventlet.sleep(0.01)
        return answer

    first = eventlet.spawn(asking.ask, "who", ask)
    eventlet.sleep(0)
    asking.forget()
    second = eventlet.spawn(asking.ask, "who", ask)
    assert (first.wait(), second.wait()) == ("old", "new")


def test_the_key_itself_is_not_kept(world: World) -> None:
    keys = ApiKeys(world.clients.accounts)
    keys.principal(world.key, "192.0.2.1")
    assert world.key not in repr(vars(keys._cache))
