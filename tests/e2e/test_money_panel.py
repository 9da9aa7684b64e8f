"""The partner manual's own example, done by hand in a browser over the whole platform."""

import re

from tests.e2e.panel import Panel, fields
from tests.e2e.platform import Platform
from tests.e2e.visitor import Visitor

TARIFF, LOGIN, COMPANY = "tarif1", "manual", "Пример из инструкции"


def test_the_example_of_the_partner_manual_works_by_hand(visitor: Visitor, embedded: Platform) -> None:
    visitor.signs_in("partner")
    visitor.sees_heading("Кабинет")
    _creates_the_tariff(visitor)
    here = _adds_the_advertiser(visitor)
    _assigns_the_tariff(visitor, here)
    _credits_a_package_and_a_post_paid_one(visitor, here)
    _sees_the_red_flag(visitor, 1)
    _corrects_by_one_rouble(visitor, here)
    _marks_both_paid(visitor, here)
    _sees_the_red_flag(visitor, 0)
    status, output = embedded.audit()
    assert status == 0, output


def _creates_the_tariff(visitor: Visitor) -> None:
    visitor.opens("/admin/tariffs")
    visitor.sees_heading("Создание тарифов")
    visitor.fills("new_name", TARIFF)
    visitor.fills("direction", "Beeline MCC=250 MNC=99")
    visitor.fills("price", "0,12345")
    visitor.presses("Добавить/Изменить")
    visitor.browser.expect(visitor.page.locator("#f-price-error")).to_contain_text("не больше четырёх знаков")
    visitor.fills("price", "0,80")
    visitor.presses("Добавить/Изменить")
    visitor.sees_heading(TARIFF)
    visitor.sees("MCC=250 MNC=99")
    visitor.sees("0,80\u00a0₽")


def _adds_the_advertiser(visitor: Visitor) -> str:
    """The address of the advertiser's pages."""
    visitor.opens("/admin/advertisers/new")
    for field, value in (
        ("login", LOGIN),
        ("password", "correct horse battery"),
        ("contract_number", "1/26"),
        ("contract_date", "2026-11-22"),
        ("company", COMPANY),
        ("test_balance", "0"),
    ):
        visitor.fills(field, value)
    visitor.page.locator("main form button[type=submit]").click()
    visitor.sees_heading(COMPANY)
    here: str = visitor.page.locator(".tabs .tab").get("first").get_attribute("href")
    return here.rpartition("/")[0]


def _assigns_the_tariff(visitor: Visitor, here: str) -> None:
    visitor.opens(f"{here}/tariffs")
    visitor.page.locator("#f-tariff").select_option(label=TARIFF)
    visitor.page.locator("#tariff [data-bs-target='#assign-tariff']").click()
    visitor.page.locator("#assign-tariff button[type=submit]").click()
    visitor.browser.expect(visitor.page.locator("#tariff-title")).to_contain_text("Назначен")
    visitor.sees("0,80\u00a0₽")
    visitor.sees("История")


def _credits_a_package_and_a_post_paid_one(visitor: Visitor, here: str) -> None:
    for amount in ("3000", "0"):
        visitor.opens(f"{here}/packages")
        visitor.page.locator("#main [data-bs-target='#add-package']").get("first").click()
        visitor.fills("amount", amount)
        visitor.page.locator("#add-package button[type=submit]").click()
        visitor.browser.expect(visitor.page.locator(".alert-success")).to_be_visible()
    visitor.sees("3\u00a0000,00\u00a0₽")
    visitor.sees("не ограничено")
    visitor.browser.expect(visitor.page.locator("td .state-red")).to_have_count(2)


def _sees_the_red_flag(visitor: Visitor, count: int) -> None:
    visitor.opens(f"/admin/advertisers?q={LOGIN}")
    visitor.browser.expect(visitor.page.locator("td .row-link")).to_have_text(LOGIN)
    visitor.browser.expect(visitor.page.locator("td .unpaid")).to_have_count(count)


