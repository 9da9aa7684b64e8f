"""Every page renders, and keeps the rules that let it run under a strict content security policy."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask, render_template

from contracts.refusals import HOLDS, REFUSALS
from contracts.smpp_gateway import STATES
from gateway_http import navigation, states
from gateway_http.addresses import ROUTES
from golub.assets import ICONS, PACKAGE_FILES
from tests.unit.gateway_http import (
    samples,
    samples_advertisers,
    samples_branding,
    samples_domains,
    samples_finances,
    samples_incoming,
    samples_journal,
    samples_keys,
    samples_letters,
    samples_links,
    samples_moderation,
    samples_money,
    samples_numbering,
    samples_people,
    samples_routes,
    samples_smpp,
)

PACKAGE = Path(navigation.__file__).parent
TEMPLATES = sorted((PACKAGE / "templates").rglob("*.html"))
PAGES = (
    samples.pages()
    | samples_advertisers.pages()
    | samples_branding.pages()
    | samples_domains.pages()
    | samples_finances.pages()
    | samples_incoming.pages()
    | samples_journal.pages()
    | samples_moderation.pages()
    | samples_money.pages()
    | samples_numbering.pages()
    | samples_people.pages()
    | samples_smpp.pages()
    | samples_routes.pages()
    | samples_keys.pages()
    | samples_links.pages()
    | samples_letters.pages()
)
TEXT = {path: path.read_text(encoding="utf-8") for path in TEMPLATES}
ICON_NAME = re.compile(r"""(?:\bicon|\bdraw|\bempty)\(\s*'([a-z0-9-]+)'""")
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "wbr"}


class Page(HTMLParser):
    """Collects tags with their attributes and checks that they close in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.problems: list[str] = []
        self.feed(html)
        self.problems += self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _value in attrs]
        self.problems += [f"{tag} has {name} twice" for name in names if names.count(name) > 1]
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"</{tag}> closes what is not open, line {self.getpos()[0]}")

    def of(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in tags]


def render(app: Flask, name: str) -> str:
    template, address, context = PAGES[name]
    with app.test_request_context(address):
        return render_template(template, **context)


@pytest.fixture(params=PAGES, scope="module")
def page(request: pytest.FixtureRequest, app: Flask) -> Page:
    return Page(render(app, request.param))


def test_every_page_is_well_formed(page: Page) -> None:
    assert page.problems == []


def test_no_page_has_inline_script_style_or_handlers(page: Page) -> None:
    assert all("src" in script or script.get("type") == "application/json" for script in page.of("script"))
    assert not page.of("style")
    names = {name for _tag, attributes in page.tags for name in attributes}
    assert not {name for name in names if name == "style" or name.startswith(("on", "hx-on", "hx-vals", "hx-headers"))}


def test_every_form_that_changes_something_carries_the_token(page: Page) -> None:
    posts = [form for form in page.of("form") if form.get("method") == "post"]
    tokens = [field for field in page.of("input") if field.get("name") == "csrf_token"]
    assert len(tokens) == len(posts)
    assert all(field["value"] == "token-of-the-session" for field in tokens)


