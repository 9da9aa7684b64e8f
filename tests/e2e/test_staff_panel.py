"""A manager is hired, signs in with a second step, helps in a cabinet and leaves it, in a real browser."""

import os
from datetime import UTC, datetime

from services.accounts.totp import code_at, step_at
from tests.e2e.visitor import ROOT, SCREENSHOTS, Visitor

PASSWORD = "correct horse 77"


def _code(visitor: Visitor, secret: str, steps: int = 0) -> None:
    visitor.fills("code", code_at(secret, step_at(datetime.now(UTC)) + steps))


def _submits(visitor: Visitor, form: str = "main form") -> None:
    visitor.page.locator(f"{form} button[type=submit]").click()


def test_a_manager_signs_in_with_a_second_step_and_helps_in_a_cabinet(visitor: Visitor) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    visitor.page.get("context").add_init_script((ROOT / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8"))
    login = f"anna{os.getpid()}"
    visitor.signs_in("partner")
    visitor.sees_heading("Кабинет")
    own = visitor.page.locator("#list a[href^='/admin/advertisers/']:not([href$='new'])").get("first")
    advertiser = "/".join(own.get_attribute("href").split("/")[:4])
    visitor.opens("/admin/settings/managers/new")
    for field, value in (("login", login), ("password", PASSWORD), ("name", "Анна"), ("working_days", "Пн–Пт")):
        visitor.fills(field, value)
    visitor.page.get_by_label("Вход в кабинеты рекламодателей").check()
    wrong = visitor.looks_at("manager-new", 390)
    _submits(visitor, "main form.form-page")
    visitor.sees(f"Менеджер {login} добавлен.")
    wrong += visitor.looks_at("manager", 1440)

    visitor.page.get("context").clear_cookies()
    visitor.demo = {**visitor.demo, "partner": {**visitor.demo["partner"], "login": login, "password": PASSWORD}}
    visitor.signs_in("partner")
    visitor.sees_heading("Кабинет")
    visitor.opens("/account/second-step")
    visitor.fills("password", PASSWORD)
    _submits(visitor)
    visitor.browser.expect(visitor.page.locator("#f-code")).to_be_visible()
    wrong += visitor.looks_at("second-step", 1440)
    secret = visitor.page.locator(".code").get("first").inner_text()
    _code(visitor, secret)
    _submits(visitor)
    visitor.sees_heading("Второй шаг входа включён")
    visitor.page.get("context").clear_cookies()
    visitor.signs_in("partner")
    visitor.sees("Второй шаг входа")
    _code(visitor, secret, +1)
    _submits(visitor)
    visitor.sees_heading("Кабинет")

    visitor.opens(f"{advertiser}/enter")
    visitor.presses("В кабинет")
    visitor.fills("reason", "Помочь с рассылкой")
    visitor.fills("password", PASSWORD)
    _submits(visitor, "#enter")
    visitor.sees_heading("СМС-сообщения")
    wrong += visitor.looks_at("visited-cabinet", 390)
    visitor.presses("Выйти из кабинета", within=".acting-banner")
    visitor.sees("Вы вышли из кабинета")
    visitor.sees("Помочь с рассылкой")
    assert wrong == []
