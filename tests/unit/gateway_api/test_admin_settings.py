"""«Настройки» and «Промокоды»: requisites with their pictures, payment systems, waiting for money, the oferta, codes."""

import re
from base64 import b64decode
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest

from gateway_http.access import FILES_BODY_BYTES, FORM_BODY_BYTES
from kit.ids import uuid7
from tests.unit.gateway_api.conftest import HOST, OTHER_HOST, HostClient, World
from tests.unit.gateway_api.money import REQUISITES, picture, seller

REQUISITES_PAGE, PROVIDERS, WAITING, OFERTA, PROMO = (
    "/admin/settings/requisites",
    "/admin/settings/payments",
    "/admin/settings/waiting",
    "/admin/settings/oferta",
    "/admin/promo",
)
FORM = {**REQUISITES, "vat_percent": "20", "next_number": "101"}
CODE = {"code": "WELCOME", "kind": "sum", "value": "500,50", "most_uses": "0", "valid_days": "30", "active": "1"}


@pytest.fixture
def boss(world: World) -> HostClient:
    return world.signed_in("boss")


def send(client: HostClient, **changes: Any) -> Any:
    return client.submit(REQUISITES_PAGE, **{**FORM, **changes})


def file(contents: bytes, name: str = "seal.png") -> Any:
    return (BytesIO(contents), name)


def test_requisites_are_saved_and_shown_again(world: World, boss: HostClient) -> None:
    assert send(boss, name="ООО «Голубь & Ко»").status_code == 303
    saved = world.platform.billing.sellers[world.partner_id]
    assert (saved.name, saved.vat_percent, saved.next_number) == ("ООО «Голубь & Ко»", 20, 101)
    page = boss.get(REQUISITES_PAGE).text
    assert "ООО «Голубь &amp; Ко»" in page and "Печать организации (160x160)" in page
    assert send(boss, vat_percent="none").status_code == 303
    assert world.platform.billing.sellers[world.partner_id].vat_percent is None
    assert "Без налога НДС" in boss.get(REQUISITES_PAGE).text


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("inn", "123"), ("vat_percent", "21"), ("next_number", "0"), ("next_number", "x"), ("bik", " ")],
)
def test_a_wrong_requisite_is_told_at_its_field_and_nothing_is_saved(
    world: World, boss: HostClient, field: str, value: str
) -> None:
    response = send(boss, **{"address": "Москва & область", field: value})
    assert response.status_code == 422
    assert f'id="f-{field}-error"' in response.text and "Москва &amp; область" in response.text
    assert world.platform.billing.sellers == {}


def test_pictures_are_kept_shown_replaced_and_deleted(world: World, boss: HostClient) -> None:
    sellers = world.platform.billing.sellers
    blue, red = picture("blue"), picture("red", kind="JPEG")
    send(boss, seal=file(blue), director_signature=file(red, "a.jpg"))
    assert b64decode(sellers[world.partner_id].seal or "") == blue
    page = boss.get(REQUISITES_PAGE).text
    assert "data:image/png;base64," in page and "data:image/jpeg;base64," in page
    send(boss)
    assert b64decode(sellers[world.partner_id].seal or "") == blue
    send(boss, seal=file(red), director_signature_delete="1")
    saved = sellers[world.partner_id]
    assert b64decode(saved.seal or "") == red and saved.director_signature is None


@pytest.mark.parametrize("contents", [b"<svg/>", b"\x89PNG\r\n\x1a\n broken", b"x" * 300_000], ids=len)
def test_what_is_no_picture_or_too_large_is_told_at_its_field(world: World, boss: HostClient, contents: bytes) -> None:
    response = send(boss, seal=file(contents))
    assert response.status_code == 422 and 'id="f-seal-error"' in response.text
    assert world.platform.billing.sellers == {}


def test_a_photo_of_some_megabytes_is_told_at_its_field_and_more_than_that_on_a_page(
    world: World, boss: HostClient
) -> None:
    response = send(boss, seal=file(b"x" * 3_000_000))
    assert response.status_code == 422 and 'id="f-seal-error"' in response.text
    response = send(boss, seal=file(b"x" * FILES_BODY_BYTES))
    assert response.status_code == 413 and "поменьше" in response.text
    assert world.http().post("/sign-in", data={"login": file(b"x" * FORM_BODY_BYTES)}).status_code == 413


def test_a_picture_that_unfolds_to_a_huge_one_is_refused(world: World, boss: HostClient) -> None:
    response = send(boss, seal=file(picture(side=2_001)))
    assert response.status_code == 422 and "2000×2000" in response.text


