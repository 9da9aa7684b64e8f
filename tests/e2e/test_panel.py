"""The pages of people in a real browser, over the whole platform; no page may write an error to the console."""

from tests.e2e.platform import Platform
from tests.e2e.visitor import Visitor


def test_a_wrong_password_says_so_and_nothing_more(visitor: Visitor) -> None:
    visitor.demo = {**visitor.demo, "partner": {**visitor.demo["partner"], "password": "wrong"}}
    visitor.signs_in("partner")
    visitor.sees("Неверный логин или пароль")
    assert visitor.page.get("url").endswith("/sign-in")


def test_the_partner_adds_an_advertiser_credits_it_and_marks_the_package_paid(visitor: Visitor) -> None:
    visitor.signs_in("partner")
    visitor.sees_heading("Кабинет")
    visitor.opens("/admin/advertisers/new")
    for field, value in (
        ("login", "bakery"),
        ("password", "correct horse battery"),
        ("contract_number", "17"),
        ("contract_date", "2026-11-22"),
        ("company", "Пекарня"),
    ):
        visitor.fills(field, value)
    visitor.page.locator("main form button[type=submit]").click()
    visitor.sees_heading("Пекарня")
    visitor.presses("Добавить пакет")
    visitor.fills("amount", "1500,50")
    visitor.page.locator("#add-package button[type=submit]").click()
    visitor.sees("1\u00a0500,50\u00a0₽")
    visitor.sees("Не оплачен")
    visitor.page.locator("#main button[data-bs-target='#package-paid']").get("first").click()
    visitor.page.locator("#package-paid button[type=submit]").click()
    visitor.browser.expect(visitor.page.locator("td .state-green").get("first")).to_have_text("Оплачен")
    # What was done stands in the journal, under the advertiser that it was done for.
    visitor.page.locator("#main nav.tabs a[href*='/admin/audit']").click()
    visitor.sees_heading("Журнал действий")
    visitor.sees("Пакет отмечен оплаченным")
    visitor.sees("Добавлен рекламодатель")


def test_a_mistake_in_a_form_stands_at_its_field(visitor: Visitor) -> None:
    visitor.signs_in("partner")
    visitor.sees_heading("Кабинет")
    visitor.opens("/admin/tariffs/edit")
    visitor.fills("name", "Новый")
    visitor.fills("prices", "250 99")
    visitor.presses("Сохранить тариф")
    visitor.browser.expect(visitor.page.locator("#f-prices-error")).to_be_visible()
    visitor.fills("prices", "250 99 3,20\n250 01 3,50")
    visitor.presses("Сохранить тариф")
    visitor.sees_heading("Новый")
    visitor.sees("3,50")


def test_an_advertiser_sees_the_price_sends_to_a_list_and_follows_a_message_to_its_end(visitor: Visitor) -> None:
    visitor.signs_in("advertiser")
    visitor.sees_heading("СМС-сообщения")
    visitor.fills("recipients", "+7 912 000-70-01\n8 912 000 70 02")
    visitor.fills("text", "Свежий хлеб")
    visitor.page.locator("#send-form button[data-bs-target='#send-review']").click()
    send = visitor.page.locator("#send-estimate button[type=submit]")
    visitor.browser.expect(send).to_contain_text("₽")
    send.click()
    visitor.sees("Свежий хлеб")
    visitor.sees("912\u00a0000-70-01")
    visitor.opens("/cabinet/messages?q=79120007002&text=свежий")
    visitor.page.locator("#list a.row-link").get("first").click()
    visitor.browser.expect(visitor.page.locator("h1")).to_contain_text("912\u00a0000-70-02")
    # The page asks for itself again until the message has ended.
    state = visitor.page.locator("#message .message-state")
    visitor.browser.expect(state).to_contain_text("Доставлено", timeout=60_000)
    visitor.sees("Свежий хлеб")


def test_a_sender_name_waits_until_the_partner_approves_it(visitor: Visitor) -> None:
    visitor.signs_in("advertiser")
    visitor.sees_heading("СМС-сообщения")
    visitor.opens("/cabinet/senders")
    visitor.page.locator("#main [data-bs-target='#ask-sender'], .page-actions [data-bs-target='#ask-sender']").get(
        "first"
    ).click()
    visitor.fills("name", "PEKARNYA")
    visitor.page.locator("#ask-sender button[type=submit]").click()
    visitor.sees("PEKARNYA")
    visitor.page.get("context").clear_cookies()
    visitor.signs_in("partner")
    visitor.sees("PEKARNYA")
    visitor.page.locator(".btn-approve").get("first").click()
    visitor.sees_heading("Кабинет")
    visitor.browser.expect(visitor.page.locator(".alert-success")).to_contain_text("PEKARNYA")


