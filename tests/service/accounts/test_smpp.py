"""SMPP settings of an advertiser: whose they are, and what they refuse."""

import logging
from dataclasses import replace

import pytest

from contracts.errors import Forbidden, Malformed, TooManyRequests, Unauthenticated
from services.accounts.smpp import DEFAULTS
from tests.service.accounts.conftest import World
from tests.service.accounts.test_keys import ADDRESS, bind, hashings, set_password

__all__ = ["hashings"]


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
    put(world, max_binds=8, submits_per_second=33, window=9, allow_list=["192.0.2.0/24"])
    found = {one.system_id: one for one in world.client.smpp_principals(["shop", "shop2", "other", "nobody", "\x00"])}
    assert sorted(found) == ["other", "shop", "shop2"]
    assert {(found[one].max_binds, found[one].window, found[one].submits_per_second) for one in ("shop", "shop2")} == {
        (8, 9, 33)
    }
    assert found["other"].max_binds == DEFAULTS.max_binds
    assert found["shop"].allow_list == ["192.0.2.0/24"]


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
    assert world.client.smpp_principals(["shop"]) == []
    put(world, enabled=True)
    assert bind(world)


def test_the_version_tells_a_session_of_the_former_password(world: World) -> None:
    set_password(world)
    before = world.client.smpp_principals(["shop"])[0].version
    set_password(world, "changed1")
    assert world.client.smpp_principals(["shop"])[0].version == before + 1


def test_a_blocked_advertisers_logins_may_not_stay_bound(world: World) -> None:
    set_password(world)
    world.client.set_advertiser_state(world.partner_id, world.advertiser_id, "blocked")
    assert world.client.smpp_principals(["shop"]) == []


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


def test_too_many_ids_at_once_are_refused(world: World) -> None:
    with pytest.raises(Malformed):
        world.client.smpp_principals(["x"] * 1_001)
