"""«Финансы»: an advertiser sees its own money, tops up by an own hand, and accepts the oferta first."""

import re
from dataclasses import replace
from typing import Any

import pytest

from contracts.billing import Balance
from contracts.billing_invoices import PromoCode
from contracts.billing_packages import NewPackage
from contracts.wire import to_wire
from gateway_http.admin import invoices_file
from kit.ids import uuid7
from tests.unit.gateway_api.conftest import PASSWORD, HostClient, World
from tests.unit.gateway_api.fakes_payments import PAY_URL
from tests.unit.gateway_api.money import enable_payments, issued, seller, started

PAGE, OFERTA = "/cabinet/finances", "/cabinet/oferta"
PAYMENTS, PROMO, INVOICE = f"{PAGE}/payments", f"{PAGE}/promo", f"{PAGE}/invoices/new"
LEVEL = f"{PAGE}/level"


@pytest.fixture
def shop(world: World) -> HostClient:
    return world.signed_in("shop")


def pay(client: HostClient, **changes: str) -> Any:
    form = {"id": str(uuid7()), "provider": "robokassa", "amount": "1 000,50", **changes}
    return client.submit(PAGE, PAYMENTS, **form)


def add_code(world: World, code: str, kind: str = "sum", value: int = 5_000_000) -> None:
    made = PromoCode(
        id=str(uuid7()),
        partner_id=world.partner_id,
        code=code,
        kind=kind,
        value=value,
        most_uses=0,
        valid_days=30,
        starts_at=None,
        ends_at=None,
        active=True,
        note="",
    )
    world.platform.billing.save_promo_code(to_wire(made), "boss")


def test_an_advertiser_sees_its_own_packages_invoices_and_payments_only(world: World, shop: HostClient) -> None:
    other = world.add_advertiser("other")
    for owner, amount in ((world.advertiser_id, 7_770_000), (other, 9_990_000)):
        package = NewPackage(id=str(uuid7()), advertiser_id=owner, partner_id=world.partner_id, amount=amount)
        world.platform.billing.add_package(to_wire(package), "boss")
    mine, foreign = issued(world), issued(world, advertiser_id=other)
    started(world)
    page = shop.get(PAGE).text
    assert "777,00\xa0₽" in page and "999,00\xa0₽" not in page
    assert mine in page and foreign not in page
    assert "Платёж № 1" in page
    assert "Платёж № 1" not in world.signed_in("other").get(PAGE).text


def test_a_package_is_shown_to_its_last_day_as_the_partner_wrote_it(world: World, shop: HostClient) -> None:
    boss = world.signed_in("boss")
    packages = f"/admin/advertisers/{world.advertiser_id}/packages"
    assert boss.submit(packages, amount="5", starts_at="2026-12-01", ends_at="2026-12-31").status_code == 303
    for page in (boss.get(packages).text, shop.get(PAGE).text):
        assert "31.12.2026" in page and "01.01.2027" not in page


def test_nothing_is_offered_that_the_partner_has_not_switched_on(world: World, shop: HostClient) -> None:
    assert PAYMENTS not in shop.get(PAGE).text
    assert pay(shop).status_code == 422
    assert world.platform.billing.started == {}
    enable_payments(world)
    assert PAYMENTS in shop.get(PAGE).text


def test_a_top_up_leads_over_a_page_of_ours_to_the_payment_system(world: World, shop: HostClient) -> None:
    """Forms may lead to ourselves alone: a redirect from the form to another site would be stopped by the browser."""
    enable_payments(world)
    key = str(uuid7())
    for _ in range(2):
        response = pay(shop, id=key)
        assert (response.status_code, response.location) == (303, f"{PAYMENTS}/{key}")
    (payment,) = world.platform.billing.started.values()
    assert (payment.amount, payment.advertiser_id) == (10_005_000, world.advertiser_id)
    onward = shop.get(response.location)
    assert onward.headers["Refresh"] == f"1;url={PAY_URL}?id=1"
    assert f'href="{PAY_URL}?id=1"' in onward.text
    assert "form-action 'self'" in onward.headers["Content-Security-Policy"]
    world.platform.billing.payment_callback(world.partner_id, "robokassa", {"InvId": "1"})
    assert shop.get(response.location).location == PAGE