def test_secrets_of_a_payment_system_are_kept_and_never_shown(world: World, boss: HostClient) -> None:
    form = {"provider": "robokassa", "enabled": "1", "login": "shop", "algorithm": "md5"}
    assert "Не задан" in boss.get(PROVIDERS).text
    assert boss.submit(PROVIDERS, **form, password1="first-secret", password2="second-secret").status_code == 303
    page = boss.get(PROVIDERS).text
    assert "Задан" in page and "secret" not in page and 'value="md5" selected' in page
    assert boss.submit(PROVIDERS, **form, password1="", password2="other").status_code == 303
    kept = world.platform.billing.settings[world.partner_id]
    assert kept.secrets == {"password1": "first-secret", "password2": "other"}
    assert (kept.login, kept.algorithm, kept.enabled, kept.test) == ("shop", "md5", True, False)


def test_a_refused_payment_system_says_so_at_the_field_without_the_secrets(world: World, boss: HostClient) -> None:
    response = boss.submit(PROVIDERS, provider="robokassa", enabled="1", login="shop", password1="", password2="")
    assert response.status_code == 422 and 'id="f-robokassa-password1-error"' in response.text
    long = boss.submit(PROVIDERS, provider="robokassa", password1="secret" * 50)
    assert long.status_code == 422 and "secretsecret" not in long.text
    assert boss.submit(PROVIDERS, provider="nobody").status_code == 404
    assert world.platform.billing.settings == {}


@pytest.mark.parametrize(("hours", "status"), [("1", 303), ("168", 303), ("0", 422), ("169", 422), ("1,5", 422)])
def test_messages_wait_for_money_as_long_as_the_partner_says(
    world: World, boss: HostClient, hours: str, status: int
) -> None:
    response = boss.submit(WAITING, funds_wait_hours=hours)
    assert response.status_code == status
    kept = {world.partner_id: int(hours)} if status == 303 else {}
    assert world.platform.smpp_gateway.waiting == kept
    assert f'value="{hours if kept else 24}"' in boss.get(WAITING).text


def test_versions_of_the_oferta_are_published_and_who_accepted_them_is_shown(world: World, boss: HostClient) -> None:
    assert boss.submit(OFERTA, text="Первое.\r\n\r\n<b>Второе</b>").status_code == 303
    accounts = world.platform.accounts
    accounts.accept_offer(world.partner_id, world.advertiser_id, 1, "shop", "203.0.113.7")
    assert boss.submit(OFERTA, text="Новое").status_code == 303
    assert [one.version for one in accounts.published[world.partner_id]] == [2, 1]
    page = boss.get(f"{OFERTA}/1").text
    assert "203.0.113.7" in page and "&lt;b&gt;Второе" in page
    for unknown in ("3", "0", "x"):
        assert boss.get(f"{OFERTA}/{unknown}").status_code == 404


@pytest.mark.parametrize("text", ["", "Как было", "я" * 100_001], ids=len)
def test_an_empty_the_same_or_an_endless_oferta_is_refused(world: World, boss: HostClient, text: str) -> None:
    boss.submit(OFERTA, text="Как было")
    response = boss.post(
        OFERTA,
        data={"csrf_token": boss.csrf_token(OFERTA), "text": text},
        content_type="multipart/form-data",
    )
    assert response.status_code == 422 and 'id="f-text-error"' in response.text
    assert len(world.platform.accounts.published[world.partner_id]) == 1


def test_another_partners_oferta_is_not_there(world: World, boss: HostClient) -> None:
    boss.submit(OFERTA, text="Тайное")
    rival = world.signed_in("rival", OTHER_HOST)
    assert "Тайное" not in rival.get(OFERTA).text
    assert rival.get(f"{OFERTA}/1").status_code == 404


def test_a_code_is_added_changed_and_switched_off(world: World, boss: HostClient) -> None:
    new = str(uuid7())
    for _ in range(2):
        assert boss.submit(f"{PROMO}/new", id=new, **CODE).location == PROMO
    (made,) = world.platform.billing.promos.values()
    assert (made.code, made.value, made.valid_days, made.active) == ("WELCOME", 5_005_000, 30, True)
    assert "500,50\xa0₽" in boss.get(PROMO).text
    page = f"{PROMO}/{new}"
    assert 'value="500,5"' in boss.get(page).text
    changes = {"kind": "percent", "value": "12,5", "starts_at": "2026-11-01", "ends_at": "2026-11-30"}
    boss.submit(page, **{**CODE, **changes})
    (made,) = world.platform.billing.promos.values()
    assert (made.kind, made.value) == ("percent", 1250)
    assert (made.starts_at, made.ends_at) == ("2026-10-31T21:00:00Z", "2026-11-30T21:00:00Z")
    assert 'value="2026-11-30"' in boss.get(page).text and "12,5\xa0%" in boss.get(PROMO).text
    boss.submit(PROMO, f"{page}/switch")
    assert not world.platform.billing.promos[new].active
    boss.submit(PROMO, f"{page}/switch", active="1")
    assert world.platform.billing.promos[new].active
    assert boss.submit(PROMO, f"{PROMO}/{uuid7()}/switch").status_code == 404


