"""SMPP settings of an advertiser: whose they are, and what they refuse."""

import logging
from dataclasses import replace

import pytest

from contracts.accounts_smpp import SmppSession, SmppStanding
from contracts.errors import Forbidden, Malformed, TooManyRequests, Unauthenticated
from services.accounts.smpp import DEFAULTS
from tests.service.accounts.conftest import World
from tests.service.accounts.test_keys import ADDRESS, bind, hashings, set_password

__all__ = ["hashings"]


def versions(world: World) -> dict[str, int]:
    return {row[0]: row[1] for row in world.query("SELECT system_id, version FROM smpp_credentials")}


def standing(world: World, system_id: str = "shop", version: int | None = None, **changes: str) -> SmppStanding:
    """`version`: by itself the one of now."""
    version = versions(world).get(system_id, 0) if version is None else version
    session = {"advertiser_id": world.advertiser_id, "address": ADDRESS} | changes
    return world.client.smpp_standings([SmppSession(system_id=system_id, version=version, **session)])[0]


def put(world: World, **changes: object) -> None:
    settings = replace(DEFAULTS, **changes)  # type: ignore[arg-type]
    world.client.set_smpp_settings(world.partner_id, world.advertiser_id, settings, author="boss")


def test_settings_are_the_usual_ones_until_they_are_set(world: World) -> None:
    set_password(world)
    access = world.client.smpp_access(world.partner_id, world.advertiser_id)
    assert access.settings == DEFAULTS
    assert [one.system_id for one in access.logins] == ["shop"]


def test_settings_hold_for_every_login_of_the_advertiser_and_for_nobody_else(world: World) -> None:
    for name in ("shop", "shop2"):
        set_password(world, system_id=name)
    world.client.set_smpp_password(
        world.other_partner_id, world.other_advertiser_id, system_id="other", password="secret1"
    )
    put(world, max_binds=7, submits_per_second=33, window=9, allow_list=["192.0.2.0/24"])
    put(world, max_binds=8, submits_per_second=33, window=9, allow_list=["192.0.2.0/24"], highest_priority=3)
    for name in ("shop", "shop2"):
        found = standing(world, name)
        assert (found.refusal, found.max_binds, found.submits_per_second, found.window) == ("", 8, 33, 9)
        assert found.highest_priority == 3
    other = standing(world, "other", advertiser_id=world.other_advertiser_id)
    assert other.max_binds == DEFAULTS.max_binds
    assert other.highest_priority == 2, "urgent is granted, not there by itself"


def test_a_bound_session_is_judged_as_a_new_one_would_be(world: World) -> None:
    set_password(world)
    assert standing(world).refusal == ""
    assert standing(world, "nobody").refusal == "gone"
    assert standing(world, "\x00").refusal == "gone"
    assert standing(world, advertiser_id=world.other_advertiser_id).refusal == "gone"
    put(world, allow_list=["192.0.2.0/24"])
    assert standing(world, address="192.0.2.200").refusal == ""
    assert standing(world, address="198.51.100.1").refusal == "address"
    put(world, enabled=False)
    assert standing(world).refusal == "off"
    world.client.set_advertiser_state(world.partner_id, world.advertiser_id, "blocked")
    assert standing(world).refusal == "blocked"
    before = versions(world)["shop"]
    set_password(world, "changed1")
    assert standing(world, version=before).refusal == "password"
    world.client.remove_smpp_login(world.partner_id, world.advertiser_id, system_id="shop")
    assert standing(world).refusal == "gone"


def test_a_login_made_anew_has_nothing_of_its_former_self(world: World) -> None:
    set_password(world)
    bind(world)
    before = versions(world)["shop"]
    world.client.remove_smpp_login(world.partner_id, world.advertiser_id, system_id="shop")
    set_password(world, "another1")
    with pytest.raises(Unauthenticated):
        bind(world)
    assert standing(world, version=before).refusal == "password"


def test_standings_come_in_the_order_of_the_sessions(world: World) -> None:
    set_password(world)
    asked = [
        SmppSession(system_id=name, advertiser_id=world.advertiser_id, version=versions(world)["shop"], address=ADDRESS)
        for name in ("nobody", "shop", "shop", "nobody")
    ]
    assert [one.refusal for one in world.client.smpp_standings(asked)] == ["gone", "", "", "gone"]
    assert world.client.smpp_standings([]) == []