@pytest.mark.parametrize("amount", ["", "-5", "many"])
def test_a_wrong_sum_comes_back_with_422(world: World, shop: HostClient, amount: str) -> None:
    enable_payments(world)
    response = pay(shop, amount=amount)
    assert response.status_code == 422 and 'id="f-amount-error"' in response.text
    assert world.platform.billing.started == {}


def test_the_payment_of_another_advertiser_is_not_there(world: World) -> None:
    payment_id = started(world)
    world.add_advertiser("other")
    assert world.signed_in("other").get(f"{PAYMENTS}/{payment_id}").status_code == 404


def test_the_oferta_stands_before_every_top_up_until_its_newest_version_is_accepted(
    world: World, shop: HostClient
) -> None:
    enable_payments(world)
    world.platform.billing.sellers[world.partner_id] = seller()
    world.platform.accounts.publish_offer(world.partner_id, "Условия", "boss")
    assert OFERTA in shop.get(PAGE).text
    assert pay(shop).location.startswith(OFERTA)
    assert shop.get(INVOICE).location.startswith(OFERTA)
    assert shop.submit(PAGE, INVOICE, amount="5", name="x").location.startswith(OFERTA)
    assert world.platform.billing.started == {} and world.platform.billing.issued == {}
    done = shop.submit(f"{OFERTA}?next={INVOICE}", OFERTA, version="1", agreed="1", next=INVOICE)
    assert done.location == INVOICE
    (kept,) = world.platform.accounts.accepted.values()
    assert (kept.login, kept.address, kept.advertiser_id) == ("shop", "127.0.0.1", world.advertiser_id)
    assert pay(shop).location.startswith(PAYMENTS) and shop.get(INVOICE).status_code == 200
    world.platform.accounts.publish_offer(world.partner_id, "Новые условия", "boss")
    assert pay(shop).location.startswith(OFERTA)


def test_an_oferta_is_accepted_knowingly_and_in_the_version_that_was_read(world: World, shop: HostClient) -> None:
    accounts = world.platform.accounts
    accounts.publish_offer(world.partner_id, "Условия", "boss")
    assert shop.submit(OFERTA, version="1").status_code == 422
    accounts.publish_offer(world.partner_id, "Новые условия", "boss")
    stale = shop.submit(OFERTA, version="1", agreed="1")
    assert stale.status_code == 422 and "Новые условия" in stale.text
    assert accounts.accepted == {}
    for address in ("//evil.example", "https://evil.example", "/\\evil.example"):
        assert shop.submit(OFERTA, version="2", agreed="1", next=address).location == PAGE


def test_an_advertiser_issues_an_invoice_for_itself_once(world: World, shop: HostClient) -> None:
    world.platform.billing.sellers[world.partner_id] = seller()
    form = {"id": str(uuid7()), "amount": "500", "name": "ООО «Ромашка»", "subject": "Подарок"}
    for _ in range(2):
        assert shop.submit(INVOICE, **form).location == f"{PAGE}#invoices"
    (made,) = world.platform.billing.issued.values()
    assert (made.advertiser_id, made.amount, made.author) == (world.advertiser_id, 5_000_000, "shop")
    assert "shop" in made.subject and "Подарок" not in made.subject
    assert made.id in shop.get(PAGE).text


def test_without_requisites_of_the_partner_no_invoice_is_offered(shop: HostClient) -> None:
    page = shop.get(INVOICE).text
    assert "f-amount" not in page and "менеджеру" in page


@pytest.mark.parametrize(("field", "value"), [("amount", "0"), ("name", ""), ("inn", "1" * 30)])
def test_a_wrong_field_of_an_own_invoice_comes_back_with_422(
    world: World, shop: HostClient, field: str, value: str
) -> None:
    world.platform.billing.sellers[world.partner_id] = seller()
    response = shop.submit(INVOICE, **{"amount": "500", "name": "ООО", field: value})
    assert response.status_code == 422 and f'id="f-{field}-error"' in response.text
    assert world.platform.billing.issued == {}


