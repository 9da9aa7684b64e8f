"""An advertiser's money in its cabinet, on the running platform: the oferta, a top-up, a promo code, an own invoice."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from contracts.wire import to_wire
from kit.ids import uuid7
from kit.money import parse_money
from tests.e2e.panel import Panel
from tests.e2e.platform import Platform
from tests.unit.billing.requisites_examples import BUYER, SELLER

FINANCES, OFERTA = "/cabinet/finances", "/cabinet/oferta"
BONUS = "150,50"


@pytest.fixture(scope="module")
def partner(embedded: Platform) -> Iterator[Panel]:
    """The partner has published an oferta and takes payments by Robokassa; in the end the books agree."""
    panel = Panel(embedded.demo["partner"])
    panel.submit("/admin/settings/oferta", text="Услуги оказываются.\n\nИ оплачиваются.")
    shop = {"login": "shop", "description": "Пополнение", "algorithm": "sha256"}
    secrets = {"password1": "first-secret", "password2": "second-secret"}
    panel.submit("/admin/settings/payments", provider="robokassa", enabled="1", **shop, **secrets)
    assert "secret" not in panel.get("/admin/settings/payments")
    yield panel
    assert embedded.audit()[0] == 0, embedded.audit()[1]


@pytest.fixture(scope="module")
def advertiser(embedded: Platform, partner: Panel) -> Panel:
    return Panel(embedded.demo["advertiser"])


def test_the_oferta_is_accepted_before_the_way_to_the_payment_system_opens(partner: Panel, advertiser: Panel) -> None:
    payment = {"provider": "robokassa", "amount": "1 000,50", "id": str(uuid7())}
    assert advertiser.submit(FINANCES, f"{FINANCES}/payments", **payment).startswith(OFERTA)
    assert advertiser.submit(OFERTA, version="1", agreed="1", next=FINANCES) == FINANCES
    assert "127.0.0.1" in partner.get("/admin/settings/oferta/1")
    onward = advertiser.submit(FINANCES, f"{FINANCES}/payments", **payment)
    found = re.search(r'href="(https://auth\.robokassa\.ru/[^"]+)"', advertiser.get(onward))
    assert found
    told = {name: values[0] for name, values in parse_qs(urlsplit(unescape(found[1])).query).items()}
    assert (told["MerchantLogin"], told["OutSum"]) == ("shop", "1000.50")
    assert told["InvId"] in partner.get("/admin/payments")


def test_a_promo_code_is_on_the_balance_at_once(embedded: Platform, partner: Panel, advertiser: Panel) -> None:
    before = parse_money(embedded.api("GET", "/balance")[1]["available"])
    code = {"code": "WELCOME", "kind": "sum", "value": BONUS, "most_uses": "1", "valid_days": "30", "active": "1"}
    partner.submit("/admin/promo/new", id=str(uuid7()), **code)
    advertiser.submit(FINANCES, f"{FINANCES}/promo", id=str(uuid7()), code="welcome")
    assert parse_money(embedded.api("GET", "/balance")[1]["available"]) - before == parse_money(BONUS)
    assert "1 из 1" in partner.get("/admin/promo")


def test_an_advertiser_gets_its_own_invoice_as_a_document(partner: Panel, advertiser: Panel) -> None:
    if 'name="amount"' not in advertiser.get(f"{FINANCES}/invoices/new"):
        requisites = {name: str(value) for name, value in to_wire(SELLER).items() if value is not None}
        partner.submit("/admin/settings/requisites", **requisites)
    key = str(uuid7())
    buyer = {"name": BUYER.name, "inn": BUYER.inn, "kpp": BUYER.kpp}
    advertiser.submit(f"{FINANCES}/invoices/new", id=key, amount="500", **buyer)
    contents, media_type = advertiser.download(f"{FINANCES}/invoices/{key}/pdf")
    assert contents.startswith(b"%PDF-") and media_type == "application/pdf"
    assert BUYER.name in advertiser.get(FINANCES)


def test_a_level_that_the_advertiser_sets_is_what_the_partner_reads(partner: Panel, advertiser: Panel) -> None:
    advertiser.submit(FINANCES, f"{FINANCES}/level", level="20", unit="percent")
    shown = "20\xa0% от действующих пакетов"
    assert shown in advertiser.get(FINANCES)
    user_data = re.search(r'href="(/admin/advertisers/[0-9a-f-]{36})', partner.get("/admin/advertisers"))
    assert user_data and shown in partner.get(user_data[1])


def test_the_partner_says_how_long_messages_wait_for_money(partner: Panel) -> None:
    page = "/admin/settings/waiting"
    partner.submit(page, funds_wait_hours="48")
    assert 'value="48"' in partner.get(page)
