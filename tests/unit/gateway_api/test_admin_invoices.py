"""«Выписанные счета»: a partner lists, issues, credits and cancels its own invoices, and nobody else's."""

import re
from dataclasses import replace
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from python_calamine import CalamineWorkbook

from gateway_http.admin import invoices_file
from kit.ids import uuid7
from tests.unit.billing.requisites_examples import BUYER
from tests.unit.gateway_api.conftest import HOST, OTHER_HOST, HostClient, World
from tests.unit.gateway_api.money import issued, seller

LIST = "/admin/invoices"


@pytest.fixture
def boss(world: World) -> HostClient:
    return world.signed_in("boss")


@pytest.fixture
def new(world: World) -> dict[str, str]:
    """What the form of an invoice sends."""
    world.platform.billing.sellers[world.partner_id] = seller()
    owner = {"advertiser_id": world.advertiser_id, "id": str(uuid7())}
    return {**owner, "amount": "1 500,50", "name": BUYER.name, "subject": "СМС", "inn": BUYER.inn}


def test_the_list_shows_the_sums_of_its_filter(world: World, boss: HostClient) -> None:
    first = issued(world, 30_000_000)
    issued(world, 50_000_000)
    world.platform.billing.mark_invoice_paid(world.partner_id, first, "boss", "п/п 418")
    page = boss.get(LIST).text
    assert "8\xa0000,00\xa0₽" in page and "3\xa0000,00\xa0₽" in page
    assert f"{LIST}/{first}" in page
    assert f"{LIST}/{first}" not in boss.get(f"{LIST}?state=issued").text
    assert f"{LIST}/{first}" in boss.get(f"{LIST}?q=418").text
    for nonsense in ("page=-1", "page=x", "page_size=1000000", "state=lost", "advertiser_id=x", "q=%00"):
        assert boss.get(f"{LIST}?{nonsense}").status_code == 200


def test_a_buyer_named_without_a_blank_is_broken_and_not_the_page_widened(
    boss: HostClient, new: dict[str, str]
) -> None:
    assert boss.submit("/admin/invoices/new", **{**new, "name": "W" * 250}).status_code == 303
    listed = boss.get(LIST).text
    assert re.search(rf'<td class="wrap-any"[^>]*>{"W" * 250}</td>', listed)


def test_the_file_holds_what_the_filter_shows(world: World, boss: HostClient) -> None:
    first = issued(world, 30_000_000)
    issued(world, 50_000_000)
    world.platform.billing.cancel_invoice(world.partner_id, first, "boss", "=1+1")
    response = boss.get(f"{LIST}.xlsx?state=cancelled")
    assert 'filename="invoices.xlsx"' in response.headers["Content-Disposition"]
    rows = CalamineWorkbook.from_filelike(BytesIO(response.data)).get_sheet_by_index(0).to_python()
    assert len(rows) == 2
    assert (rows[1][0], rows[1][5], rows[1][-1]) == (101, 3000, "=1+1")
    assert "Отменён" in rows[1]


def test_without_requisites_the_way_to_them_is_shown_and_nothing_is_issued(
    world: World, boss: HostClient, new: dict[str, str]
) -> None:
    world.platform.billing.sellers.clear()
    assert "/admin/settings/requisites" in boss.get(LIST).text
    response = boss.submit(f"{LIST}/new?advertiser_id={world.advertiser_id}", f"{LIST}/new", **new)
    assert response.status_code == 422
    assert world.platform.billing.issued == {}
    assert new["id"] not in response.text


def test_an_invoice_is_issued_once_however_often_its_form_is_sent(
    world: World, boss: HostClient, new: dict[str, str]
) -> None:
    page = f"{LIST}/new?advertiser_id={world.advertiser_id}"
    for _ in range(2):
        assert boss.submit(page, f"{LIST}/new", **new).location == f"{LIST}/{new['id']}"
    (made,) = world.platform.billing.issued.values()
    assert (made.number, made.amount, made.buyer.inn, made.author) == (101, 15_005_000, BUYER.inn, "boss")
    shown = boss.get(f"{LIST}/{made.id}").text
    assert "1\xa0500,50\xa0₽" in shown and BUYER.name in shown


def test_the_buyer_is_filled_in_from_the_advertiser_and_then_from_its_last_invoice(
    world: World, boss: HostClient
) -> None:
    page = f"{LIST}/new?advertiser_id={world.advertiser_id}"
    assert "договор № 1 от 22.11.2026" in boss.get(page).text
    assert f'value="{BUYER.inn}"' not in boss.get(page).text
    issued(world)
    assert f'value="{BUYER.inn}"' in boss.get(page).text