def test_the_pdf_of_an_invoice_is_its_advertisers_own(
    world: World, shop: HostClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invoices_file, "invoice_pdf", lambda *_, **__: b"%PDF-1.7")
    mine = issued(world)
    foreign = issued(world, advertiser_id=world.add_advertiser("other"))
    elsewhere = world.add_advertiser("stranger", world.other_partner_id)
    other_partners = issued(world, partner_id=world.other_partner_id, advertiser_id=elsewhere)
    assert shop.get(f"{PAGE}/invoices/{mine}/pdf").data == b"%PDF-1.7"
    for other in (foreign, other_partners, str(uuid7())):
        assert shop.get(f"{PAGE}/invoices/{other}/pdf").status_code == 404


def test_a_promo_code_is_used_once_and_says_what_it_gave(world: World, shop: HostClient) -> None:
    add_code(world, "WELCOME")
    add_code(world, "SPRING", "percent", 1000)
    key = str(uuid7())
    assert shop.submit(PAGE, PROMO, id=key, code="WELCOME").location == PAGE
    assert "500,00\xa0₽" in shop.get(PAGE).text
    again = shop.submit(PAGE, PROMO, id=str(uuid7()), code="WELCOME")
    assert again.status_code == 422 and 'id="f-code-error"' in again.text
    assert shop.submit(PAGE, PROMO, code="SPRING").status_code == 303
    assert "со следующей оплатой" in shop.get(PAGE).text
    assert len(world.platform.billing.uses) == 2


@pytest.mark.parametrize("code", ["", "NOTHING", "FOREIGN"])
def test_an_unknown_code_and_another_partners_are_refused_alike(world: World, shop: HostClient, code: str) -> None:
    world.partner_id, mine = world.other_partner_id, world.partner_id
    add_code(world, "FOREIGN")
    world.partner_id = mine
    response = shop.submit(PAGE, PROMO, code=code)
    assert response.status_code == 422 and 'id="f-code-error"' in response.text
    if code:
        assert "Такого промокода нет" in response.text


def test_every_form_has_an_id_of_its_own(world: World, shop: HostClient) -> None:
    """A refusal is kept under its id: another form, or the corrected one, must not get it."""
    enable_payments(world)
    ids = re.findall(r'name="id" value="([0-9a-f-]+)"', shop.get(PAGE).text)
    assert len(ids) == len(set(ids)) == 2
    assert not set(ids) & set(re.findall(r'name="id" value="([0-9a-f-]+)"', pay(shop, id=ids[0], amount="x").text))


def test_a_partner_in_the_cabinet_neither_pays_nor_accepts(world: World) -> None:
    payment_id = started(world)
    world.platform.billing.sellers[world.partner_id] = seller()
    world.platform.accounts.publish_offer(world.partner_id, "Условия", "boss")
    boss = world.signed_in("boss")
    enter = f"/admin/advertisers/{world.advertiser_id}/enter"
    assert boss.submit(enter, reason="To help", password=PASSWORD).status_code == 303
    token = boss.csrf_token(PAGE)
    forms = {"amount": "5", "provider": "robokassa", "name": "x", "code": "X", "version": "1", "agreed": "1"}
    for path in (PAYMENTS, PROMO, INVOICE, OFERTA):
        assert boss.post(path, data={"csrf_token": token, **forms}).status_code == 403
    assert boss.get(f"{PAYMENTS}/{payment_id}").status_code == 403
    assert boss.get(PAGE).status_code == 200
    assert len(world.platform.billing.started) == 1
    assert world.platform.accounts.accepted == {} and world.platform.billing.issued == {}
    # The level is no payment.
    assert boss.post(LEVEL, data={"csrf_token": token, "level": "5", "unit": "sum"}).status_code == 303
    assert level_of(world) == (50_000, 0)


def level_of(world: World) -> tuple[int, int]:
    found: Balance = world.clients.billing.balances([world.advertiser_id])[0]
    return found.level, found.level_percent