def test_a_bad_line_stores_nothing_and_is_named(world: World) -> None:
    with pytest.raises(Malformed) as error:
        put(world, max_binds=9, allow_list=["192.0.2.1", "nonsense"])
    assert [one["pointer"] for one in error.value.data["errors"]] == ["/allow_list/1"]
    assert world.client.smpp_access(world.partner_id, world.advertiser_id).settings == DEFAULTS
    assert world.events() == []


def test_every_change_is_told_to_those_who_hold_sessions(world: World) -> None:
    set_password(world)
    put(world, max_binds=1)
    world.client.remove_smpp_login(world.partner_id, world.advertiser_id, system_id="shop")
    world.client.remove_smpp_login(world.partner_id, world.advertiser_id, system_id="shop")
    assert world.events() == [[world.advertiser_id]] * 3


def test_an_address_is_judged_before_the_password(world: World, hashings: list[str]) -> None:
    set_password(world)
    put(world, allow_list=["192.0.2.1"])
    for password in ("secret1", "wrong"):
        with pytest.raises(Forbidden, match="address") as error:
            bind(world, password, address="192.0.2.2")
        assert error.value.smpp_status == 0x0D
    with pytest.raises(Forbidden):
        bind(world, address="what is this")
    assert hashings == []
    assert bind(world, address="::ffff:192.0.2.1") == world.advertiser_id


def test_a_client_kept_out_by_its_address_comes_in_once_that_is_allowed(world: World) -> None:
    set_password(world)
    put(world, allow_list=["198.51.100.1"])
    for _ in range(100):
        with pytest.raises(Forbidden):
            bind(world)
    put(world, allow_list=["198.51.100.1", ADDRESS])
    assert bind(world)


def test_smpp_that_is_switched_off_refuses_the_right_password_too(world: World) -> None:
    set_password(world)
    bind(world)
    put(world, enabled=False)
    with pytest.raises(Forbidden):
        bind(world)
    with pytest.raises(Unauthenticated):
        bind(world, "wrong")
    put(world, enabled=True)
    assert bind(world)


def test_an_issued_password_binds_and_is_stored_as_a_hash_alone(world: World, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        issued = world.client.issue_smpp_password(world.partner_id, world.advertiser_id, system_id="shop")
        assert bind(world, issued.password) == world.advertiser_id
        with pytest.raises(Unauthenticated):
            bind(world, issued.password[::-1] + "x")
    (row,) = world.query("SELECT smpp_credentials::text FROM smpp_credentials")
    assert issued.password not in row[0]
    assert issued.password not in caplog.text


def test_a_removed_login_is_nobodys_and_may_be_anybodys(world: World) -> None:
    set_password(world)
    bind(world)
    world.client.remove_smpp_login(world.partner_id, world.advertiser_id, system_id="shop")
    with pytest.raises(Unauthenticated):
        bind(world)
    world.client.set_smpp_password(
        world.other_partner_id, world.other_advertiser_id, system_id="shop", password="secret2"
    )
    with pytest.raises(Unauthenticated):
        bind(world)
    assert bind(world, "secret2") == world.other_advertiser_id


def test_guessing_from_elsewhere_does_not_keep_the_client_out(world: World) -> None:
    set_password(world)
    for number in range(6):
        with pytest.raises((Unauthenticated, TooManyRequests)):
            bind(world, f"guess{number}", address="198.51.100.1")
    with pytest.raises(TooManyRequests):
        bind(world, address="198.51.100.1")
    assert bind(world) == world.advertiser_id


def test_the_wait_of_a_guesser_grows(world: World) -> None:
    set_password(world)
    waits = []
    for _ in range(4):
        for _ in range(6):
            try:
                bind(world, "guess")
            except Unauthenticated:
                continue
            except TooManyRequests as error:
                waits.append(error.data["retry_after_seconds"])
                break
        world.clock.advance(waits[-1])
    assert waits == [10, 20, 40, 80]


def test_too_many_sessions_at_once_are_refused(world: World) -> None:
    session = SmppSession(system_id="x", advertiser_id="x", version=1, address="x")
    with pytest.raises(Malformed):
        world.client.smpp_standings([session] * 1_001)
