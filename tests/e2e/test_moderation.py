"""A text that a rule of the partner holds: approved in the panel, its message is delivered by itself."""

from tests.e2e.visitor import Visitor

#: A word that no other test writes.
WORD = "перелётный"


def _sends(visitor: Visitor, recipient: str, text: str) -> None:
    visitor.fills("recipients", recipient)
    visitor.fills("text", text)
    visitor.page.locator("#send-form button[data-bs-target='#send-review']").click()
    send = visitor.page.locator("#send-estimate button[type=submit]")
    visitor.browser.expect(send).to_contain_text("₽")
    send.click()


def _comes_as(visitor: Visitor, role: str, heading: str) -> None:
    visitor.page.get("context").clear_cookies()
    visitor.signs_in(role)
    visitor.sees_heading(heading)


def test_the_partner_approves_a_text_that_waits_and_its_message_is_delivered(visitor: Visitor) -> None:
    visitor.signs_in("partner")
    visitor.sees_heading("Кабинет")
    visitor.opens("/admin/moderation/rules")
    visitor.page.locator("[data-bs-target='#rule']").get("first").click()
    visitor.fills("value", WORD)
    visitor.page.locator("#rule button[type=submit]").click()
    visitor.sees(WORD)
    visitor.fills("text", "П е р е л ё т н ы й гусь")
    visitor.presses("Проверить")
    visitor.sees(f"Текст ждёт модератора: {WORD}")
    _comes_as(visitor, "advertiser", "СМС-сообщения")
    _sends(visitor, "+7 912 000-81-01", "Перелётный гусь вернулся")
    visitor.sees("ждёт модератора")
    _comes_as(visitor, "partner", "Кабинет")
    visitor.opens("/admin/moderation")
    visitor.sees("Перелётный гусь вернулся")
    visitor.page.locator("#list .btn-approve").get("first").click()
    visitor.browser.expect(visitor.page.locator(".alert-success")).to_contain_text("одобрен")
    visitor.opens("/admin/moderation/rules")
    visitor.page.locator("[data-bs-target='#rule-delete']").get("first").click()
    visitor.page.locator("#rule-delete button[type=submit]").click()
    visitor.browser.expect(visitor.page.locator(".alert-success")).to_contain_text("удалено")
    _comes_as(visitor, "advertiser", "СМС-сообщения")
    visitor.opens("/cabinet/messages?q=79120008101")
    visitor.browser.expect(visitor.page.locator("#list tbody")).to_contain_text("Доставлено", timeout=30_000)
