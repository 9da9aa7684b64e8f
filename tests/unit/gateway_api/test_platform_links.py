"""The operator's pages of links to mobile operators: the list, one link, its settings, and what is refused."""

import re
from html import unescape
from typing import Any

import pytest

from contracts.smpp_links import Link
from gateway_http.platform.links_words import GROUPS
from gateway_http.sentences import told
from services.smpp_gateway.link_views import link_fields
from tests.unit.gateway_api.conftest import PLATFORM_HOST, HostClient, World

LIST, NEW = "/platform/links", "/platform/links/new"
STATE, SETTINGS = "/platform/links/beeline/state", "/platform/links/beeline/settings"
FILLED = {"name": "beeline", "title": "Билайн", "host": "smpp.example.net", "system_id": "golub", "password": "secret7"}


@pytest.fixture
def root(world: World) -> HostClient:
    return world.signed_in("root", PLATFORM_HOST)


def shown(page: str) -> dict[str, str]:
    """What a browser would send of the form: enabled fields as they are filled in."""
    form = page[page.index('class="form-page"') :]
    fields: dict[str, str] = {}
    for tag in re.findall(r"<input [^>]*>", form):
        said = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
        if " disabled" not in tag and (said.get("type") != "checkbox" or " checked" in tag):
            fields[said["name"]] = unescape(said["value"])
    for name, text in re.findall(r'<textarea [^>]*name="(\w+)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        fields[name] = unescape(text)
    for name, options in re.findall(r'<select [^>]*name="(\w+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        fields[name] = re.findall(r'value="([^"]*)" selected', options)[0]
    return fields


def save(root: HostClient, page: str, **changes: str) -> Any:
    return root.post(page, data=shown(root.get(page).text) | changes)


def make(root: HostClient, **changes: str) -> None:
    assert save(root, NEW, **FILLED | changes).status_code == 303


def stored(world: World) -> Link:
    return world.platform.smpp_gateway.operators["beeline"]


def test_without_links_the_page_says_what_to_do_next(root: HostClient) -> None:
    page = root.get(LIST).text
    assert "Подключений нет" in page and f'href="{NEW}"' in page


def test_a_link_is_made_with_the_usual_settings_and_its_password_is_never_shown(world: World, root: HostClient) -> None:
    make(root)
    link = stored(world)
    usual = {one.name: one.default["value"] for one in link_fields() if not one.required}
    assert link.settings == usual | {"host": "smpp.example.net", "port": 2775, "system_id": "golub"}
    assert (link.title, link.binds, link.enabled, link.has_password) == ("Билайн", 1, True, True)
    for page in (LIST, STATE, SETTINGS):
        assert "secret7" not in root.get(page).text
    assert "smpp.example.net:2775" in root.get(LIST).text and f'href="{STATE}"' in root.get(LIST).text


def test_every_setting_has_a_field_in_one_group(root: HostClient) -> None:
    named = [one.name for group in GROUPS for one in group.settings]
    assert len(named) == len(set(named)) and {one.name for one in link_fields()} <= set(named)
    assert {*named, "name", "title", "enabled", "was"} == {
        *re.findall(r'name="(\w+)"', root.get(NEW).text.split('class="form-page"')[1]),
    } - {"csrf_token"}


def test_a_change_is_stored_as_it_was_typed_and_shown_so_again(world: World, root: HostClient) -> None:
    make(root)
    retry = "0x58 throttle\r\n20 full\r\n"
    typed = {
        "messages_per_second": "12,5",
        "retry": retry,
        "tls": "verify",
        "source_plus": "1",
        "receipt_timeout_seconds": "3600",
    }
    assert save(root, SETTINGS, **typed).status_code == 303
    link = stored(world)
    assert link.settings["messages_per_second"] == 12.5 and link.settings["retry"] == {"88": "throttle", "20": "full"}
    assert link.settings["tls"] == "verify" and link.settings["source_plus"] is True
    assert (link.receipt_timeout_seconds, link.unresolved_seconds, link.has_password) == (3600, None, True)
    again = shown(root.get(SETTINGS).text)
    assert again["messages_per_second"] == "12,5" and again["retry"] == "0x14 full\n0x58 throttle"
    assert again["source_plus"] == "1" and "destination_plus" not in again
    before = stored(world).settings
    assert save(root, SETTINGS).status_code == 303 and stored(world).settings == before


