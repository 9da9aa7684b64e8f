"""«Дополнительные настройки»: the looks, the files and the contract before a payment, as people meet them."""

import re
from io import BytesIO
from typing import Any

import pytest

from contracts.accounts import BrandingChanged
from contracts.events import Envelope
from gateway_http.admin import branding_uploads
from gateway_http.admin.picture_fetching import FetchError
from gateway_http.service import GatewayHttpService
from kit.ids import uuid7
from tests.support.files import PDF, docx, picture, png_head
from tests.unit.gateway_api.conftest import HOST, OTHER_HOST, HostClient, World
from tests.unit.gateway_api.money import enable_payments

PAGE = "/admin/settings/branding"
CONTRACT = "/cabinet/contract"
FORM = {"name": "Голубь", "accent_colour": "f66d19", "pressed_colour": "e5b030", "email_auth": "PLAIN"}
_HIDDEN = re.compile(r'name="(version|logo_file|contract_file)" value="([^"]*)"')


@pytest.fixture
def boss(world: World) -> HostClient:
    return world.signed_in("boss")


def file(contents: bytes, name: str = "logo.png") -> Any:
    return (BytesIO(contents), name)


def send(client: HostClient, **changes: Any) -> Any:
    """Send the form as the page has it, with changes."""
    return client.submit(PAGE, **{**FORM, **dict(_HIDDEN.findall(client.get(PAGE).text)), **changes})


def looks(world: World) -> Any:
    return world.platform.accounts.looks.get(world.partner_id)


def test_what_is_saved_is_on_the_next_page_and_on_the_sign_in_page_at_once(world: World, boss: HostClient) -> None:
    assert world.http().get("/sign-in").text.count("brand-letter") == 1
    response = send(boss, name="Новое имя", accent_colour="#1A55A5", logo=file(picture()), contract_required="1")
    assert response.status_code == 303
    saved = looks(world)
    assert (saved.name, saved.accent_colour, saved.email_auth, saved.contract_required) == (
        *("Новое имя", "1a55a5", "PLAIN", True),
    )
    page = world.http().get("/sign-in").text
    assert f"/brand/logo?v={saved.logo.digest[:16]}" in page and "Новое имя" in page and 'width="320"' in page
    assert "#1a55a5" in world.http().get("/theme.css").text
    assert "Новое имя" not in world.http(OTHER_HOST).get("/sign-in").text


def test_the_logo_is_its_own_hosts_and_kept_for_ever_under_its_own_address(world: World, boss: HostClient) -> None:
    assert world.http().get("/brand/logo").status_code == 404
    send(boss, logo=file(picture()))
    version = looks(world).logo.digest[:16]
    response = world.http().get(f"/brand/logo?v={version}")
    assert response.mimetype == "image/png" and response.data.startswith(b"\x89PNG")
    assert "immutable" in response.headers["Cache-Control"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "max-age=60" in world.http().get("/brand/logo?v=other").headers["Cache-Control"]
    assert world.http(OTHER_HOST).get(f"/brand/logo?v={version}").status_code == 404


def test_the_sign_in_the_tab_is_a_letter_that_can_not_be_markup(world: World, boss: HostClient) -> None:
    send(boss, name="<script>alert(1)</script>", accent_colour="000000")
    sign = world.http().get("/brand/icon")
    assert sign.mimetype == "image/svg+xml" and "&lt;</text>" in sign.text and "<script" not in sign.text
    page = world.http().get("/sign-in").text
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "Заполните"),
        ("name", "я" * 101, "100"),
        ("accent_colour", "orange", "f66d19"),
        ("accent_colour", "ffffff", "возьмите, например,"),
        ("pressed_colour", "2a2c31", "возьмите, например,"),
        ("contract_url", "javascript:alert(1)", "https://"),
        ("contract_url", "x" * 600, "500"),
        ("email_auth", "NTLM", "Выберите"),
    ],
)
def test_a_wrong_field_is_told_and_nothing_is_saved(
    world: World, boss: HostClient, field: str, value: str, words: str
) -> None:
    response = send(boss, **{"contract_required": "1", field: value})
    assert response.status_code == 422 and f'id="f-{field}-error"' in response.text and words in response.text
    assert looks(world) is None


