"""API keys and SMPP passwords."""

from typing import Any

import eventlet
import pytest

from contracts.errors import Conflict, Forbidden, Malformed, NotFound, TooManyRequests, Unauthenticated
from services.accounts import passwords
from tests.service.accounts.conftest import World, new_advertiser

ADDRESS = "192.0.2.1"


def issue(world: World) -> str:
    return world.client.issue_api_key(world.partner_id, world.advertiser_id, name="shop").key


def bind(world: World, password: str = "secret1", system_id: str = "shop", address: str = ADDRESS) -> str:
    return world.client.authenticate_smpp(system_id=system_id, password=password, address=address).advertiser_id


def set_password(world: World, password: str = "secret1", system_id: str = "shop") -> None:
    world.client.set_smpp_password(world.partner_id, world.advertiser_id, system_id=system_id, password=password)


@pytest.fixture
def hashings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One entry per verification that was not answered from the cache."""
    calls: list[str] = []
    original = passwords._matches

    def counted(stored: str, octets: bytes) -> bool:
        calls.append(stored)
        return original(stored, octets)

    monkeypatch.setattr(passwords, "_matches", counted)
    return calls


def test_an_issued_key_authenticates_its_advertiser(world: World) -> None:
    found = world.client.authenticate_api_key(key=issue(world), address=ADDRESS)
    assert (found.partner_id, found.advertiser_id) == (world.partner_id, world.advertiser_id)
    assert found.zone == "Europe/Moscow"
    assert world.events() == [[world.advertiser_id]]


def test_the_key_says_whether_its_advertiser_is_in_test_mode(world: World) -> None:
    live = world.client.create_advertiser(world.partner_id, new_advertiser("live", test_mode=False))
    assert issue(world).startswith("golub_test_")
    assert world.client.issue_api_key(world.partner_id, live.id, name="x").key.startswith("golub_live_")


def test_the_secret_is_not_stored(world: World) -> None:
    key = issue(world)
    (row,) = world.query("SELECT encode(secret_hash, 'escape'), api_keys.* FROM api_keys")
    assert key.split("_")[3][:43] not in str(row)


@pytest.mark.parametrize("key", ["", "golub", "golub_live_x_y", "\x00", "\ud800", "ключ"])
def test_what_is_no_key_is_refused_as_mistyped(world: World, key: str) -> None:
    with pytest.raises(Unauthenticated, match="mistyped"):
        world.client.authenticate_api_key(key=key, address=ADDRESS)


def test_a_well_formed_key_of_nobody_is_refused(world: World) -> None:
    key = issue(world)
    world.query("DELETE FROM api_keys RETURNING 1")
    with pytest.raises(Unauthenticated, match="no such"):
        world.client.authenticate_api_key(key=key, address=ADDRESS)


def test_a_key_has_the_scopes_and_addresses_that_it_was_made_with(world: World) -> None:
    made = world.client.issue_api_key(
        world.partner_id,
        world.advertiser_id,
        name="shop",
        scopes=["money", "send"],
        allow_list=["192.0.2.0/24"],
        author="x",
    )
    found = world.client.authenticate_api_key(key=made.key, address=ADDRESS)
    assert found.scopes == ["send", "money"]
    with pytest.raises(Forbidden):
        world.client.authenticate_api_key(key=made.key, address="198.51.100.1")
    (listed,) = world.client.api_keys(world.partner_id, world.advertiser_id)
    assert (listed.scopes, listed.allow_list, listed.kind, listed.author) == (
        ["send", "money"],
        ["192.0.2.0/24"],
        "test",
        "x",
    )
    assert world.client.authenticate_api_key(key=issue(world), address=ADDRESS).scopes == ["send", "read", "money"]


@pytest.mark.parametrize("wrong", [{"scopes": []}, {"scopes": ["all"]}, {"allow_list": ["nowhere"]}, {"name": " "}])
def test_a_key_that_can_not_be_is_not_made(world: World, wrong: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        world.client.issue_api_key(world.partner_id, world.advertiser_id, **({"name": "shop"} | wrong))
    assert world.client.api_keys(world.partner_id, world.advertiser_id) == []


def test_a_withdrawn_key_works_no_more_and_only_its_owner_withdraws_it(world: World) -> None:
    made = world.client.issue_api_key(world.partner_id, world.advertiser_id, name="shop")
    for partner, advertiser in (
        (world.other_partner_id, world.other_advertiser_id),
        (world.other_partner_id, world.advertiser_id),
    ):
        with pytest.raises(NotFound):
            world.client.withdraw_api_key(partner, advertiser, made.key_id, author="thief")
    assert world.client.authenticate_api_key(key=made.key, address=ADDRESS)
    first = world.client.withdraw_api_key(world.partner_id, world.advertiser_id, made.key_id, author="anna")
    again = world.client.withdraw_api_key(world.partner_id, world.advertiser_id, made.key_id, author="boris")
    assert first.withdrawn_at
    assert again == first
    with pytest.raises(Unauthenticated):
        world.client.authenticate_api_key(key=made.key, address=ADDRESS)
    assert world.events() == [[world.advertiser_id]] * 2


def test_the_keys_of_a_blocked_advertiser_rest(world: World) -> None:
    key = issue(world)
    world.client.set_advertiser_state(world.partner_id, world.advertiser_id, "blocked")
    with pytest.raises(Forbidden):
        world.client.authenticate_api_key(key=key, address=ADDRESS)
    world.client.set_advertiser_state(world.partner_id, world.advertiser_id, "active")
    assert world.client.authenticate_api_key(key=key, address=ADDRESS)


def test_last_use_is_written_once_a_minute_at_most(world: World) -> None:
    key, used = issue(world), []
    for _ in range(4):
        world.client.authenticate_api_key(key=key, address=ADDRESS)
        used.append(world.query("SELECT last_used_at FROM api_keys")[0][0])
        world.clock.advance(25)
    assert len(set(used)) == 2


def test_an_advertiser_has_a_bounded_number_of_keys(world: World) -> None:
    for _ in range(50):
        issue(world)
    with pytest.raises(Conflict):
        issue(world)


def test_an_smpp_password_authenticates_with_its_limits(world: World) -> None:
    set_password(world)
    found = world.client.authenticate_smpp(system_id="shop", password="secret1", address=ADDRESS)
    assert (found.system_id, found.partner_id, found.advertiser_id) == ("shop", world.partner_id, world.advertiser_id)
    assert min(found.max_binds, found.submits_per_second, found.window) > 0
    assert world.events() == [[world.advertiser_id]]


@pytest.mark.parametrize(
    ("system_id", "password"),
    [
        ("", "secret1"),
        ("x" * 16, "secret1"),
        ("a b", "secret1"),
        ("шоп", "secret1"),
        ("shop", "12345"),
        ("shop", "123456789"),
    ],
)
def test_what_does_not_fit_a_bind_is_refused(world: World, system_id: str, password: str) -> None:
    with pytest.raises(Malformed):
        set_password(world, password, system_id)


def test_a_system_id_belongs_to_one_advertiser(world: World) -> None:
    set_password(world)
    with pytest.raises(Conflict):
        world.client.set_smpp_password(
            world.other_partner_id, world.other_advertiser_id, system_id="shop", password="stolen1"
        )
    assert bind(world) == world.advertiser_id


def test_an_advertiser_has_a_bounded_number_of_system_ids(world: World) -> None:
    for number in range(10):
        set_password(world, system_id=f"shop{number}")
    set_password(world, "changed1", system_id="shop0")
    with pytest.raises(Conflict):
        set_password(world, system_id="shop10")


@pytest.mark.parametrize(
    ("system_id", "password"), [("shop", "wrong"), ("nobody", "secret1"), ("\x00", "\ud800"), ("", "")]
)
def test_every_wrong_bind_sounds_the_same(world: World, system_id: str, password: str) -> None:
    set_password(world)
    with pytest.raises(Unauthenticated, match="The system_id or the password is wrong"):
        bind(world, password, system_id)


def test_a_storm_of_binds_costs_one_verification(world: World, hashings: list[str]) -> None:
    set_password(world)
    storm = [eventlet.spawn(bind, world) for _ in range(15)]
    assert {thread.wait() for thread in storm} == {world.advertiser_id}
    for _ in range(50):
        bind(world)
    assert len(hashings) == 1


def test_a_cached_verification_ends_after_minutes(world: World, hashings: list[str]) -> None:
    set_password(world)
    bind(world)
    world.clock.advance(301)
    bind(world)
    assert len(hashings) == 2


def test_a_new_password_ends_the_cached_one_at_once(world: World) -> None:
    set_password(world)
    bind(world)
    set_password(world, "changed1")
    with pytest.raises(Unauthenticated):
        bind(world)
    assert bind(world, "changed1")
    set_password(world)
    assert bind(world)


def test_a_blocked_advertiser_cannot_bind_although_cached(world: World) -> None:
    set_password(world)
    bind(world)
    world.client.set_advertiser_state(world.partner_id, world.advertiser_id, "blocked")
    with pytest.raises(Forbidden):
        bind(world)


def test_wrong_binds_are_slowed_down_and_the_known_good_password_is_not(world: World) -> None:
    set_password(world)
    bind(world)
    for _ in range(5):
        with pytest.raises(Unauthenticated):
            bind(world, "wrong1")
    with pytest.raises(TooManyRequests) as error:
        bind(world, "wrong2")
    assert error.value.data["retry_after_seconds"] > 0
    assert bind(world)
    with pytest.raises(Unauthenticated):
        bind(world, "wrong1", address="192.0.2.2")
