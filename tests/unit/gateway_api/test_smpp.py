"""The partner's page of an advertiser's SMPP."""

import pytest

from contracts.smpp_gateway import SmppBind
from services.accounts.smpp import DEFAULTS
from tests.unit.gateway_api.conftest import HostClient, World

SETTINGS = {
    "enabled": "1", "max_binds": "3", "submits_per_second": "50", "window": "20", "highest_priority": "2", "allow_list": "",
}  # fmt: skip


@pytest.fixture
def page(world: World) -> str:
    return f"/admin/advertisers/{world.advertiser_id}/smpp"


@pytest.fixture
def boss(world: World) -> HostClient:
    return world.signed_in("boss")


def test_settings_are_saved_with_the_addresses_as_lines(world: World, boss: HostClient, page: str) -> None:
    lines = "192.0.2.0/24\r\n\r\n  2001:DB8::1  \r\n192.0.2.0/24\r\n"
    assert boss.submit(page, **SETTINGS | {"allow_list": lines}).location == page
    saved = world.platform.accounts.smpp_settings[world.advertiser_id]
    assert (saved.enabled, saved.max_binds, saved.submits_per_second, saved.window) == (True, 3, 50, 20)
    assert saved.highest_priority == 2
    assert saved.allow_list == ["192.0.2.0/24", "2001:db8::1"]
    assert "192.0.2.0/24\n2001:db8::1</textarea>" in boss.get(page).text
    assert '<option value="2" selected>' in boss.get(page).text
    boss.submit(page, **SETTINGS | {"enabled": "", "highest_priority": "3"})
    assert world.platform.accounts.smpp_settings[world.advertiser_id].highest_priority == 3
    assert not world.platform.accounts.smpp_settings[world.advertiser_id].enabled


def test_each_line_that_is_no_address_is_told_by_its_number_as_it_stands_there(
    world: World, boss: HostClient, page: str
) -> None:
    lines = "192.0.2.1\n\n<b>x</b>\n192.0.2.7/24"
    response = boss.submit(page, **SETTINGS | {"allow_list": lines})
    assert response.status_code == 422
    assert "Строка 3, «&lt;b&gt;x&lt;/b&gt;»: Это не IP-адрес" in response.text
    assert "Строка 4, «192.0.2.7/24»: Это адрес внутри сети" in response.text
    assert "192.0.2.1\n\n&lt;b&gt;" in response.text, "what was typed is not lost"
    assert world.advertiser_id not in world.platform.accounts.smpp_settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_binds", "0"),
        ("max_binds", "101"),
        ("submits_per_second", "x"),
        ("window", "1001"),
        ("highest_priority", "4"),
    ],
)
def test_limits_out_of_bounds_are_told_at_their_fields(
    world: World, boss: HostClient, page: str, name: str, value: str
) -> None:
    response = boss.submit(page, **SETTINGS | {name: value})
    assert response.status_code == 422
    assert f'id="f-{name}-error"' in response.text
    assert world.advertiser_id not in world.platform.accounts.smpp_settings


def test_too_many_addresses_are_told_at_the_list(world: World, boss: HostClient, page: str) -> None:
    response = boss.submit(page, **SETTINGS | {"allow_list": "\n".join(f"192.0.2.{n}" for n in range(60))})
    assert response.status_code == 422
    assert "Не больше 50 адресов" in response.text


def test_a_password_that_was_made_is_shown_once(world: World, boss: HostClient, page: str) -> None:
    shown = boss.submit(page, f"{page}/login", system_id="shop1", password="")
    assert shown.status_code == 200
    assert "issued01" in shown.text
    assert world.platform.accounts.smpp_logins == {(world.advertiser_id, "shop1"): "issued01"}
    later = boss.get(page).text
    assert "shop1" in later and "issued01" not in later


def test_a_password_that_was_typed_is_not_shown(world: World, boss: HostClient, page: str) -> None:
    assert boss.submit(page, f"{page}/login", system_id="shop1", password="typed_1").location == page
    assert world.platform.accounts.smpp_logins == {(world.advertiser_id, "shop1"): "typed_1"}
    assert "typed_1" not in boss.get(page).text


@pytest.mark.parametrize(("system_id", "password"), [("", ""), ("a b", "secret1"), ("shop", "short")])
def test_a_bad_login_is_told_and_its_password_is_not_sent_back(
    world: World, boss: HostClient, page: str, system_id: str, password: str
) -> None:
    response = boss.submit(page, f"{page}/login", system_id=system_id, password=password)
    assert response.status_code == 422
    assert "data-open-now" in response.text
    assert not password or password not in response.text
    assert world.platform.accounts.smpp_logins == {}


def test_a_login_is_removed(world: World, boss: HostClient, page: str) -> None:
    boss.submit(page, f"{page}/login", system_id="shop1", password="secret1")
    assert boss.submit(page, f"{page}/remove", system_id="shop1").location == page
    assert world.platform.accounts.smpp_logins == {}


def test_who_is_bound_is_shown(world: World, boss: HostClient, page: str) -> None:
    bind = SmppBind(
        system_id="shop1", kind="transceiver", address="192.0.2.77", secure=True, bound_at="2026-11-22T09:15:00Z"
    )
    world.platform.smpp_gateway.bound[world.advertiser_id] = [bind]
    text = boss.get(page).text
    assert "192.0.2.77" in text and "TLS" in text


def test_settings_are_there_while_the_gateway_is_not(world: World, boss: HostClient, page: str) -> None:
    world.platform.smpp_gateway.deaf = True
    response = boss.get(page)
    assert response.status_code == 200
    assert f'value="{DEFAULTS.submits_per_second}"' in response.text
    assert boss.submit(page, **SETTINGS).status_code == 303


def test_an_advertiser_has_no_such_page(world: World, page: str) -> None:
    assert world.signed_in("shop").get(page).status_code in (403, 404)