def _corrects_by_one_rouble(visitor: Visitor, here: str) -> None:
    visitor.opens(f"{here}/packages")
    visitor.page.locator("td [data-bs-target='#correct-package']").get("first").click()
    visitor.page.locator("#correct-amount").fill("1")
    visitor.page.locator("#correct-reason").fill("Округление")
    visitor.page.locator("#correct-package button[type=submit]").click()
    visitor.sees("3\u00a0001,00\u00a0₽")
    visitor.page.locator("td .sum-link").get("first").click()
    visitor.browser.expect(visitor.page.locator("#list tfoot")).to_contain_text("+3\u00a0001,00\u00a0₽")
    visitor.sees("Корректировка: добавлено")
    visitor.sees("Округление")


def _marks_both_paid(visitor: Visitor, here: str) -> None:
    for left in (1, 0):
        visitor.opens(f"{here}/packages")
        visitor.page.locator("td [data-bs-target='#package-paid']").get("first").click()
        visitor.page.locator("#package-paid button[type=submit]").click()
        visitor.browser.expect(visitor.page.locator("td .state-red")).to_have_count(left)


def test_a_dialog_that_was_open_while_another_manager_saved_overwrites_nothing(
    visitor: Visitor, embedded: Platform
) -> None:
    visitor.signs_in("partner")
    visitor.sees_heading("Кабинет")
    address = re.search(
        r'href="(/admin/advertisers/[0-9a-f-]{36})', Panel(embedded.demo["partner"]).get("/admin/advertisers?q=demo")
    )
    assert address
    here, button = f"{address[1]}/packages", visitor.page.locator("td [data-bs-target='#change-package']").get("first")
    dialog = visitor.page.locator("#change-package")
    visitor.opens(here)
    button.click()
    visitor.page.locator("#change-info").fill("Акт 5")
    _another_manager_gives_credit(embedded, here, "700")
    dialog.locator("button[type=submit]").click()
    visitor.browser.expect(dialog.locator(".alert-danger")).to_contain_text("изменил другой сотрудник")
    dialog.locator(".btn-close").click()
    button.click()
    visitor.browser.expect(visitor.page.locator("#change-credit")).to_have_value("700,00")
    visitor.browser.expect(visitor.page.locator("#change-kind")).to_have_value("demo")
    visitor.browser.expect(dialog.locator(".alert-danger")).to_have_count(0)
    visitor.page.locator("#change-info").fill("Акт 5")
    dialog.locator("button[type=submit]").click()
    visitor.sees("Акт 5")
    visitor.sees("700,00\u00a0₽")
    _another_manager_gives_credit(embedded, here, "0")


def _another_manager_gives_credit(embedded: Platform, here: str, credit: str) -> None:
    """To the first package of the page, as its dialog would send it."""
    panel = Panel(embedded.demo["partner"])
    page = panel.get(here)
    [button] = re.findall(r'<button[^>]*data-bs-target="#change-package"[^>]*>', page)[:1]
    filled = dict(re.findall(r'data-(action|was|info|ends|kind)="([^"]*)"', button))
    terms = {"was": filled["was"], "payment_info": filled["info"], "ends_at": filled["ends"], "credit": credit}
    token = fields(page)["csrf_token"]
    panel.post(filled["action"], {"csrf_token": token, "payment_kind": filled["kind"], **terms})


def test_a_tariff_leaves_as_a_file_and_comes_back_with_a_day_to_start_on(visitor: Visitor) -> None:
    visitor.signs_in("partner")
    visitor.sees_heading("Кабинет")
    visitor.opens("/admin/tariffs/edit")
    visitor.fills("name", "Файл")
    visitor.fills("prices", "250 99 0,80\n250 99 0,75 from 1001\n250 2,50")
    visitor.presses("Сохранить тариф")
    visitor.sees_heading("Файл")
    visitor.presses("Скопировать")
    visitor.page.locator("#copy-tariff #f-name").fill("Копия файла")
    visitor.page.locator("#copy-tariff button[type=submit]").click()
    visitor.sees_heading("Копия файла")
    visitor.presses("Цены с даты")
    visitor.page.locator("#new-version #f-starts_on").fill("2027-01-01")
    visitor.page.locator("#new-version button[type=submit]").click()
    visitor.sees("Эти цены начнут действовать 01.01.2027")
    visitor.page.locator("td [data-bs-target='#drop-row']").get("first").click()
    visitor.page.locator("#drop-row button[type=submit]").click()
    visitor.sees("2 цены")
    visitor.page.locator("#main [data-bs-target='#drop-version']").click()
    visitor.page.locator("#drop-version button[type=submit]").click()
    visitor.sees("3 цены")
