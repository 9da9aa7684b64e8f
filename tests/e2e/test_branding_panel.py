"""«Дополнительные настройки» in a browser: the pictures follow the fields, and what was saved is what people sign in at."""

from pathlib import Path

from tests.e2e.visitor import ROOT, Visitor
from tests.support.files import picture

PAGE, ACCENT, PRESSED = "/admin/settings/branding", "0b6e4f", "e5b030"
FILL = "getComputedStyle(document.querySelector('[data-bs-theme={}] .preview-button')).backgroundColor"
SHOWN = "() => getComputedStyle(document.querySelector('[data-bs-theme=dark] .preview-button')).backgroundColor === 'rgb(11, 110, 79)'"
LOADED = (
    "() => { const one = document.querySelector('.bare .brand-logo'); return one && one.complete && one.naturalWidth; }"
)


def test_the_pictures_follow_the_fields_and_the_sign_in_page_shows_what_was_saved(
    visitor: Visitor, tmp_path: Path
) -> None:
    logo = tmp_path / "logo.png"
    logo.write_bytes(picture(size=(400, 100)))
    visitor.page.get("context").add_init_script((ROOT / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8"))
    visitor.signs_in("partner")
    visitor.sees_heading("Кабинет")
    visitor.wants("ru", "light")
    visitor.opens(PAGE)
    visitor.sees("Цвет нажатой кнопки")
    assert visitor.looks_at("settings-branding", 1440) == []
    visitor.fills("accent_colour", ACCENT)
    visitor.fills("pressed_colour", "ffffff")
    visitor.page.locator("#f-logo").set_input_files(str(logo))
    visitor.sees("Кнопку такого цвета не отличить от страницы")
    visitor.page.wait_for_function(SHOWN)
    assert visitor.page.evaluate(FILL.format("light")) == "rgb(11, 110, 79)"
    visitor.fills("pressed_colour", PRESSED)
    visitor.presses("Сохранить")
    visitor.sees("Настройки сохранены.")
    visitor.wants("ru", "dark")
    visitor.opens(PAGE)
    assert visitor.looks_at("settings-branding-dark", 390) == []
    visitor.page.get("context").clear_cookies()
    visitor.opens("/sign-in")
    visitor.page.wait_for_function(LOADED)
    visitor.signs_in("partner")
    visitor.sees_heading("Кабинет")
    visitor.opens(PAGE)
    visitor.fills("accent_colour", "f66d19")
    visitor.page.locator("[name=logo_delete]").check()
    visitor.presses("Сохранить")
    visitor.sees("Настройки сохранены.")
