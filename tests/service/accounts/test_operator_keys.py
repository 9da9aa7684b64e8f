"""Keys of the operator's programs."""

import pytest

from contracts.accounts_operator import IssuedOperatorKey
from contracts.errors import Conflict, Forbidden, Malformed, NotFound, Unauthenticated
from tests.service.accounts.conftest import World

ADDRESS = "192.0.2.1"


def issue(
    world: World, name: str = "deploy", *, manages: bool = True, allow: tuple[str, ...] = ()
) -> IssuedOperatorKey:
    return world.client.issue_operator_key(name=name, manages=manages, allow_list=list(allow), author="root")


def acts(world: World, key: str, address: str = ADDRESS) -> str:
    return world.client.authenticate_operator_key(key=key, address=address).name


def test_an_issued_key_says_its_name_and_what_it_may(world: World) -> None:
    for name, manages in (("deploy", True), ("watch", False)):
        issued = issue(world, f" {name} ", manages=manages)
        found = world.client.authenticate_operator_key(key=issued.key, address=ADDRESS)
        assert (found.key_id, found.name, found.manages) == (issued.key_id, name, manages)
        assert issued.key.startswith("golub_operator_")


def test_the_secret_is_neither_stored_nor_listed(world: World) -> None:
    key = issue(world).key
    secret = key.split("_")[3][:43]
    (row,) = world.query("SELECT encode(secret_hash, 'escape'), operator_keys.* FROM operator_keys")
    assert secret not in str(row)
    assert secret not in str(world.client.operator_keys())


def test_keys_of_advertisers_and_of_the_operator_never_open_each_others_doors(world: World) -> None:
    theirs = world.client.issue_api_key(world.partner_id, world.advertiser_id, name="shop").key
    with pytest.raises(Unauthenticated):
        acts(world, theirs)
    with pytest.raises(Unauthenticated):
        acts(world, theirs.replace("_test_", "_operator_"))
    with pytest.raises(Unauthenticated):
        world.client.authenticate_api_key(key=issue(world).key, address=ADDRESS)


def test_a_withdrawn_key_works_no_more_and_sounds_like_one_that_never_was(world: World) -> None:
    issued = issue(world)
    assert acts(world, issued.key) == "deploy"
    gone = world.client.withdraw_operator_key(issued.key_id, author="root")
    assert (gone.withdrawn_by, gone.withdrawn_at is None) == ("root", False)
    world.clock.advance(60)
    again = world.client.withdraw_operator_key(issued.key_id, author="other")
    assert (again.withdrawn_at, again.withdrawn_by) == (gone.withdrawn_at, "root")
    told = set()
    for key in (issued.key, "golub_operator_x", "", "\x00", "\ud800"):
        with pytest.raises(Unauthenticated) as error:
            acts(world, key)
        told.add(error.value.detail)
    assert len(told) == 1
    with pytest.raises(NotFound):
        world.client.withdraw_operator_key("nobody\x00", author="root")


def test_a_name_is_free_again_once_its_key_was_withdrawn(world: World) -> None:
    first = issue(world)
    with pytest.raises(Conflict):
        issue(world)
    world.client.withdraw_operator_key(first.key_id, author="root")
    second = issue(world)
    assert acts(world, second.key) == "deploy"
    assert [one.withdrawn_at is None for one in world.client.operator_keys()] == [True, False]


def test_a_key_comes_only_from_where_it_may(world: World) -> None:
    key = issue(world, allow=("192.0.2.0/24", " 2001:db8::1 ")).key
    assert acts(world, key, "192.0.2.200") == acts(world, key, "2001:db8::1") == "deploy"
    for address in ("198.51.100.1", "2001:db8::2", ""):
        with pytest.raises(Forbidden):
            acts(world, key, address)
    assert world.client.operator_keys()[0].allow_list == ["192.0.2.0/24", "2001:db8::1"]


def test_what_is_wrong_is_named_and_no_key_is_made(world: World) -> None:
    with pytest.raises(Malformed) as error:
        issue(world, " ", allow=("192.0.2.0/24", "192.0.2.1/24", "x"))
    found = {one["pointer"]: one["code"] for one in error.value.data["errors"]}
    assert found == {"/name": "required", "/allow_list/1": "network_has_host", "/allow_list/2": "network_invalid"}
    assert world.client.operator_keys() == []


def test_the_number_of_keys_in_use_is_bounded(world: World) -> None:
    issued = [issue(world, f"key {number}") for number in range(50)]
    with pytest.raises(Conflict):
        issue(world, "one more")
    world.client.withdraw_operator_key(issued[0].key_id, author="root")
    assert issue(world, "one more")


def test_last_use_is_written_once_a_minute_at_most(world: World) -> None:
    key, used = issue(world).key, []
    for _ in range(4):
        acts(world, key)
        used.append(world.client.operator_keys()[0].last_used_at)
        world.clock.advance(25)
    assert len(set(used)) == 2
