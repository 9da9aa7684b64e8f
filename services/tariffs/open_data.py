"""The numbering plan as the Russian ministry publishes it: one range per line, `;` between the fields, a header first.

Columns: code, from, to, capacity, operator, region, territory, INN; UTF-8, with or without BOM. The file quotes
nothing, but one that a spreadsheet has saved again quotes what has quotation marks in it; both are read.
"""

import csv
import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass

from contracts.errors import Malformed
from services.tariffs.numbering import NumberRange, Place
from services.tariffs.reference import RUSSIA_MCC, operators_by_inn, region_and_zone

COLUMNS = 8
MOST_LINES = 200_000
MOST_ERRORS_SHOWN = 20

_HEADER_START = re.compile(r"\W*[АA][ВB][СC]\W*DEF\W*$", re.IGNORECASE)
_QUOTED = re.compile(r"[\"«](.*)[\"»]")
_LEGAL_FORM = re.compile(r"^(ПАО|ОАО|ЗАО|АО|ООО|ФГУП|ГУП)\s+", re.IGNORECASE)


@dataclass(slots=True, frozen=True)
class OpenDataPlan:
    """`unknown_operators` (INN -> name: no MNC of ours) and `unknown_regions` (no zone) deserve a look."""

    ranges: list[NumberRange]
    unknown_operators: dict[str, str]
    unknown_regions: set[str]


class _BrokenLine(ValueError):
    """A sentence about one line."""


def parse(lines: Iterable[str | bytes]) -> OpenDataPlan:
    """The whole file or nothing: `Malformed` names the first broken lines, `pointer` `/lines/<number from 1>`."""
    plan = OpenDataPlan([], {}, set())
    numbered: list[tuple[int, NumberRange]] = []
    errors: list[dict[str, str]] = []
    for number, line in enumerate(lines, start=1):
        try:
            found = _line(number, line, plan)
        except _BrokenLine as error:
            errors.append(_error(number, str(error)))
            if number in (1, MOST_LINES + 1) or len(errors) == MOST_ERRORS_SHOWN:
                break
        else:
            numbered += [(number, found)] if found else []
    errors = errors or _overlaps(numbered)
    if not errors and not numbered:
        errors = [_error(1, "the file holds no range")]
    if errors:
        raise Malformed(f"Nothing was imported: {errors[0]['detail']}", {"errors": errors})
    plan.ranges.extend(one for _, one in sorted(numbered, key=lambda pair: pair[1].first))
    return plan


def _line(number: int, raw: str | bytes, plan: OpenDataPlan) -> NumberRange | None:
    """The range of one line; None for the header and blank lines."""
    if number > MOST_LINES:
        raise _BrokenLine(f"a plan has at most {MOST_LINES} lines")
    try:
        line = raw.decode("utf-8") if isinstance(raw, bytes) else raw
    except UnicodeDecodeError as error:
        raise _BrokenLine("the text is not UTF-8") from error
    if number == 1:
        _check_header(line.removeprefix("\ufeff"))
        return None
    return _range(_fields(line), plan) if line.strip() else None


def _error(line: int, sentence: str) -> dict[str, str]:
    return {"pointer": f"/lines/{line}", "code": "broken_line", "detail": f"line {line}: {sentence}"}


def _check_header(line: str) -> None:
    fields = _fields(line)
    if len(fields) != COLUMNS or not _HEADER_START.match(fields[0]):
        raise _BrokenLine("the header of the numbering plan is expected: АВС/ DEF;От;До;Емкость;Оператор;Регион;…;ИНН")


def _fields(line: str) -> list[str]:
    fields = next(csv.reader([line.rstrip("\r\n")], delimiter=";"), [])
    return [" ".join(one.split()) for one in fields]


def _range(fields: list[str], plan: OpenDataPlan) -> NumberRange:
    if len(fields) != COLUMNS:
        raise _BrokenLine(f"{COLUMNS} fields are expected, not {len(fields)}")
    code, start, end, capacity, holder, region, territory, inn = fields
    if not re.fullmatch(r"9[0-9]{2}", code):
        raise _BrokenLine(f"{code!r} is no mobile code 900–999")
    if not re.fullmatch(r"[0-9]{7}", start) or not re.fullmatch(r"[0-9]{7}", end):
        raise _BrokenLine(f"{start!r} and {end!r} must have seven digits")
    first, last = int(f"7{code}{start}"), int(f"7{code}{end}")
    if first > last:
        raise _BrokenLine(f"the range ends at {end} before it starts at {start}")
    if capacity != str(last - first + 1):
        raise _BrokenLine(f"the capacity of {start}–{end} is {last - first + 1}, not {capacity!r}")
    if not re.fullmatch(r"([0-9]{10}|[0-9]{12})?", inn):
        raise _BrokenLine(f"{inn!r} is no INN")
    mnc, direction = _operator(inn, holder, plan.unknown_operators)
    name, zone = _region(territory, region, plan.unknown_regions)
    return NumberRange(first, last, Place(RUSSIA_MCC, mnc, direction, name, zone))


def _operator(inn: str, holder: str, unknown: dict[str, str]) -> tuple[str, str]:
    """(MNC, name). A holder without a network code that we are sure of is a direction of its own, without MNC."""
    operator = operators_by_inn().get(inn)
    if operator is not None:
        return operator.mnc, operator.name
    name = short_name(holder)
    if not name:
        raise _BrokenLine("the operator is missing")
    return "", unknown.setdefault(inn or name, name)


def short_name(holder: str) -> str:
    """A legal name without its form, in capitals, so that `ООО "ТТК-Связь"` and `ООО "ТТК-СВЯЗЬ"` are one direction."""
    quoted = _QUOTED.search(holder)
    name = quoted.group(1) if quoted else _LEGAL_FORM.sub("", holder)
    return re.sub('["«»]', "", name).strip().upper()


def _region(territory: str, region: str, unknown: set[str]) -> tuple[str, str]:
    """Our name and zone, by the territory (few spellings), else by the region (many)."""
    found = region_and_zone(territory) or region_and_zone(region)
    if found is None:
        unknown.add(territory or region)
        return territory or region, ""
    return found


def _overlaps(numbered: list[tuple[int, NumberRange]]) -> list[dict[str, str]]:
    ordered = sorted(numbered, key=lambda pair: pair[1].first)
    errors = []
    for (earlier, before), (later, after) in itertools.pairwise(ordered):
        if after.first <= before.last:
            errors.append(_error(max(earlier, later), f"the range overlaps that of line {min(earlier, later)}"))
    return errors[:MOST_ERRORS_SHOWN]
