"""A person at a real browser, over the whole platform."""

from pathlib import Path
from typing import Any

from tests.support.browser import Browser, Remote

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = ROOT / "var" / "screenshots"
#: Widths of a desk and of a phone.
WIDTHS = {1440: 900, 390: 844}
#: Rules of axe-core: what WCAG 2.2 asks for on levels A and AA, and what good pages do besides.
AXE = """() => axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
    .then(found => found.violations.map(one => one.id + ": " + one.nodes.map(node => node.html.slice(0, 160)).join(" | ")))"""


class Visitor:
    """A person at a browser; each sentence of a test is one thing that such a person does or sees."""

    def __init__(self, browser: Browser, page: Remote, demo: dict[str, Any]) -> None:
        self.browser, self.page, self.demo = browser, page, demo

    def signs_in(self, role: str) -> None:
        person = self.demo[role]
        self.page.goto(person["url"])
        self.page.get_by_label("Логин").fill(person["login"])
        self.page.get_by_label("Пароль").fill(person["password"])
        self.page.get_by_role("button", name="Войти").click()

    def sees_heading(self, text: str) -> None:
        self.browser.expect(self.page.locator("h1")).to_have_text(text)

    def sees(self, text: str) -> None:
        self.browser.expect(self.page.locator("#main")).to_contain_text(text)

    def opens(self, path: str) -> None:
        self.page.goto(self.demo["http"] + path)

    def presses(self, name: str, within: str = "#main") -> None:
        self.page.locator(within).get_by_role("button", name=name, exact=True).get("first").click()

    def wants(self, language: str, theme: str) -> None:
        """As the switches of the page would set it, on the hosts of partner and operator."""
        hosts = [self.demo[role]["url"] for role in ("partner", "operator")]
        chosen = {"language": language, "theme": theme}
        cookies = [{"name": name, "value": value, "url": url} for url in hosts for name, value in chosen.items()]
        self.page.get("context").add_cookies(cookies)

    def looks_at(self, name: str, judged: int) -> list[str]:
        """Keep a picture of the page in each width; what axe-core finds wrong with it in the one that is judged."""
        wrong = []
        for width, height in WIDTHS.items():
            self.page.set_viewport_size({"width": width, "height": height})
            self.page.screenshot(path=str(SCREENSHOTS / f"{name}-{width}.png"), full_page=True, animations="disabled")
            wide = self.page.evaluate("document.documentElement.scrollWidth")
            wrong += [f"{name}: {wide} px wide where the screen has {width}"] * (wide > width)
            if width == judged:
                wrong += [f"{name}, {width} px: {one}" for one in self.page.evaluate(AXE)]
        return wrong

    def fills(self, field: str, value: str) -> None:
        self.page.locator(f"#f-{field}").fill(value)