@pytest.mark.parametrize(
    ("unit", "typed", "kept", "shown"),
    [
        ("sum", "1 000,5", (10_005_000, 0), "1\xa0000,50\xa0₽"),
        ("percent", "20", (0, 20), "20\xa0% от действующих пакетов"),
        ("percent", "100", (0, 100), "100\xa0% от действующих пакетов"),
        ("sum", "0", (0, 0), "не задан"),
        ("percent", "0", (0, 0), "не задан"),
    ],
)
def test_a_level_replaces_the_one_before_and_both_sides_see_it(
    world: World, shop: HostClient, unit: str, typed: str, kept: tuple[int, int], shown: str
) -> None:
    world.platform.billing.set_level(world.partner_id, world.advertiser_id, 5, 5)
    assert shop.submit(PAGE, LEVEL, level=typed, unit=unit).location == PAGE
    assert level_of(world) == kept
    first, second = shop.get(PAGE).text, shop.get(PAGE).text
    assert "Сохранено" in first and "Сохранено" not in second
    assert f"<dd>{shown}</dd>" in second
    field = re.search(r'id="f-level" name="level" value="([^"]*)"', second)
    assert field and field[1].replace(",50", ",5") == typed.replace(" ", "")
    assert ('<option value="percent" selected>' in second) is bool(kept[1])
    assert f"<dd>{shown}</dd>" in world.signed_in("boss").get(f"/admin/advertisers/{world.advertiser_id}").text


@pytest.mark.parametrize(
    ("field", "unit", "typed"),
    [
        ("level", "sum", ""),
        ("level", "sum", "-5"),
        ("level", "sum", "много"),
        ("level", "percent", ""),
        ("level", "percent", "101"),
        ("level", "percent", "-1"),
        ("level", "percent", "2,5"),
        ("unit", "dollars", "5"),
    ],
)
def test_a_wrong_level_is_told_at_its_field_and_changes_nothing(
    world: World, shop: HostClient, field: str, unit: str, typed: str
) -> None:
    world.platform.billing.set_level(world.partner_id, world.advertiser_id, 7, 0)
    response = shop.submit(PAGE, LEVEL, level=typed, unit=unit)
    assert response.status_code == 422
    assert f'id="f-{field}-error"' in response.text and "data-open-now" in response.text
    assert f'name="level" value="{typed}"' in response.text
    assert level_of(world) == (7, 0)


def test_the_page_says_where_the_letter_goes_or_that_it_can_go_nowhere(world: World, shop: HostClient) -> None:
    assert "Ваш e-mail неизвестен" in shop.get(PAGE).text
    known = world.platform.accounts.known
    known[world.advertiser_id] = replace(known[world.advertiser_id], email="shop@example.org")
    page = shop.get(PAGE).text
    assert "письмо уйдёт на shop@example.org" in page and "Ваш e-mail неизвестен" not in page


def test_a_level_of_both_kinds_is_told_as_the_greater_one(world: World, shop: HostClient) -> None:
    world.platform.billing.set_level(world.partner_id, world.advertiser_id, 1_000_000, 20)
    assert "100,00\xa0₽ или 20\xa0% от действующих пакетов, смотря что больше" in shop.get(PAGE).text


def test_guessing_of_promo_codes_ends_with_a_sentence_at_the_field(world: World, shop: HostClient) -> None:
    world.platform.billing.attempts_left = 1
    assert "Такого промокода нет" in shop.submit(PAGE, PROMO, id=str(uuid7()), code="GUESS").text
    refused = shop.submit(PAGE, PROMO, id=str(uuid7()), code="GUESS2")
    assert refused.status_code == 422 and 'id="f-code-error"' in refused.text
    assert "Слишком много попыток" in refused.text


def test_own_invoices_of_a_day_end_with_a_sentence_and_those_of_a_manager_do_not_count(
    world: World, shop: HostClient
) -> None:
    billing = world.platform.billing
    billing.own_invoices_left = 1
    issued(world)
    issued(world)
    form = {"amount": "300", "name": "ООО «Покупатель»", "inn": "", "kpp": "", "address": ""}
    assert shop.submit(INVOICE, id=str(uuid7()), **form).status_code == 303
    refused = shop.submit(INVOICE, id=str(uuid7()), **form)
    assert refused.status_code == 422 and "Слишком много счетов" in refused.text