@pytest.mark.parametrize(
    ("field", "value"),
    [("amount", ""), ("amount", "0"), ("amount", "-5"), ("amount", "1,005"), ("name", ""), ("subject", " ")],
)
def test_a_wrong_field_comes_back_with_422_and_no_number_is_taken(
    world: World, boss: HostClient, new: dict[str, str], field: str, value: str
) -> None:
    page = f"{LIST}/new?advertiser_id={world.advertiser_id}"
    response = boss.submit(page, f"{LIST}/new", **{**new, field: value})
    assert response.status_code == 422
    assert f'id="f-{field}-error"' in response.text
    assert world.platform.billing.issued == {}
    assert new["id"] in response.text


def test_marking_an_invoice_paid_twice_credits_it_once(world: World, boss: HostClient) -> None:
    made = issued(world)
    for _ in range(2):
        response = boss.submit(f"{LIST}/{made}", f"{LIST}/{made}/paid", payment_info="п/п 418")
        assert response.location == f"{LIST}/{made}"
        package = world.platform.billing.issued[made].package_id
    page = boss.get(f"{LIST}/{made}").text
    assert "п/п 418" in page and "/paid" not in page.split("invoice-paid")[0]
    assert world.platform.billing.issued[made].package_id == package


def test_a_cancelled_invoice_can_not_be_paid_and_the_dialog_says_so(world: World, boss: HostClient) -> None:
    made = issued(world)
    assert boss.submit(f"{LIST}/{made}", f"{LIST}/{made}/cancel", reason="Выписан дважды").status_code == 303
    response = boss.submit(f"{LIST}/{made}", f"{LIST}/{made}/paid", payment_info="")
    assert response.status_code == 422
    assert "data-open-now" in response.text
    assert world.platform.billing.issued[made].state == "cancelled"


def test_cancelling_needs_a_reason(world: World, boss: HostClient) -> None:
    made = issued(world)
    response = boss.submit(f"{LIST}/{made}", f"{LIST}/{made}/cancel", reason=" ")
    assert response.status_code == 422 and 'id="f-reason-error"' in response.text
    assert world.platform.billing.issued[made].state == "issued"


def test_the_pdf_is_a_file_of_the_invoice_in_the_colours_of_the_partner(
    world: World, boss: HostClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Any] = []
    zones: list[str] = []

    def drawn(*arguments: Any, logo: bytes | None, zone: ZoneInfo) -> bytes:
        given.append(arguments)
        zones.append(zone.key)
        return b"%PDF-1.7"

    monkeypatch.setattr(invoices_file, "invoice_pdf", drawn)
    made = issued(world)
    response = boss.get(f"{LIST}/{made}/pdf")
    assert (response.mimetype, response.data) == ("application/pdf", b"%PDF-1.7")
    assert response.headers["Content-Disposition"] == 'attachment; filename="invoice-101.pdf"'
    ((invoice, images, brand, colour),) = given
    assert (invoice.id, images.seal, brand, colour) == (made, None, "Голубь", "f66d19")
    assert zones == ["Europe/Moscow"]


def test_the_pdf_carries_the_day_of_the_partner_for_every_reader(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    zones: list[str] = []

    def drawn(*_: Any, logo: bytes | None, zone: ZoneInfo) -> bytes:
        zones.append(zone.key)
        return b"%PDF-1.7"

    monkeypatch.setattr(invoices_file, "invoice_pdf", drawn)
    accounts = world.platform.accounts
    accounts.hosts[HOST] = replace(accounts.hosts[HOST], zone="Asia/Vladivostok")
    made = issued(world)
    for reader, address in (("boss", f"{LIST}/{made}/pdf"), ("shop", f"/cabinet/finances/invoices/{made}/pdf")):
        assert world.signed_in(reader).get(address).status_code == 200
    assert zones == ["Asia/Vladivostok"] * 2, "both readers live in Moscow"


@pytest.mark.parametrize("path", ["", "/pdf"])
def test_another_partners_invoice_is_not_there(world: World, path: str) -> None:
    made = issued(world)
    rival = world.signed_in("rival", OTHER_HOST)
    assert rival.get(f"{LIST}/{made}{path}").status_code == 404
    assert made not in rival.get(LIST).text
    token = rival.csrf_token("/admin/promo/new")
    for action in ("paid", "cancel"):
        response = rival.post(f"{LIST}/{made}/{action}", data={"csrf_token": token, "reason": "x"})
        assert response.status_code == 404
    assert world.platform.billing.issued[made].state == "issued"


def test_no_invoice_is_issued_for_another_partners_advertiser(
    world: World, boss: HostClient, new: dict[str, str]
) -> None:
    foreign = world.add_advertiser("stranger", world.other_partner_id)
    assert boss.get(f"{LIST}/new?advertiser_id={foreign}").status_code == 404
    page = f"{LIST}/new?advertiser_id={world.advertiser_id}"
    for given in (foreign, "", "x"):
        response = boss.submit(page, f"{LIST}/new", **{**new, "advertiser_id": given})
        assert response.status_code == 404
    assert world.platform.billing.issued == {}
