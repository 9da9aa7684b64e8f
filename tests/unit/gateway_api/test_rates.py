"""A key may make so many requests a second, and twice as many at once; nobody else notices."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_http import access
from gateway_http.rates import Rates
from kit.settings import Settings
from tests.unit.gateway_api.conftest import World


class Time:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_full_bucket_lets_twice_the_rate_through_and_then_the_rate() -> None:
    clock = Time()
    rates = Rates(10, monotonic=clock)
    assert [rates.wait_seconds("key") for _ in range(20)] == [0.0] * 20
    assert rates.wait_seconds("key") == pytest.approx(0.1)
    clock.now += 0.5
    assert [rates.wait_seconds("key") > 0 for _ in range(6)] == [False] * 5 + [True]


@given(st.integers(1, 50), st.lists(st.floats(0, 3), max_size=200))
def test_never_more_than_the_burst_and_what_flowed_in(per_second: int, pauses: list[float]) -> None:
    clock = Time()
    rates, granted = Rates(per_second, monotonic=clock), 0
    for pause in pauses:
        clock.now += pause
        granted += rates.wait_seconds("key") == 0
    assert granted <= 2 * per_second + per_second * (clock.now - 100.0) + 1e-6


@given(st.lists(st.floats(0, 1), min_size=1, max_size=100))
def test_whoever_waits_as_long_as_told_is_let_through(pauses: list[float]) -> None:
    clock = Time()
    rates = Rates(2, monotonic=clock)
    for pause in pauses:
        clock.now += pause
        wait = rates.wait_seconds("key")
        if wait:
            clock.now += wait + 1e-9
            assert rates.wait_seconds("key") == 0


def test_keys_do_not_notice_each_other_and_their_number_is_bounded() -> None:
    rates = Rates(1, most=3, monotonic=Time())
    for number in range(10):
        assert rates.wait_seconds(number) == 0
    assert len(rates) == 3


def test_too_many_requests_are_429_and_say_when_to_come_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Time()
    gateway = world.app.extensions["golub"]
    monkeypatch.setattr(gateway.rates, "_per_second", 2)
    monkeypatch.setattr(gateway.rates, "_monotonic", clock)
    assert [world.api("GET", "/balance").status_code for _ in range(5)] == [200] * 4 + [429]
    response = world.api("GET", "/messages")
    assert (response.status_code, response.json["code"]) == (429, "too_many_requests")
    assert int(response.headers["Retry-After"]) == 1
    world.key = world.platform.accounts.issue_api_key(world.partner_id, world.advertiser_id, "second")["key"]
    assert world.api("GET", "/balance").status_code == 200
    clock.now += 1
    assert world.api("GET", "/balance").status_code == 200


def test_no_route_of_the_api_is_spared(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    rates = world.app.extensions["golub"].rates
    monkeypatch.setattr(rates, "_per_second", 0.01)
    routes = [rule for rule in world.app.url_map.iter_rules() if rule.rule.startswith("/api/v1/")]
    for rule in routes:
        if access.API in access.roles_of(world.app.view_functions[rule.endpoint]):
            path = re.sub("<[^>]+>", "1", rule.rule).removeprefix("/api/v1")
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                assert world.api(method, path).status_code == 429, rule
    assert len(routes) > 10


def test_the_rate_is_200_a_second_unless_said_otherwise() -> None:
    assert Settings().number("api_requests_per_second") == 200
