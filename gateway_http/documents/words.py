"""How money and days are written in a Russian document."""

from datetime import datetime

from num2words import num2words

from kit.money import format_money

MINOR_PER_KOPECK = 100
KOPECKS_PER_ROUBLE = 100
_MONTHS = (
    "января", "февраля", "марта", "апреля", "мая", "июня",
    "июля", "августа", "сентября", "октября", "ноября", "декабря",
)  # fmt: skip
_ROUBLES = ("рубль", "рубля", "рублей")
_KOPECKS = ("копейка", "копейки", "копеек")
#: Keeps the digits of a sum together on a line.
NO_BREAK = "\u00a0"


def plural(number: int, forms: tuple[str, str, str]) -> str:
    """The form of a noun after a number: 1 рубль, 2 рубля, 5 рублей; 11 to 14 are like 5."""
    if number % 100 in range(11, 15):
        return forms[2]
    return forms[0] if number % 10 == 1 else forms[1] if number % 10 in range(2, 5) else forms[2]


def sum_in_words(minor: int) -> str:
    """`Одна тысяча двести рублей 05 копеек` of a sum in 1/10,000 that is whole kopecks, as banks write it."""
    roubles, kopecks = divmod(minor // MINOR_PER_KOPECK, KOPECKS_PER_ROUBLE)
    words = num2words(roubles, lang="ru")
    return f"{words[:1].upper()}{words[1:]} {plural(roubles, _ROUBLES)} {kopecks:02} {plural(kopecks, _KOPECKS)}"


def money(minor: int) -> str:
    """`1 200,50`, the thousands apart."""
    whole, decimals = format_money(minor).split(".")
    return f"{int(whole):,}".replace(",", NO_BREAK) + f",{decimals}"


def plain_money(minor: int) -> str:
    """`1200-50`, as a payment order writes a sum within a text."""
    return format_money(minor).replace(".", "-")


def long_day(moment: datetime) -> str:
    """`22 ноября 2026 г.`"""
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year} г."


def short_day(moment: datetime) -> str:
    return f"{moment:%d.%m.%Y}"
