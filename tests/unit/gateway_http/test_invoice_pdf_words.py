"""Sums and days in Russian words, held against a grammar of our own."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_http.documents.words import long_day, money, plain_money, plural, sum_in_words

ONES = ["ноль", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять"]
TEENS = [
    "десять",
    "одиннадцать",
    "двенадцать",
    "тринадцать",
    "четырнадцать",
    "пятнадцать",
    "шестнадцать",
    "семнадцать",
    "восемнадцать",
    "девятнадцать",
]
TENS = ["двадцать", "тридцать", "сорок", "пятьдесят", "шестьдесят", "семьдесят", "восемьдесят", "девяносто"]
HUNDREDS = ["сто", "двести", "триста", "четыреста", "пятьсот", "шестьсот", "семьсот", "восемьсот", "девятьсот"]
THOUSANDS = [
    ("", "", ""),
    ("тысяча", "тысячи", "тысяч"),
    ("миллион", "миллиона", "миллионов"),
    ("миллиард", "миллиарда", "миллиардов"),
    ("триллион", "триллиона", "триллионов"),
]


def below_thousand(number: int, feminine: bool) -> list[str]:
    words = [HUNDREDS[number // 100 - 1]] if number >= 100 else []
    rest = number % 100
    if 10 <= rest < 20:
        return [*words, TEENS[rest - 10]]
    if rest >= 20:
        words.append(TENS[rest // 10 - 2])
    if rest % 10:
        one = ONES[rest % 10]
        words.append({"один": "одна", "два": "две"}.get(one, one) if feminine else one)
    return words


def in_words(number: int) -> str:
    words: list[str] = []
    for power in range(4, -1, -1):
        group = number // 1000**power % 1000
        if group:
            words += below_thousand(group, power == 1)
            words += [plural(group, THOUSANDS[power])] if power else []
    return " ".join(words) or "ноль"


@given(st.integers(0, 10**15 - 1))
def test_every_sum_is_in_words_what_the_grammar_says(kopecks: int) -> None:
    roubles, rest = divmod(kopecks, 100)
    written = in_words(roubles)
    expected = (
        f"{written[0].upper()}{written[1:]} {plural(roubles, ('рубль', 'рубля', 'рублей'))} "
        f"{rest:02} {plural(rest, ('копейка', 'копейки', 'копеек'))}"
    )
    assert sum_in_words(kopecks * 100) == expected


@pytest.mark.parametrize(
    ("kopecks", "words"),
    [
        (0, "Ноль рублей 00 копеек"),
        (1, "Ноль рублей 01 копейка"),
        (1_00, "Один рубль 00 копеек"),
        (2_02, "Два рубля 02 копейки"),
        (11_11, "Одиннадцать рублей 11 копеек"),
        (121_21, "Сто двадцать один рубль 21 копейка"),
        (1_000_05, "Одна тысяча рублей 05 копеек"),
        (2_001_14, "Две тысячи один рубль 14 копеек"),
        (12_000_000_00, "Двенадцать миллионов рублей 00 копеек"),
        (1_001_001_001_00, "Один миллиард один миллион одна тысяча один рубль 00 копеек"),
    ],
)
def test_sums_as_they_are_known(kopecks: int, words: str) -> None:
    assert sum_in_words(kopecks * 100) == words


def test_sums_in_digits() -> None:
    assert money(1_234_567_80 * 100) == "1\u00a0234\u00a0567,80"
    assert (money(0), money(100), plain_money(20_576_00)) == ("0,00", "0,01", "205-76")


def test_a_day_in_words() -> None:
    assert long_day(datetime(2026, 5, 1, tzinfo=UTC)) == "1 мая 2026 г."