def test_statistics_open_with_table_and_chart(visitor: Visitor) -> None:
    visitor.signs_in("partner")
    visitor.sees_heading("Кабинет")
    for group in ("day", "direction", "advertiser_id", "sender", "state"):
        visitor.opens(f"/admin/statistics/sms?group_by={group}")
        visitor.sees_heading("Статистика SMS")


def test_a_key_issued_in_the_cabinet_is_shown_once(visitor: Visitor) -> None:
    visitor.signs_in("advertiser")
    visitor.sees_heading("СМС-сообщения")
    visitor.opens("/cabinet/api-keys")
    visitor.fills("name", "касса")
    visitor.presses("Выпустить ключ")
    shown = visitor.page.locator("#issued-key").input_value()
    assert shown.startswith("golub_")
    visitor.opens("/cabinet/api-keys")
    visitor.browser.expect(visitor.page.locator("#issued-key")).to_have_count(0)


def test_the_operator_tops_up_a_partner_and_sees_the_link(visitor: Visitor) -> None:
    visitor.signs_in("operator")
    visitor.sees_heading("Обзор")
    visitor.sees("main")
    visitor.page.locator("#overview a[href*='/credit']").get("first").click()
    visitor.fills("amount", "5000")
    visitor.page.locator("#credit-form [data-bs-target='#credit-sure']").click()
    visitor.page.locator("#credit-sure button[type=submit]").click()
    visitor.sees_heading("Обзор")


def test_the_api_reference_draws_itself_from_our_own_files(visitor: Visitor) -> None:
    visitor.opens("/api/docs")
    visitor.browser.expect(visitor.page.locator("#api-docs .opblock").get("first")).to_be_visible()


def test_signing_out_closes_the_pages(visitor: Visitor) -> None:
    visitor.signs_in("partner")
    visitor.sees_heading("Кабинет")
    visitor.page.locator(".user-button").click()
    visitor.page.get_by_role("button", name="Выйти").click()
    visitor.opens("/admin/advertisers")
    assert "/sign-in" in visitor.page.get("url")


def test_the_language_is_switched_in_the_menu_and_before_signing_in(visitor: Visitor) -> None:
    visitor.opens("/sign-in")
    visitor.page.get_by_role("button", name="English").click()
    visitor.browser.expect(visitor.page.get_by_role("button", name="Sign in")).to_be_visible()
    visitor.page.get_by_role("button", name="Русский").click()
    visitor.signs_in("partner")
    visitor.sees_heading("Кабинет")
    visitor.page.locator(".user-button").click()
    visitor.page.get_by_role("button", name="English").click()
    visitor.sees_heading("Cabinet")
    visitor.browser.expect(visitor.page.locator("html")).to_have_attribute("lang", "en")


def test_the_list_of_messages_follows_by_itself_until_all_have_ended(visitor: Visitor, embedded: Platform) -> None:
    embedded.wait_until_final()
    visitor.signs_in("advertiser")
    visitor.sees_heading("СМС-сообщения")
    visitor.fills("recipients", "79120007101\n79120007165\n12")
    visitor.fills("text", "Лист сам")
    visitor.page.locator("#send-form button[data-bs-target='#send-review']").click()
    visitor.page.locator("#send-estimate button[type=submit]").click()
    visitor.browser.expect(visitor.page.locator("[id^='refresh-']")).to_have_count(1)
    visitor.page.evaluate("window.sameDocument = true")
    visitor.browser.expect(visitor.page.locator("[id^='refresh-']")).to_have_count(0, timeout=30_000)
    assert visitor.page.evaluate("window.sameDocument"), "the page was not loaded anew"
    rows = visitor.page.locator("#list tbody tr")
    for number, state in enumerate(("Отказано", "Не доставлено", "Доставлено")):
        visitor.browser.expect(rows.nth(number)).to_contain_text(state)
    visitor.browser.expect(rows.nth(0)).to_contain_text("Исправить может рекламодатель")
