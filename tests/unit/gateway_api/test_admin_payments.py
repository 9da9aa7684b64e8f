"""Payments that come by themselves: statements of a bank are imported whole or not at all, and matched by hand."""

from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest

from tests.unit.gateway_api.conftest import OTHER_HOST, HostClient, World
from tests.unit.gateway_api.fakes_payments import bank_payment_id
from tests.unit.gateway_api.money import issued, started

PAGE = "/admin/payments/bank"
SIGN = "1CClientBankExchange"


@pytest.fixture
def boss(world: World) -> HostClient:
    return world.signed_in("boss")


def send(client: HostClient, contents: bytes) -> Any:
    data = {"csrf_token": client.csrf_token(PAGE), "statement": (BytesIO(contents), "kl_to_1c.txt")}
    return client.post(PAGE, data=data, content_type="multipart/form-data")


@pytest.mark.parametrize("encoding", ["cp1251", "utf-8", "utf-8-sig"])
def test_a_statement_is_imported_in_each_encoding_and_its_report_is_shown(
    world: World, boss: HostClient, encoding: str
) -> None:
    made = issued(world)
    text = f"{SIGN}\r\n418;30000000;101\r\n419;15000000;Оплата услуг"
    response = send(boss, text.encode(encoding))
    assert response.status_code == 200
    assert world.platform.billing.issued[made].state == "paid"
    assert "Оплата услуг" in response.text and f"/admin/invoices/{made}" in response.text
    again = send(boss, text.encode(encoding))
    assert again.status_code == 200 and len(world.platform.billing.bank) == 2


def test_the_letters_of_dos_are_read_too(world: World, boss: HostClient) -> None:
    text = f"{SIGN}\r\n419;15000000;Кодировка=DOS"
    assert "Кодировка=DOS" in send(boss, text.encode("cp866")).text


@pytest.mark.parametrize(
    "contents",
    [b"", b"PK\x03\x04", f"{SIGN}\n\0".encode(), f"{SIGN}\n".encode() + b"\x98\xff", SIGN.encode() + b"x" * 1_000_000],
    ids=len,
)
def test_what_is_no_statement_is_told_at_the_field(world: World, boss: HostClient, contents: bytes) -> None:
    response = send(boss, contents)
    assert response.status_code == 422 and 'id="f-statement-error"' in response.text
    assert world.platform.billing.bank == {}


def test_a_broken_line_is_named_and_nothing_is_imported(world: World, boss: HostClient) -> None:
    response = send(boss, f"{SIGN}\n418;30000000;101\nbroken".encode())
    assert response.status_code == 422
    assert "Строка 3" in response.text
    assert world.platform.billing.bank == {}


def test_what_found_no_invoice_is_matched_by_hand_once(world: World, boss: HostClient) -> None:
    made = issued(world)
    send(boss, f"{SIGN}\n418;30000000;без номера".encode())
    page = f"{PAGE}/{bank_payment_id('418')}"
    assert page in boss.get(f"{PAGE}?state=unmatched").text
    assert made in boss.get(page).text and "та же сумма" in boss.get(page).text
    assert boss.submit(page, invoice_id=made).location == f"{PAGE}?state=unmatched"
    assert world.platform.billing.issued[made].state == "paid"
    assert "data-bs-target" not in boss.get(page).text.split("<main")[1]
    again = boss.submit("/admin/promo/new", page, invoice_id=made)
    assert again.status_code == 422


def test_a_payment_that_pays_no_invoice_is_left_out(world: World, boss: HostClient) -> None:
    send(boss, f"{SIGN}\n418;30000000;возврат".encode())
    page = f"{PAGE}/{bank_payment_id('418')}"
    assert boss.submit("/admin/promo/new", page, invoice_id="x").status_code == 422
    assert boss.submit("/admin/promo/new", page, ignore="1").status_code == 303
    ((_, payment),) = world.platform.billing.bank.values()
    assert payment.state == "ignored"
    assert page not in boss.get(f"{PAGE}?state=unmatched").text


def test_another_partners_payment_is_not_there(world: World, boss: HostClient) -> None:
    send(boss, f"{SIGN}\n418;30000000;тайное".encode())
    rival = world.signed_in("rival", OTHER_HOST)
    page = f"{PAGE}/{bank_payment_id('418')}"
    assert "тайное" not in rival.get(PAGE).text
    assert rival.get(page).status_code == 404
    assert rival.submit("/admin/promo/new", page, ignore="1").status_code == 404


def test_payments_through_payment_systems_are_listed_with_their_problems(world: World, boss: HostClient) -> None:
    assert "/admin/settings/payments" in boss.get("/admin/payments").text
    known, payment_id = world.platform.billing.started, started(world)
    known[payment_id] = replace(known[payment_id], problem="There is no such object.")
    page = boss.get("/admin/payments").text
    assert "1\xa0000,00\xa0₽" in page and "Такого объекта нет" in page
    assert "1\xa0000,00" not in world.signed_in("rival", OTHER_HOST).get("/admin/payments").text


def test_a_payment_in_test_mode_is_marked_in_the_lists_and_the_settings_say_what_it_does(
    world: World, boss: HostClient
) -> None:
    assert "ничего не зачисляет" in boss.get("/admin/settings/payments").text
    known, payment_id = world.platform.billing.started, started(world)
    page = boss.get("/admin/payments").text
    assert "тестовый" not in page
    known[payment_id] = replace(known[payment_id], test=True)
    assert "тестовый" in boss.get("/admin/payments").text
    assert "тестовый" in world.signed_in("shop").get("/cabinet/finances").text


def test_every_payment_of_a_statement_is_found_however_many_came_after_it(world: World, boss: HostClient) -> None:
    send(boss, "\n".join([SIGN, *(f"{number};{number}0000;за смс" for number in range(1, 41))]).encode())
    first, last = (f"{PAGE}/{bank_payment_id(number)}" for number in ("1", "40"))
    newest, oldest = boss.get(f"{PAGE}?page_size=20").text, boss.get(f"{PAGE}?page_size=20&page=2").text
    assert (first in newest, last in newest) == (True, False)
    assert (first in oldest, last in oldest) == (False, True)
    assert boss.get(first).status_code == boss.get(last).status_code == 200
    assert "40" in boss.get(f"{PAGE}?page=0&page_size=7").text


def test_payments_through_payment_systems_have_pages_and_states(world: World, boss: HostClient) -> None:
    known = world.platform.billing.started
    made = [started(world, 10_000 * (index + 1)) for index in range(21)]
    known[made[0]] = replace(known[made[0]], state="failed", problem="There is no such object.")
    page = boss.get("/admin/payments?page_size=20").text
    assert "Такого объекта нет" not in page and "page=2" in page
    assert "Такого объекта нет" in boss.get("/admin/payments?page_size=20&page=2").text
    failed = boss.get("/admin/payments?state=failed").text
    assert "Такого объекта нет" in failed and "21,00" not in failed
    assert "Ничего не найдено" in boss.get("/admin/payments?state=paid").text


def test_the_page_tells_how_many_payments_are_still_being_matched(world: World, boss: HostClient) -> None:
    assert "ещё ищутся" not in boss.get(PAGE).text
    world.platform.billing.waiting = 412
    assert "412 платежей ещё ищутся" in boss.get(PAGE).text