WRONG = {
    **{one.name: "soon" for one in link_fields() if one.kind in ("whole", "number") and one.name != "interface_version"},
    "host": "smpp://x", "system_id": "", "password": "muchtoolong", "name": "Not so", "binds": "51", "tls_server_name": "a b",
    "tls_ca": "no certificate", "retry": "0x58 sometimes", "system_type": "шесть", "address_range": "я", "alphabet": "morse",
    "service_type": "toolong", "failover_after_seconds": "-1", "unresolved_seconds": "0", "receipt_timeout_seconds": "x",
    "interface_version": "7", "title": "x" * 101, "tls": "x", "bind_type": "x", "long_messages": "x", "message_id_base": "x",
    "receipt_format": "x", "unknown_outcome": "x",
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_in_russian_at_its_field_and_nothing_is_stored(
    world: World, root: HostClient, name: str
) -> None:
    if name == "name":
        refused = save(root, NEW, **FILLED | {"name": "x" * 33})
    else:
        refused = save(root, NEW, **FILLED | {name: WRONG[name]})
    assert refused.status_code == 422 and world.platform.smpp_gateway.operators == {}
    said = re.search(rf'id="f-{name}-error">([^<]+)<', refused.text)
    assert said and re.search("[а-яё]", said[1])
    # What is folded is open where something is wrong in it.
    assert refused.text.count("<details") - len(re.findall(r"<details[^>]* open", refused.text)) >= 7
    folded = {one.name for group in GROUPS if group.folded for one in group.settings}
    assert len(re.findall(r"<details[^>]* open", refused.text)) == (name in folded)


def test_what_contradicts_itself_is_told_at_its_field(root: HostClient) -> None:
    refused = save(root, NEW, **FILLED | {"interface_version": "51"}).text
    assert "В SMPP 3.3 нет transceiver" in refused and 'id="f-bind_type-error"' in refused
    refused = save(root, NEW, **FILLED | {"full_pause_seconds_min": "40"}).text
    assert 'id="f-full_pause_seconds_max-error"' in refused


def test_what_was_typed_stays_in_a_refused_form_but_not_the_password(root: HostClient) -> None:
    refused = shown(save(root, NEW, **FILLED | {"port": "x", "window": "33"}).text)
    assert (refused["port"], refused["window"], refused["title"], refused["password"]) == ("x", "33", "Билайн", "")


def test_a_name_that_is_taken_is_told_at_the_name(root: HostClient) -> None:
    make(root)
    refused = save(root, NEW, **FILLED)
    assert refused.status_code == 422 and "Подключение с таким именем уже есть" in refused.text


def test_a_stale_form_is_refused_and_says_so(world: World, root: HostClient) -> None:
    make(root)
    opened = shown(root.get(SETTINGS).text)
    assert save(root, SETTINGS, window="7").status_code == 303
    refused = root.post(SETTINGS, data=opened | {"window": "9"})
    assert refused.status_code == 422 and "изменил другой сотрудник" in refused.text
    assert stored(world).settings["window"] == 7
    for was in ("", "x", "-1", "9" * 20):
        assert root.post(SETTINGS, data=opened | {"was": was}).status_code == 422


def test_what_the_environment_gives_is_shown_and_not_changed(world: World, root: HostClient) -> None:
    make(root)
    stored(world).given = ["host", "port", "system_id", "password", "window"]
    page = root.get(SETTINGS).text
    assert "SMSC_URL" in page and not {"host", "port", "system_id", "password", "window"} & set(shown(page))
    assert 'value="smpp.example.net"' in page
    assert save(root, SETTINGS, host="elsewhere.example.net", window="7", port="x", binds="3").status_code == 303
    link = stored(world)
    assert (link.settings["host"], link.settings["window"], link.binds) == ("smpp.example.net", 100, 3)


def test_a_link_is_switched_off_and_on_and_drained_and_connected_anew(world: World, root: HostClient) -> None:
    make(root)
    switch = "/platform/links/beeline/switch"
    for step, state in (
        ("disable", (False, False)), ("enable", (True, False)), ("drain", (True, True)), ("fill", (True, False)),
    ):  # fmt: skip
        done = root.submit(STATE, switch, step=step)
        assert done.status_code == 303 and done.headers["Location"] == STATE
        assert (stored(world).enabled, stored(world).draining) == state
        page = root.get(STATE).text
        assert ("Подключение выключено" in page) == (not state[0]) and ("не берёт новых сообщений" in page) == state[1]
    assert root.submit(STATE, switch, step="reconnect").status_code == 303
    assert world.platform.smpp_gateway.reconnected == ["beeline"]
    assert root.submit(STATE, switch, step="explode").status_code == 404
    assert root.submit(STATE, "/platform/links/nobody/switch", step="enable").status_code == 404


def test_disabling_warns_of_what_becomes_of_waiting_messages(root: HostClient) -> None:
    make(root)
    for page in (LIST, STATE):
        assert "Ожидающие сообщения сразу уйдут на другие подключения своих маршрутов" in root.get(page).text


def test_a_link_that_messages_wait_for_is_not_deleted_and_says_why(world: World, root: HostClient) -> None:
    make(root)
    world.platform.smpp_gateway.busy.add("beeline")
    refused = root.submit(STATE, "/platform/links/beeline/delete")
    assert refused.status_code == 422 and "Этого подключения ждут сообщения: выключите его" in refused.text
    world.platform.smpp_gateway.busy.clear()
    assert root.submit(STATE, "/platform/links/beeline/delete").status_code == 303
    assert root.get(STATE).status_code == 404


def test_the_list_and_the_page_tell_what_a_link_does_now(world: World, root: HostClient) -> None:
    make(root, messages_per_second="50", binds="2")
    world.platform.smpp_gateway.busy.add("beeline")
    for address in (LIST, STATE):
        page = root.get(address).text
        assert "Подключено" in page and "до 50 в секунду" in page and "3 / 200" in page and ">40" in page
        assert 'hx-trigger="every 5s"' in page
    assert "gateway-1" in root.get(STATE).text and "следующее — 1 мин" in root.get(LIST).text


def test_nothing_is_changed_without_the_token_of_the_form(world: World, root: HostClient) -> None:
    make(root)
    for path in (SETTINGS, NEW, "/platform/links/beeline/switch", "/platform/links/beeline/delete"):
        assert root.post(path, data={"step": "disable", "was": "1"}).status_code in (400, 403, 422)
    assert stored(world).enabled and stored(world).version == 1


@pytest.mark.parametrize("login", ["boss", "shop"])
def test_nobody_but_the_operator_sees_or_changes_links(world: World, root: HostClient, login: str) -> None:
    make(root)
    other = world.signed_in(login)
    token = other.csrf_token("/cabinet/messages" if login == "shop" else "/admin/advertisers/new")
    for path in (LIST, NEW, STATE, SETTINGS):
        assert other.get(path).status_code in (403, 404)
    for path in (NEW, SETTINGS, "/platform/links/beeline/switch", "/platform/links/beeline/delete"):
        assert other.post(path, data={"csrf_token": token, "step": "disable"}).status_code in (403, 404)
    assert stored(world).enabled and stored(world).version == 1


def test_a_name_of_a_setting_is_told_as_it_is_written(world: World) -> None:
    with world.app.test_request_context("/platform/links"):
        assert told("receipt_format must be one of: text, tlv.") == "receipt_format: допустимые значения — text, tlv."