def test_a_manager_of_another_zone_moves_no_day_of_a_code_that_was_left_as_it_was(
    world: World, boss: HostClient
) -> None:
    new = str(uuid7())
    boss.submit(f"{PROMO}/new", id=new, **{**CODE, "starts_at": "2026-11-01", "ends_at": "2026-11-30"})
    first, page = world.platform.billing.promos[new], f"{PROMO}/{new}"
    for zone in ("Asia/Vladivostok", "Europe/Kaliningrad", "America/New_York"):
        _move(world, "boss", zone)
        there = world.signed_in("boss")
        days = dict(re.findall(r'name="(starts_at|ends_at)" value="([^"]*)"', there.get(page).text))
        assert there.submit(page, **{**CODE, **days, "note": zone}).status_code == 303
        saved = world.platform.billing.promos[new]
        assert (saved.starts_at, saved.ends_at, saved.note) == (first.starts_at, first.ends_at, zone)
    there.submit(page, **{**CODE, **days, "ends_at": "2026-12-31"})
    assert world.platform.billing.promos[new].ends_at == "2027-01-01T05:00:00Z", (
        "a day that was changed is the reader's"
    )


def _move(world: World, login: str, zone: str) -> None:
    password, person = world.platform.accounts.people[HOST, login]
    world.platform.accounts.people[HOST, login] = (password, replace(person, zone=zone))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("code", ""),
        ("kind", "gift"),
        ("value", "0"),
        ("value", "much"),
        ("most_uses", "-1"),
        ("valid_days", "0"),
        ("ends_at", "2020-01-01"),
    ],
)
def test_a_wrong_code_is_told_at_its_field(world: World, boss: HostClient, field: str, value: str) -> None:
    response = boss.submit(f"{PROMO}/new", **{**CODE, "starts_at": "2026-11-01", field: value})
    assert response.status_code == 422 and f'id="f-{field}-error"' in response.text
    assert world.platform.billing.promos == {}


@pytest.mark.parametrize("value", ["0", "100,01", "12,555"])
def test_a_percentage_has_its_bounds(boss: HostClient, value: str) -> None:
    response = boss.submit(f"{PROMO}/new", **{**CODE, "kind": "percent", "value": value})
    assert response.status_code == 422 and 'id="f-value-error"' in response.text


def test_another_partners_code_is_not_there(world: World, boss: HostClient) -> None:
    new = str(uuid7())
    boss.submit(f"{PROMO}/new", id=new, **CODE)
    world.platform.billing.sellers[world.partner_id] = seller()
    rival = world.signed_in("rival", OTHER_HOST)
    token = rival.csrf_token(f"{PROMO}/new")
    assert "WELCOME" not in rival.get(PROMO).text
    assert rival.get(f"{PROMO}/{new}").status_code == 404
    for path in (f"{PROMO}/{new}", f"{PROMO}/{new}/switch"):
        assert rival.post(path, data={"csrf_token": token, **CODE, "value": "1"}).status_code == 404
    assert world.platform.billing.promos[new].value == 5_005_000
    assert REQUISITES["inn"] not in rival.get(REQUISITES_PAGE).text.split("<main")[1]


def test_who_used_a_code_is_shown(world: World, boss: HostClient) -> None:
    new = str(uuid7())
    boss.submit(f"{PROMO}/new", id=new, **CODE)
    world.platform.billing.redeem_promo(str(uuid7()), world.partner_id, world.advertiser_id, "WELCOME")
    assert f"/admin/advertisers/{world.advertiser_id}/packages" in boss.get(f"{PROMO}/{new}").text


def test_promo_codes_have_pages_and_each_is_opened_however_many_came_after_it(world: World, boss: HostClient) -> None:
    made = [str(uuid7()) for _ in range(21)]
    for number, code_id in enumerate(made):
        assert boss.submit(f"{PROMO}/new", id=code_id, **{**CODE, "code": f"CODE{number}"}).status_code == 303
    first, second = boss.get(f"{PROMO}?page_size=20").text, boss.get(f"{PROMO}?page_size=20&page=2").text
    assert (made[0] in first, made[20] in first) == (False, True)
    assert (made[0] in second, made[20] in second) == (True, False)
    assert boss.get(f"{PROMO}/{made[0]}?page=2").status_code == 200
    assert "На этой странице промокодов нет" in boss.get(f"{PROMO}?page=9").text
