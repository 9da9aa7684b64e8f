"""Every page there is, in a real browser: whoever may open it can read and use it, on a desk and on a phone, by day and night.

The pages are those of the gateway's own table of routes, with the ids of a partner that has one of everything, so a new
one is looked at from its first day. A picture of each is kept under `var/screenshots` in both widths.
"""

from collections.abc import Iterator

import pytest

from gateway_http.access import PUBLIC
from tests.e2e.person import Person
from tests.e2e.route_table import methods_of, path_of, roles, rules
from tests.e2e.tenants import Tenants
from tests.e2e.visitor import AXE, ROOT, SCREENSHOTS, WIDTHS
from tests.support.browser import Browser, Remote

#: A page without its charts, as it comes over the network for the first time, compressed.
MOST_BYTES = 300_000
#: What a page may not have moved by while it loads (Cumulative Layout Shift, "good" of web.dev/articles/cls).
MOST_SHIFT = 0.1
_WATCH_SHIFTS = """window.shift = 0; new PerformanceObserver(list => {
    for (const one of list.getEntries()) if (!one.hadRecentInput) window.shift += one.value;
}).observe({type: "layout-shift", buffered: true});"""
_WEIGHT = """() => [...performance.getEntriesByType("resource"), ...performance.getEntriesByType("navigation")]
    .filter(one => !one.name.includes("chart") && !one.name.includes("uplot"))
    .reduce((sum, one) => sum + one.encodedBodySize, 0)"""
#: A host that is neither encrypted nor this machine by its name: what the browser says of it then.
_WITHOUT_TLS = "The Cross-Origin-Opener-Policy header has been ignored"
#: Colours change slowly, and would be judged half-way.
_NIGHT = """async () => {
    document.documentElement.dataset.bsTheme = "dark";
    await Promise.all(document.getAnimations().map(one => one.finished));
}"""
#: What of the rules depends on colours and widths.
_BY_NIGHT = AXE.replace(
    AXE[AXE.index("[") : AXE.index("]") + 1], '{type: "rule", values: ["color-contrast", "target-size"]}'
)
#: Leads on to another site by itself.
PASSING = frozenset(("cabinet.payment_go",))
ROLES = ("partner", "advertiser", "operator")


@pytest.fixture
def fresh(browser: Browser, page: Remote) -> Iterator[Remote]:
    page.get("context").add_init_script((ROOT / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8"))
    page.get("context").add_init_script(_WATCH_SHIFTS)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    yield page
    assert [one for one in browser.errors() if not one.startswith(_WITHOUT_TLS)] == []


@pytest.mark.parametrize("role", ROLES)
def test_every_page_can_be_read_and_used_by_everybody(tenants: Tenants, fresh: Remote, role: str) -> None:
    person, ids = _person(tenants, role)
    fresh.get("context").add_cookies(
        [{"name": name, "value": value, "url": f"http://{person.host}"} for name, value in person.cookies.items()]
    )
    wrong = [
        complaint for name, path in pages_of(person, role, ids) for complaint in _looked_at(fresh, person, name, path)
    ]
    assert not wrong, "\n".join(wrong)


def test_the_page_of_signing_in_can_be_read_and_used_by_everybody(tenants: Tenants, fresh: Remote) -> None:
    assert _looked_at(fresh, Person("nobody", tenants.first.host), "sign-in", "/sign-in") == []


def _person(tenants: Tenants, role: str) -> tuple[Person, dict[str, str]]:
    mine = tenants.first
    people = {"partner": mine.partner, "advertiser": mine.advertiser.person, "operator": tenants.operator}
    return people[role], mine.ids


def pages_of(person: Person, role: str, ids: dict[str, str]) -> Iterator[tuple[str, str]]:
    """(endpoint, address) of each route that answers the role with a page."""
    for rule in sorted(rules(), key=lambda one: one.rule):
        if "GET" not in methods_of(rule) or role not in roles(rule) or rule.endpoint in PUBLIC | PASSING:
            continue
        path = path_of(rule, ids)
        answer = person.gets(path)
        assert answer.status in (200, 303, 404), (rule.endpoint, path, answer.status)
        if answer.status == 200 and "<html" in answer.text[:500]:
            yield rule.endpoint, path


def _looked_at(page: Remote, person: Person, name: str, path: str) -> list[str]:
    """What is wrong with the page: too wide, too heavy, moving while it loads, or against a rule of axe-core."""
    (desk, desk_height), (phone, phone_height) = WIDTHS.items()
    page.set_viewport_size({"width": desk, "height": desk_height})
    page.goto(f"http://{person.host}{path}")
    wrong = [f"light: {one}" for one in page.evaluate(AXE)]
    weight, shift = page.evaluate(_WEIGHT), page.evaluate("window.shift")
    wrong += [f"{weight} octets"] * (weight > MOST_BYTES) + [f"moved by {shift}"] * (shift > MOST_SHIFT)
    wrong += _pictured(page, name, desk)
    page.set_viewport_size({"width": phone, "height": phone_height})
    wrong += _pictured(page, name, phone)
    page.evaluate(_NIGHT)
    wrong += [f"dark, phone: {one}" for one in page.evaluate(_BY_NIGHT)]
    return [f"{name} {path}: {one}" for one in wrong]


def _pictured(page: Remote, name: str, width: int) -> list[str]:
    page.screenshot(path=str(SCREENSHOTS / f"{name}-{width}.png"), full_page=True, animations="disabled")
    wide = page.evaluate("document.documentElement.scrollWidth")
    return [f"{wide} px wide where the screen has {width}"] * (wide > width)
