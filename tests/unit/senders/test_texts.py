"""What rules and templates see of a text, however it is written."""

import random
import string

import pytest

from services.senders import templates
from services.senders.rules import Rule, Text, found_by, problem
from services.senders.texts import cleaned, key_of, links, masked, phones


def _rule(kind: str, value: str, action: str = "hold") -> Rule:
    return Rule("1", kind, value, action, "")


def _found(value: str, text: str, kind: str = "words") -> str | None:
    return found_by(_rule(kind, value), Text.of(text))


@pytest.mark.parametrize(
    "text",
    [
        "казино",
        "КАЗИНО!",
        "Kaзинo",  # Latin K and o
        "к а з и н о",
        "к.а-з_и*н о",
        "к\u200bа\u00adз\ufeffино",
        "Лучшее «казино» города",
        "кази́но",  # an accent that combines
        "каз1но? нет: к@зин0",
    ],
)
def test_a_stop_word_is_found_however_it_is_disguised(text: str) -> None:
    assert _found("казино", text) == "казино"


@pytest.mark.parametrize("text", ["рука зинова", "казиночный", "", "казин о чём-то"])
def test_a_stop_word_is_not_found_in_other_words(text: str) -> None:
    assert _found("казино", text) is None


def test_a_stop_word_with_a_star_has_any_ending_and_yo_is_ye() -> None:
    assert _found("кредит*", "Кредитами и займами") == "кредит*"
    assert _found("кредит", "Кредитами и займами") is None
    assert _found("лёгкие деньги", "ЛЕГКИЕ, деньги") == "лёгкие деньги"
    assert _found("нет\nвзлом", "Взлом!") == "взлом"


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("Смотрите https://Example.ru/a?b=1.", ["example.ru"]),
        ("пишите на ivan@mail.example.com", ["mail.example.com"]),
        ("акции на сайт.рф и пример.москва", ["сайт.рф", "пример.москва"]),
        ("exam\u200bple.ru", ["example.ru"]),
        ("example.сom", ["example.сom"]),  # a Cyrillic letter in its end
        ("http://10.0.0.1/x", ["10.0.0.1"]),
        ("т.е. г.Москва, ул.Ленина,д.5, в 12.30, 1.5 кг. Начало.Конец", []),
    ],
)
def test_links_are_what_a_telephone_shows_as_one(text: str, hosts: list[str]) -> None:
    assert links(cleaned(text)) == hosts


def test_links_to_domains_that_are_allowed_are_found_by_no_rule() -> None:
    allowed = "example.ru\nhttps://www.shop.example.com/path"
    assert problem("links", allowed) is None
    for text in ("example.ru", "lk.Example.ru/x", "shop.example.com"):
        assert _found(allowed, text, "links") is None
    assert _found(allowed, "notexample.ru", "links") == "notexample.ru"
    assert _found(allowed, "example.com", "links") == "example.com"


@pytest.mark.parametrize("pattern", ["(", "(?=a)a", r"(a)\1", "a{1001}", "(((a{100}){100}){100})"])
def test_what_cannot_be_searched_for_safely_is_no_pattern(pattern: str) -> None:
    assert problem("pattern", pattern) in ("pattern_invalid", "pattern_too_large")


def test_no_pattern_takes_more_than_linear_time() -> None:
    """By work and not by the clock: a backtracking engine would not end while anybody waits."""
    for pattern in ("(a+)+$", "(a|a)+$", "(a|aa)+$", "(.*a){20}$", "^(([a-z])+.)+[0-9]([a-z])+$"):
        assert problem("pattern", pattern) is None
        assert _found(pattern, "a" * 1_500 + "!", "pattern") is None
    for text in ("a." * 700, "9 " * 700, "{…}" * 400, "https://" * 180, "\u0301" * 1_500):
        links(cleaned(text)), masked(cleaned(text)), Text.of(text), phones(text)


def test_rules_that_look_for_nothing_or_too_much_are_refused() -> None:
    assert problem("words", " \n ") == problem("pattern", "") == "rule_empty"
    assert problem("pattern", "(казино)?") == "pattern_finds_all"
    assert problem("words", "...") == "word_too_long"
    assert problem("words", "а" * 61) == "word_too_long"
    assert problem("words", "слово\n" * 501) == "rule_too_long"
    assert problem("links", "не домен") == "domain_invalid"
    assert problem("links", "") is None, "no link at all is allowed then"


def test_digits_are_masked_but_links_and_telephone_numbers_are_kept() -> None:
    text = "Код 1234, заказ №56 на сумму 7890 руб. bit.ly/aB12 или 8 (900) 123-45-67"
    assert masked(text) == "Код {#}, заказ №{#} на сумму {#} руб. bit.ly/aB12 или 8 (900) 123-45-67"


def test_texts_that_differ_in_digits_and_case_alone_are_one_under_one_sender() -> None:
    def key(sender: str, text: str) -> bytes:
        return key_of(sender, masked(cleaned(text)))

    assert key("GOLUB", "Код 1") == key("GOLUB", "КОД  99999")
    assert key("GOLUB", "Код 1") != key("EAGLE", "Код 1")
    assert key("GOLUB", "Код 1 a.ru") != key("GOLUB", "Код 1 b.ru")


def test_a_template_matches_what_differs_in_its_places_alone() -> None:
    pattern = "Здравствуйте, {…}! Код {#}, сайт example.ru"
    assert templates.problem(pattern) is None
    assert templates.matches(pattern, "Здравствуйте, Иван Петров! Код 12, сайт example.ru")
    assert templates.matches(pattern, "ЗДРАВСТВУЙТЕ, Ян! Код 12345, сайт example.ru")
    for other in (
        "Здравствуйте, Иван! Код , сайт example.ru",
        "Здравствуйте, Иван! Код 12, сайт example.com",
        "Здравствуйте, Иван! Код 12, сайт example.ru и ещё",
        "Здравствуйте, http://bad.example! Код 12, сайт example.ru",
        "Здравствуйте, 8 900 123-45-67! Код 12, сайт example.ru",
        f"Здравствуйте, {'я' * 61}! Код 12, сайт example.ru",
    ):
        assert not templates.matches(pattern, other), other


@pytest.mark.parametrize("pattern", ["{…}", "{…} a {#}", "", "a" * 2_001])
def test_a_template_says_something_of_its_own(pattern: str) -> None:
    assert templates.problem(pattern) == "template_invalid"


def test_signs_of_patterns_mean_themselves_in_a_template() -> None:
    assert templates.matches("Скидка (50%) [a-z]+ на всё {#}", "Скидка (50%) [a-z]+ на всё 7")
    assert not templates.matches("Скидка .* на всё {#}", "Скидка большая на всё 7")


@pytest.mark.parametrize("seed", range(20))
def test_the_masked_text_is_a_template_that_its_text_matches(seed: int) -> None:
    chance = random.Random(seed)
    letters = string.ascii_letters + "абвгдё" + string.digits + " .,!?-()+/:@{}#…\\^$*[]|"
    text = cleaned("Abc " + "".join(chance.choices(letters, k=chance.randint(1, 120))))
    pattern = masked(text)
    if templates.problem(pattern) is None and not _ambiguous(text):
        assert templates.matches(pattern, text), (seed, text, pattern)


def _ambiguous(text: str) -> bool:
    """The text itself has what means a place, or more digits in a row than a place has."""
    return "{#}" in text or "{…}" in text or "{...}" in text or any(len(one) > 20 for one in text.split())
