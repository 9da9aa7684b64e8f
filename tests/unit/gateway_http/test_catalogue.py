"""The Russian of the interface is complete, and says the same as the English."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message

from gateway_http import catalogue

RUSSIAN = catalogue.PACKAGE / "translations" / "ru" / "LC_MESSAGES" / "messages.po"
PLACEHOLDER = re.compile(r"%\([a-z_]+\)[sd]|\{[A-Z_]+\}")


@pytest.fixture(scope="module")
def russian() -> Catalog:
    return catalogue.read_catalogue(RUSSIAN)


def forms(message: Message) -> tuple[str, ...]:
    return message.string if isinstance(message.string, tuple) else (message.string,)


def msgids(message: Message) -> tuple[str, ...]:
    return message.id if isinstance(message.id, tuple) else (message.id,)


def test_every_msgid_has_a_russian_translation(russian: Catalog) -> None:
    wanted = {msgids(message)[0] for message in catalogue.collect() if message.id}
    translated = {msgids(message)[0] for message in russian if message.id and all(forms(message))}
    assert not wanted - translated, "run `python -m gateway_http.catalogue` and write these in Russian"


def test_the_catalogue_holds_nothing_that_is_gone(russian: Catalog) -> None:
    wanted = {msgids(message)[0] for message in catalogue.collect() if message.id}
    assert not {msgids(message)[0] for message in russian if message.id} - wanted


def test_counted_phrases_have_all_three_russian_forms(russian: Catalog) -> None:
    assert russian.num_plurals == 3
    assert all(len(forms(message)) == 3 for message in russian if isinstance(message.id, tuple))


def test_placeholders_are_the_same_in_both_languages(russian: Catalog) -> None:
    for message in russian:
        wanted = {frozenset(PLACEHOLDER.findall(text)) for text in msgids(message)}
        assert all(frozenset(PLACEHOLDER.findall(text)) in wanted for text in forms(message)), message.id


def test_nothing_is_fuzzy(russian: Catalog) -> None:
    assert not [message.id for message in russian if message.fuzzy and message.id]


def test_an_update_of_a_current_catalogue_changes_nothing(tmp_path: Path) -> None:
    copy = tmp_path / "ru" / "LC_MESSAGES" / "messages.po"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(RUSSIAN.read_bytes())
    catalogue.update_catalogue(copy)
    assert copy.read_text(encoding="utf-8") == RUSSIAN.read_text(encoding="utf-8")


def test_a_new_msgid_is_added_without_a_translation(tmp_path: Path) -> None:
    copy = tmp_path / "ru" / "LC_MESSAGES" / "messages.po"
    copy.parent.mkdir(parents=True)
    text = RUSSIAN.read_text(encoding="utf-8")
    copy.write_text(text[: text.index("msgid", text.index("msgid") + 5)], encoding="utf-8")
    catalogue.update_catalogue(copy)
    added = {message.id: message.string for message in catalogue.read_catalogue(copy)}
    assert added["Cabinet"] == ""
