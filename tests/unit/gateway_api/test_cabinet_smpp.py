"""«SMPP» in the cabinet: a new password for one's own login, and from where; the limits stay the partner's."""

import re

from tests.unit.gateway_api.conftest import World

PAGE = "/cabinet/smpp"


def test_a_new_password_is_shown_once_and_for_an_own_login_alone(world: World) -> None:
    accounts, shop = world.platform.accounts, world.signed_in("shop")
    neighbour = world.add_advertiser("neighbour")
    accounts.set_smpp_password(world.partner_id, world.advertiser_id, "mine", "before1")
    accounts.set_smpp_password(world.partner_id, neighbour, "theirs", "before2")
    issued = shop.submit(PAGE, f"{PAGE}/password", system_id="mine")
    shown = re.search(r'id="issued-password"[^>]*value="([^"]+)"', issued.text)
    assert shown
    assert accounts.smpp_logins[world.advertiser_id, "mine"] == shown[1] != "before1"
    again = shop.get(PAGE).text
    assert shown[1] not in again
    assert "theirs" not in again
    for name in ("theirs", "unknown", ""):
        assert shop.submit(PAGE, f"{PAGE}/password", system_id=name).status_code == 404
    assert accounts.smpp_logins[neighbour, "theirs"] == "before2"


def test_the_addresses_change_and_what_the_partner_allows_does_not(world: World) -> None:
    accounts, shop = world.platform.accounts, world.signed_in("shop")
    accounts.set_smpp_settings(world.partner_id, world.advertiser_id, {**LIMITS, "allow_list": []}, "boss")
    typed = {"max_binds": "99", "enabled": "", "allow_list": "192.0.2.0/24\r\n2001:db8::1"}
    assert shop.submit(PAGE, **typed).status_code == 303
    saved = accounts.smpp_settings[world.advertiser_id]
    assert saved.allow_list == ["192.0.2.0/24", "2001:db8::1"]
    assert (saved.enabled, saved.max_binds, saved.window) == (True, 2, 10)
    wrong = shop.submit(PAGE, allow_list="192.0.2.1\nnowhere <b>")
    assert wrong.status_code == 422
    assert "nowhere &lt;b&gt;" in wrong.text
    assert accounts.smpp_settings[world.advertiser_id].allow_list == saved.allow_list


LIMITS = {"enabled": True, "max_binds": 2, "submits_per_second": 5, "window": 10, "highest_priority": 0}
