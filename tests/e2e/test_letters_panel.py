"""A partner sets up its letters, and an advertiser gets its sign-in data and a link to a new password."""

from kit.ids import uuid7
from tests.e2e.panel import Panel
from tests.e2e.platform import Platform, wait_until
from tests.e2e.visitor import ROOT, Visitor

MAIL, LETTERS = "/admin/settings/mail", "/admin/settings/letters"


def test_a_partner_tries_a_mail_server_and_writes_a_letter(visitor: Visitor) -> None:
    axe = (ROOT / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
    visitor.page.get("context").add_init_script(axe)
    visitor.signs_in("partner")
    visitor.sees_heading("Кабинет")
    visitor.opens(MAIL)
    visitor.fills("sender", "sms@example.ru")
    visitor.fills("host", "169.254.169.254")
    visitor.fills("recipient", "me@example.ru")
    visitor.presses("Отправить пробное письмо")
    visitor.sees("не из публичного интернета")
    wrong = visitor.looks_at("settings-mail", 390)
    visitor.opens(f"{LETTERS}?letter=recovery")
    visitor.fills("text", "Здравствуйте, {NAME}! {FORGET} {ДАТА}")
    visitor.sees("Нечего подставить: {ДАТА}")
    visitor.presses("Сохранить")
    visitor.sees("{ДАТА}: этого в письме нет")
    visitor.fills("text", "Здравствуйте, {NAME}! {FORGET}")
    visitor.presses("Сохранить")
    visitor.sees("Ваш текст")
    wrong += visitor.looks_at("settings-letters", 1440)
    assert wrong == []


def test_letters_of_a_new_advertiser_stand_among_the_fates(embedded: Platform) -> None:
    """Accounts asks for them, notify writes them; no mail server is set here, so they wait and say so."""
    partner, login = Panel(embedded.demo["partner"]), f"mail-{uuid7().hex[-8:]}"
    person = {"login": login, "password": "a long password", "contract_number": "1", "contract_date": "2026-11-01"}
    person |= {"zone": "Europe/Moscow", "sender_moderation": "manual", "email": f"{login}@example.ru"}
    partner.submit("/admin/advertisers/new", **person, send_letter="1")
    partner.submit("/recovery", wanted=login)
    fates = f"{LETTERS}/sent?q={login}"

    def both_wait() -> bool:
        page = partner.get(fates)
        return page.count("Почтовый сервер не настроен") == 2 and "Восстановление пароля" in page

    wait_until(both_wait, 60, "the letters of the new advertiser")
    assert "a long password" not in partner.get(fates)
