"""What managers may do: every route names a right, and who lacks it gets a sentence and no way there."""

import html
import re
from collections.abc import Callable, Iterator

import pytest
from werkzeug.routing import Rule

from contracts.accounts_rights import RIGHTS
from gateway_http import access
from tests.unit.gateway_api.conftest import HOST, World
from tests.unit.gateway_api.test_access import path_of

#: What every manager may use, with whatever rights: said at the route as `right=None`.
OF_EVERY_MANAGER = {
    *("docs.help", "docs.manual"),
    *("admin.export", "admin.export_file"),
    "admin.cabinet_leave",
    *("account.home", "account.password", "account.session_end", "account.sessions_end"),
    *("account.factor", "account.factor_confirm", "account.factor_off"),
}


def methods(world: World, rule: Rule) -> Iterator[tuple[str, Callable]]:
    """(method, the function that answers it)."""
    for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
        yield method, access.acting(world.app.view_functions[rule.endpoint], method)


def test_every_route_of_managers_names_the_right_that_it_asks_for(world: World) -> None:
    without = {
        rule.endpoint
        for rule in world.app.url_map.iter_rules()
        for _, view in methods(world, rule)
        if access.MANAGER in access.roles_of(view) and access.right_of(view) is None
    }
    assert without == OF_EVERY_MANAGER


def test_a_view_of_managers_without_a_right_can_not_be_written() -> None:
    for declared in ({}, {"right": "everything"}):
        with pytest.raises(ValueError, match="right"):
            access.roles(access.MANAGER, **declared)
    with pytest.raises(ValueError, match="right"):
        access.roles(access.ADVERTISER, right="money")


@pytest.mark.parametrize("right", [None, *RIGHTS])
def test_a_manager_opens_what_its_right_names_and_nothing_else(world: World, right: str | None) -> None:
    """Every route × every right: 403 with the missing right by name, before any service is asked."""
    client, refused = world.manager(*([right] if right else [])), 0
    client.set_cookie("language", "en", domain=HOST)
    for rule in world.app.url_map.iter_rules():
        for method, view in methods(world, rule):
            needed = access.right_of(view)
            if access.MANAGER not in access.roles_of(view) or needed in (None, right):
                continue
            refused += 1
            world.platform.calls.clear()
            response = client.open(path_of(rule), method=method)
            assert response.status_code == 403, rule
            assert {call[1] for call in world.platform.calls} <= {"session", "resolve_host"}, rule
            assert RIGHTS[needed or ""] in response.text, rule
    assert refused > 30


def test_the_menu_of_a_manager_has_what_it_may_open(world: World) -> None:
    page = world.manager("money").get("/admin/invoices").text
    menu = re.findall(r'class="side-link" href="([^"]+)"', page)
    assert menu == ["/admin/invoices", "/admin/promo", "/help"]


def test_a_manager_who_may_not_see_advertisers_starts_at_the_first_page_that_is_open(world: World) -> None:
    assert world.manager("statistics").get("/").location == "/admin/statistics/sms"
    assert world.manager().get("/").location == "/help"


def test_a_partner_needs_no_right(world: World) -> None:
    assert world.signed_in("boss").get("/admin/settings/requisites").status_code == 200


@pytest.mark.parametrize("right", RIGHTS)
def test_no_page_offers_a_manager_what_it_may_not_do(world: World, right: str) -> None:
    """Every link and form on every page that opens with this right alone leads to something that it opens too."""
    client, urls, seen = world.manager(right), world.app.url_map.bind(HOST), 0
    wrong: set[str] = set()
    client.set_cookie("language", "en", domain=HOST)
    for rule in world.app.url_map.iter_rules():
        view = world.app.view_functions[rule.endpoint]
        if access.MANAGER not in access.roles_of(view) or "GET" not in (rule.methods or ()):
            continue
        address = re.sub(r"<uuid:advertiser_id>", world.advertiser_id, rule.rule)
        if "<" in address or access.right_of(view) not in (None, right):
            continue
        response = client.get(address)
        if response.status_code != 200 or response.mimetype != "text/html":
            continue
        seen += 1
        links = [("GET", one) for one in re.findall(r'<a [^>]*href="(/[^"]*)"', response.text)]
        links += [("POST", one) for one in re.findall(r'<form method="post" action="(/[^"]+)"', response.text)]
        for method, link in links:
            endpoint, _ = urls.match(html.unescape(link).partition("?")[0].partition("#")[0], method=method)
            target = access.acting(world.app.view_functions[endpoint], method)
            needed = access.right_of(target)
            if endpoint not in access.PUBLIC | access.HOSTLESS and needed not in (None, right):
                wrong.add(f"{address} offers {method} {link}, which needs {needed}")
    assert seen > 0 and wrong == set()