def test_ids_are_unique_and_labels_lead_somewhere(page: Page) -> None:
    ids = [attributes["id"] for _tag, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {label["for"] for label in page.of("label") if "for" in label} <= set(ids)
    named = [
        words for _tag, one in page.tags for key in ("aria-describedby", "aria-labelledby") if (words := one.get(key))
    ]
    assert {word for words in named for word in words.split()} <= set(ids)


def test_every_field_has_a_name_for_screen_readers(page: Page) -> None:
    labelled = {label.get("for") for label in page.of("label")}
    fields = [one for one in page.of("input", "select", "textarea") if one.get("type") not in ("hidden", "checkbox")]
    assert all(one.get("id") in labelled or one.get("aria-label") for one in fields)


def test_an_error_stands_at_its_field(app: Flask) -> None:
    html = render(app, "advertiser-new-wrong")
    login = next(field for field in Page(html).of("input") if field.get("name") == "login")
    assert login["aria-invalid"] == "true"
    assert login["aria-describedby"] == "f-login-error f-login-hint"
    assert re.search(r'id="f-login-error">Такой логин уже занят<', html)
    assert login["value"] == "romashka"


def test_a_dialog_with_errors_opens_by_itself(app: Flask) -> None:
    assert "data-open-now" in render(app, "packages-wrong")
    assert "data-open-now" not in render(app, "packages")


def test_an_unpaid_package_flags_the_advertiser(app: Flask) -> None:
    html = render(app, "advertisers")
    assert html.count('class="unpaid"') == sum(
        one.unpaid_packages > 0 for one in PAGES["advertisers"][2]["balances"].values()
    )


def test_text_of_people_is_escaped(app: Flask) -> None:
    template, address, context = samples_advertisers.pages()["advertisers"]
    row = context["advertisers"][0]
    row.company, row.email = "<script>alert(1)</script>", "<b>@example"
    with app.test_request_context(address):
        html = render_template(template, **context)
    assert "<script>alert" not in html
    assert "<b>@" not in html


def test_a_chart_block_can_not_be_broken_out_of(app: Flask) -> None:
    html = render(app, "statistics")
    block = html[html.index('id="chart-data">') : html.index("</script>", html.index('id="chart-data">'))]
    assert "<" not in block.partition(">")[2]


@pytest.mark.parametrize(
    "path", [path for path in TEMPLATES if path.parent.name != "manual"], ids=lambda path: path.stem
)
def test_no_template_speaks_russian_past_the_catalogue(path: Path) -> None:
    """What is written in Russian in a template stays Russian on an English page; a language is called by its own name.

    The manual is in Russian for everybody, and its pages say so.
    """
    shown = re.sub(r"\{#.*?#\}", "", TEXT[path], flags=re.DOTALL).replace("'Русский'", "")
    assert not re.search("[А-Яа-яЁё]", shown)


def test_every_template_is_rendered_by_a_sample() -> None:
    used = {template for template, _address, _context in PAGES.values()}
    pages = {str(path.relative_to(PACKAGE / "templates")) for path in TEMPLATES}
    helpers = {name for name in pages if name.startswith(("macros/", "layout", "manual/")) or "/_" in f"/{name}"}
    assert pages - helpers == used - helpers


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_every_template_says_what_it_wants(path: Path) -> None:
    assert TEXT[path].startswith("{#")
    assert TEXT[path].count("\n") <= 150


def test_icons_are_exactly_those_of_the_sprite() -> None:
    named = {name for text in TEXT.values() for name in ICON_NAME.findall(text)}
    named |= {item.icon for items in navigation.MENUS.values() for item in items}
    named |= {"circle-check", "info-circle", "alert-triangle", "alert-circle"}  # macros/flash.html picks by tone.
    assert named == set(ICONS)
    assert len(ICONS) == len(set(ICONS))


def test_assets_that_pages_name_are_built() -> None:
    own = {
        "app.css",
        "icons.svg",
        *(path.name for folder in ("js", "img") for path in (PACKAGE / "static/src" / folder).iterdir()),
    }
    named = {name for text in TEXT.values() for name in re.findall(r"asset_url\('([^']+)'\)", text)}
    assert named <= own | set(PACKAGE_FILES)


def test_links_lead_to_listed_addresses_only() -> None:
    named = {name for text in TEXT.values() for name in re.findall(r"url_for\('([^']+)'", text)}
    named |= {item.endpoint for items in navigation.MENUS.values() for item in items}
    assert named <= set(ROUTES)


def test_every_state_and_reason_has_a_look() -> None:
    assert set(states.MESSAGE_STATES) == set(STATES)
    looks = [look for kind in states._KINDS.values() for look in kind.values()]
    assert {look.tone for look in looks} <= set(states.TONES)
    assert {one.who for one in (*HOLDS.values(), *REFUSALS.values())} <= set(states.ACTORS)


def test_an_unknown_state_or_reason_is_shown_as_it_is() -> None:
    assert states.state_look("teleported") == states.Look("teleported", "grey")
    assert states.reason("x_7").sentence == "x_7"
