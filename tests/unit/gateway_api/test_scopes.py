"""What a program's key may do, and from where: declared at every route of the API, and held to on both ways."""

import re

import pytest

from contracts.accounts_keys import SCOPES
from gateway_http import access
from tests.unit.gateway_api.conftest import World
from tests.unit.gateway_api.test_access import path_of

SEND = {"sender": "SHOP", "text": "Hello", "recipients": ["+79161234567"]}
PAGE = "/cabinet/api-keys"


def use_key(world: World, scopes: list[str], allow_list: list[str] | None = None) -> None:
    made = world.platform.accounts.issue_api_key(world.partner_id, world.advertiser_id, "k", scopes, allow_list)
    world.key = made["key"]


def api_rules(world: World) -> list[tuple[str, str, frozenset[str]]]:
    """(method, address, its scopes) of every route for advertisers' programs."""
    views = world.app.view_functions
    return [
        (method, path_of(rule).removeprefix("/api/v1"), access.scopes_of(views[rule.endpoint]))
        for rule in world.app.url_map.iter_rules()
        if access.API in access.roles_of(views[rule.endpoint])
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def test_every_route_of_the_api_names_its_scope(world: World) -> None:
    found = api_rules(world)
    assert len(found) > 20
    assert [one for one in found if not one[2]] == []
    assert {scope for one in found for scope in one[2]} == set(SCOPES)


def test_what_changes_messages_needs_more_than_reading(world: World) -> None:
    assert [one for one in api_rules(world) if one[0] != "GET" and "read" in one[2]] == []


@pytest.mark.parametrize("scope", SCOPES)
def test_a_key_opens_what_its_scope_names_and_nothing_else(world: World, scope: str) -> None:
    use_key(world, [scope])
    world.app.extensions["golub"].rates.wait_seconds = lambda whose: 0
    for method, path, needed in api_rules(world):
        world.platform.calls.clear()
        status = world.api(method, path).status_code
        if scope in needed:
            assert status != 403, (method, path)
        else:
            assert status == 403, (method, path)
            assert {call[1] for call in world.platform.calls} <= {"authenticate_api_key", "resolve_host"}, path


def test_both_ways_of_sending_refuse_a_key_without_the_scope(world: World) -> None:
    """The first request goes the long way, the second finds the key remembered and could go the short one."""
    use_key(world, ["read", "money"])
    assert [world.api("POST", "/messages", json=SEND).status_code for _ in range(3)] == [403] * 3
    assert world.platform.smpp_gateway.kept == {}


def test_a_key_is_used_from_its_addresses_alone_although_it_is_remembered(world: World) -> None:
    use_key(world, ["send"], ["192.0.2.7"])
    here, there = ({"environ_overrides": {"REMOTE_ADDR": one}} for one in ("192.0.2.7", "192.0.2.8"))
    assert world.api("POST", "/messages", json=SEND, **here).status_code == 202
    assert world.api("POST", "/messages", json=SEND, **there).status_code == 403
    assert world.api("POST", "/messages", json=SEND, **here).status_code == 202
    assert len(world.platform.smpp_gateway.kept) == 2


def test_a_view_names_scopes_that_there_are() -> None:
    for names in ((), ("everything",)):
        with pytest.raises(ValueError, match="scopes"):
            access.scopes(*names)


def test_a_key_is_made_with_what_was_chosen_shown_once_and_withdrawn(world: World) -> None:
    shop = world.signed_in("shop")
    made = shop.submit(PAGE, name="Shop <b>", scope_read="1", allow_list="192.0.2.0/24\n2001:db8::1")
    secret = re.search(r'id="issued-key"[^>]*value="([^"]+)"', made.text)
    assert secret
    (one,) = [one for one in world.platform.accounts.issued_keys.values() if one.name != "first"]
    assert (one.scopes, one.allow_list, one.author) == (["read"], ["192.0.2.0/24", "2001:db8::1"], "shop")
    again = shop.get(PAGE).text
    assert secret[1] not in again
    assert "Shop &lt;b&gt;" in again
    world.key = secret[1]
    assert shop.submit(PAGE, f"{PAGE}/withdraw", key_id=one.key_id).status_code == 303
    assert world.api("GET", "/messages").status_code == 401
    assert shop.submit(PAGE, f"{PAGE}/withdraw", key_id="of-somebody").status_code == 404


def test_a_key_that_can_not_be_made_keeps_what_was_typed(world: World) -> None:
    shop = world.signed_in("shop")
    for fields, told in (
        ({"name": "x"}, 'class="invalid-feedback d-block"'),
        ({"name": " ", "scope_read": "1"}, 'id="f-name-error"'),
        ({"name": "x" * 101, "scope_read": "1"}, 'id="f-name-error"'),
        ({"name": "x", "scope_read": "1", "allow_list": "nowhere"}, 'id="f-allow_list-error"'),
    ):
        answer = shop.submit(PAGE, **fields)
        assert (answer.status_code, told in answer.text) == (422, True), fields
    assert len(world.platform.accounts.issued_keys) == 1
