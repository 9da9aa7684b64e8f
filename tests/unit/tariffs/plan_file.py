"""A numbering plan in the ministry's format for tests: the published file where it is at hand, else one we make."""

import os
from collections.abc import Iterator
from pathlib import Path

HEADER = "АВС/ DEF;От;До;Емкость;Оператор;Регион;Территория ГАР;ИНН"
#: Six subjects with a zone of their own each, in the spellings of the region and the territory columns.
REGIONS = (
    ("г. Москва и Московская область", "Город Москва, Московская область"),
    ("Калининградская обл.", "Калининградская область"),
    ("Республика Удмуртская", "Удмуртская Республика"),
    ("Ханты - Мансийский - Югра АО", "Ханты-Мансийский автономный округ - Югра"),
    ("Омская обл.", "Омская область"),
    ("Камчатский край", "м.р-н Муниципальные районы Камчатского края|Камчатский край"),
)
#: Holder and INN by the first digits of the code, as in the real plan for these codes.
HOLDERS = {
    "900": ('ООО "Т2 Мобайл"', "7743895280"),
    "903": ('ПАО "ВЫМПЕЛКОМ"', "7713076301"),
    "916": ('ПАО "МТС"', "7740000076"),
    "926": ('ПАО "МЕГАФОН"', "7812014560"),
    "958": ('ООО "ГЛОБАЛ ТЕЛЕКОМ"', "7723635005"),
    "999": ('ООО "Скартел"', "7701725181"),
}
RANGES_PER_CODE = 2_000


def published_file() -> Path | None:
    """`GOLUB_DEF_CSV`, or the file beside the checkout; None on a machine that has neither."""
    beside = Path(__file__).resolve().parents[4] / "shared" / "data" / "DEF-9xx.csv"
    given = os.environ.get("GOLUB_DEF_CSV")
    path = Path(given) if given else beside
    return path if path.is_file() else None


def plan_lines() -> list[bytes]:
    path = published_file()
    return path.read_bytes().splitlines() if path else made_lines()


def made_lines() -> list[bytes]:
    """12,000 ranges of 5,000 numbers; the whole of six codes."""
    return ["\ufeff".encode() + HEADER.encode(), *(line.encode() for line in _made_ranges())]


def _made_ranges() -> Iterator[str]:
    size = 10_000_000 // RANGES_PER_CODE
    for code, (holder, inn) in HOLDERS.items():
        for index in range(RANGES_PER_CODE):
            region, territory = REGIONS[index * len(REGIONS) // RANGES_PER_CODE]
            first = index * size
            yield f"{code};{first:07d};{first + size - 1:07d};{size};{holder};{region};{territory};{inn}"


def line(
    code: str = "903",
    start: str = "0000000",
    end: str = "0199999",
    capacity: str = "200000",
    holder: str = 'ПАО "ВЫМПЕЛКОМ"',
    territory: str = "Город Москва, Московская область",
    inn: str = "7713076301",
) -> str:
    return f"{code};{start};{end};{capacity};{holder};{territory};{territory};{inn}"