@pytest.mark.parametrize(
    ("field", "contents"),
    [
        ("logo", b"a text that is called a picture"),
        ("logo", png_head(60_000, 60_000)),
        ("logo", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("logo", bytes(5 * 1024 * 1024 + 1)),
        ("contract", picture()),
        ("contract", docx("word/vbaProject.bin")),
        ("contract", bytes(10 * 1024 * 1024 + 1)),
    ],
    ids=["text", "bomb", "svg", "large", "picture", "macros", "large"],
)
def test_a_file_that_is_not_what_it_should_be_is_told_at_its_field(
    world: World, boss: HostClient, field: str, contents: bytes
) -> None:
    response = send(boss, **{field: file(contents, "contract.pdf")})
    assert response.status_code == 422 and f'id="f-{field}-error"' in response.text
    assert looks(world) is None and world.platform.accounts.kept == {}


def test_a_file_of_twenty_megabytes_is_refused_as_a_whole(boss: HostClient) -> None:
    assert send(boss, contract=file(bytes(20 * 1024 * 1024), "a.pdf")).status_code == 413


def test_a_file_beside_a_wrong_field_need_not_be_sent_again(world: World, boss: HostClient) -> None:
    refused = send(boss, name="", logo=file(picture()), contract=file(PDF, "Договор.pdf"))
    assert refused.status_code == 422 and "data:image/png;base64," in refused.text
    again = dict(_HIDDEN.findall(refused.text))
    token = re.search(r'name="csrf_token" value="([0-9a-f]+)"', refused.text)
    assert token
    assert boss.post(PAGE, data={**FORM, **again, "csrf_token": token[1]}).status_code == 303
    assert looks(world).contract.name == "Договор.pdf" and looks(world).logo.width == 320


def test_a_file_of_another_partner_is_unknown_here(world: World, boss: HostClient) -> None:
    rival = world.signed_in("rival", OTHER_HOST)
    send(rival, contract=file(PDF, "a.pdf"))
    theirs = world.platform.accounts.looks[world.other_partner_id].contract
    response = send(boss, contract_file=theirs.id)
    assert response.status_code == 422 and 'id="f-contract-error"' in response.text
    response = send(boss, logo_file=theirs.id)
    assert response.status_code == 422 and "base64" not in response.text
    assert looks(world) is None


def test_logo_and_contract_are_deleted_by_their_boxes(world: World, boss: HostClient) -> None:
    send(boss, logo=file(picture()), contract=file(PDF, "a.pdf"))
    assert send(boss).status_code == 303 and looks(world).logo and looks(world).contract
    assert send(boss, logo_delete="1", contract_delete="1").status_code == 303
    assert (looks(world).logo, looks(world).contract) == (None, None)


def test_the_contract_is_downloaded_by_the_partners_own_people_and_advertisers_alone(
    world: World, boss: HostClient
) -> None:
    shop = world.signed_in("shop")
    assert shop.get(f"{CONTRACT}/file").status_code == 404
    contents = b"%PDF-1.7" + bytes(700_000) + b"%%EOF"
    send(boss, contract=file(contents, "Договор <1>.pdf"))
    for client, path in ((boss, f"{PAGE}/contract"), (shop, f"{CONTRACT}/file")):
        response = client.get(path)
        assert response.data == contents and response.mimetype == "application/pdf"
        assert response.headers["Content-Disposition"].startswith("attachment")
        assert response.headers["X-Content-Type-Options"] == "nosniff"
    for path in (f"{PAGE}/contract", f"{CONTRACT}/file"):
        assert world.http().get(path).status_code == 303
    assert world.signed_in("rival", OTHER_HOST).get(f"{PAGE}/contract").status_code == 404
    assert shop.get(f"{PAGE}/contract").status_code == 403


def test_the_second_of_two_who_edit_is_told_who_was_first_and_keeps_what_was_typed(
    world: World, boss: HostClient
) -> None:
    send(boss, name="Первый")
    response = send(boss, version="0", name="Второй")
    assert response.status_code == 422 and "boss" in response.text and 'value="Второй"' in response.text
    assert "Открыть, какими они стали" in response.text and looks(world).name == "Первый"


def test_the_address_of_a_logo_is_fetched_once_and_shown_from_our_own_host(
    world: World, boss: HostClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[str] = []

    def fetch(url: str, *, most: int, private: bool) -> bytes:
        fetched.append(url)
        if "gone" in url:
            raise FetchError("This address answers HTTP %(status)s", {"status": 404})
        return picture() if url.endswith(".png") else b"<html>"

    monkeypatch.setattr(branding_uploads, "fetch", fetch)
    address = "https://example.ru/logo.png"
    assert send(boss, logo_address=address).status_code == 303
    assert send(boss, logo_address=address, name="Другое").status_code == 303
    assert fetched == [address] and looks(world).logo_address == address and looks(world).logo
    for wrong in ("https://example.ru/gone", "https://example.ru/page"):
        response = send(boss, logo_address=wrong)
        assert response.status_code == 422 and looks(world).logo_address == address
    assert 'id="f-logo_address-error"' in send(boss, logo_address="https://example.ru/gone").text
    assert send(boss, logo_address=address, logo=file(picture(size=(40, 40)))).status_code == 303
    assert (looks(world).logo_address, looks(world).logo.width) == ("", 40)
    assert send(boss, logo_address=address).status_code == 303
    assert send(boss, logo_address="").status_code == 303
    assert looks(world).logo is None


def test_the_preview_tells_colours_and_what_speaks_against_them(boss: HostClient) -> None:
    made = boss.get(f"{PAGE}/preview?accent_colour=1a55a5&pressed_colour=ffffff").json
    assert made["variables"]["--tblr-primary"] == "#1a55a5" and made["variables"]["--tblr-primary-fg"] == "#ffffff"
    assert list(made["problems"]) == ["pressed_colour"]
    broken = boss.get(f"{PAGE}/preview?accent_colour=f6&pressed_colour=}}body{{").json
    assert broken["variables"] == {} and len(broken["problems"]) == 2


def test_the_looks_that_another_process_saved_are_seen_when_it_tells(world: World) -> None:
    service = GatewayHttpService()
    service.web = world.app  # type: ignore[assignment]
    assert "Голубь" in world.http().get("/sign-in").text
    hosts = world.platform.accounts.hosts
    hosts[HOST].brand = "Другое имя"
    hosts[HOST] = type(hosts[HOST])(**{name: getattr(hosts[HOST], name) for name in hosts[HOST].__slots__})
    envelope = Envelope(id="1", name="branding_changed", version=1, occurred_at="2026-11-22T09:15:00Z", data={})
    service.branding_changed(envelope, BrandingChanged(partner_ids=[world.other_partner_id]))
    service.branding_changed(envelope, BrandingChanged(partner_ids=[world.partner_id]))
    assert "Другое имя" in world.http().get("/sign-in").text


def test_without_a_contract_that_is_asked_for_nothing_is_paid_until_the_partner_marks_it(
    world: World, boss: HostClient
) -> None:
    enable_payments(world)
    shop, finances = world.signed_in("shop"), "/cabinet/finances"
    payment = {"id": str(uuid7()), "provider": "robokassa", "amount": "100"}
    mark = f"/admin/advertisers/{world.advertiser_id}"
    send(boss, contract_required="1", contract_url="https://example.ru/contract.pdf", contract=file(PDF, "a.pdf"))
    assert "Да, по номеру и дате" in boss.get(mark).text
    assert boss.submit(mark, f"{mark}/contract", signed="0").status_code == 303
    page = shop.get(finances).text
    assert "подпишите договор" in page and "payments" not in page
    token = {"csrf_token": shop.csrf_token(CONTRACT)}
    refused = shop.post(f"{finances}/payments", data={**token, **payment})
    assert (refused.status_code, refused.location) == (303, CONTRACT)
    assert shop.get(f"{finances}/invoices/new").location == CONTRACT
    assert shop.post(f"{finances}/invoices/new", data=token).location == CONTRACT
    told = shop.get(CONTRACT).text
    assert f"{CONTRACT}/file" in told and "https://example.ru/contract.pdf" in told
    boss.submit(mark, f"{mark}/contract", signed="1")
    taken = shop.submit(finances, f"{finances}/payments", **payment)
    assert taken.status_code == 303 and taken.location.startswith(f"{finances}/payments/")
    boss.submit(mark, f"{mark}/contract", signed="0")
    assert shop.get(taken.location).location == CONTRACT
    send(boss, contract_required="")
    assert shop.get(taken.location).status_code == 200


def test_the_advertiser_of_another_partner_can_not_be_marked(world: World, boss: HostClient) -> None:
    foreign = world.add_advertiser("foreign", world.other_partner_id)
    for advertiser_id in (foreign, str(uuid7())):
        response = boss.submit(PAGE, f"/admin/advertisers/{advertiser_id}/contract", signed="1")
        assert response.status_code == 404
    assert world.platform.accounts.marks == {}
