"""The manual: who reads which section, and that it names only what the panel shows."""

import re
from pathlib import Path

import pytest

from gateway_http import catalogue, manual
from gateway_http.i18n import LANGUAGE_COOKIE
from tests.unit.gateway_api.conftest import HOST, PLATFORM_HOST, World

PACKAGE = Path(manual.__file__).parent
TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in (PACKAGE / "templates/manual").glob("*.html")}
FOR_ADVERTISERS = {"cabinet", "technical"}
PEOPLE = {
    "operator": ("root", PLATFORM_HOST, set(TEXTS)),
    "partner": ("boss", HOST, set(TEXTS)),
    "advertiser": ("shop", HOST, FOR_ADVERTISERS),
}
#: What stands in quotes without being a label: a name in an example, the text of a message, a button with a sum.
OTHER_WORDS = {"SMPP", "Пример", "Ваш код 1234", "MCC, MNC, цена", "Отправить за …"}


def readable(world: World, login: str, host: str) -> set[str]:
    client = world.signed_in(login, host)
    answers = {slug: client.get(f"/help/{slug}") for slug in TEXTS}
    assert {answer.status_code for answer in answers.values()} <= {200, 404}
    opened = {slug for slug, answer in answers.items() if answer.status_code == 200}
    assert set(re.findall(r'href="/help/([a-z]+)"', client.get("/help").text)) == opened
    assert client.get("/help/unknown").status_code == 404
    return opened


def test_every_section_is_in_the_contents_once() -> None:
    assert sorted(section.slug for section in manual.SECTIONS) == sorted(TEXTS)


@pytest.mark.parametrize("role", PEOPLE)
def test_each_role_reads_its_own_sections_and_no_other(world: World, role: str) -> None:
    login, host, allowed = PEOPLE[role]
    assert readable(world, login, host) == allowed


def test_a_manager_reads_the_manual_whatever_the_rights(world: World) -> None:
    client = world.manager()
    assert all(client.get(f"/help/{slug}").status_code == 200 for slug in TEXTS)


def test_nobody_reads_it_without_signing_in(world: World) -> None:
    answer = world.http().get("/help/cabinet")
    assert answer.status_code == 303 and "/sign-in" in answer.location


@pytest.mark.parametrize("slug", TEXTS)
def test_every_part_can_be_linked_to(world: World, slug: str) -> None:
    shown = world.signed_in("boss").get(f"/help/{slug}").text
    anchors = re.findall(r'<h2 id="([^"]+)"', TEXTS[slug])
    assert anchors and len(anchors) == TEXTS[slug].count("<h2")
    assert all(f'href="#{anchor}"' in shown for anchor in anchors)


def test_every_label_of_the_manual_is_one_of_the_panel() -> None:
    """A label that is renamed is renamed in the manual, too."""
    known = catalogue.read_catalogue(PACKAGE / "translations/ru/LC_MESSAGES/messages.po")
    labels = {text for message in known for text in _texts(message.string)} | OTHER_WORDS
    named = {
        slug: set(re.findall("«([^«»]+)»", re.sub(r"\{#.*?#\}", "", text, count=1))) for slug, text in TEXTS.items()
    }
    assert {slug: names - labels for slug, names in named.items() if names - labels} == {}


def test_an_english_page_says_that_the_manual_is_in_russian(world: World) -> None:
    client = world.signed_in("boss")
    russian = {path: client.get(path).text for path in ("/help", "/help/tariffs")}
    client.set_cookie(LANGUAGE_COOKIE, "en", domain=HOST)
    for path, page in russian.items():
        assert "The manual is in Russian." in client.get(path).text
        assert "Руководство на русском языке." not in page and "Руководство пользователя" in page


def test_placeholders_of_a_template_are_shown_as_they_are_typed(world: World) -> None:
    assert "<code>Ваш код {#}</code>" in world.signed_in("boss").get("/help/moderation").text


def _texts(string: object) -> tuple[str, ...]:
    return (string,) if isinstance(string, str) else tuple(string or ())  # type: ignore[arg-type]
