"""Lists of ported numbers as text: a number per line with the network that serves it.

| the first line                              | is read as                                              |
| ------------------------------------------- | ------------------------------------------------------- |
| `79030000001;01`                            | number and MNC, the MCC being that of Russia            |
| `79030000001,250,01` (and a fourth, a date) | number, MCC, MNC (and the day)                          |
| `Number,OwnerId,MNC,Route,PortDate,…`       | columns by their names, in any order; others left alone |

Between the fields `;`, `,` or a tab; a field may be quoted. UTF-8 with or without BOM, or Windows-1251. Russian numbers may
come as 10 digits, with 8, 7 or +7; an MNC of one digit is filled up; `25001` and `250-01` stand for both codes where
there is no column of the MCC. Pure.
"""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from services.tariffs.numbering import MOST_DIGITS, Carrier, known_directions
from services.tariffs.reference import RUSSIA_MCC

MOST_LINES = 20_000_000
MOST_LINE_CHARACTERS = 10_000
MOST_ERRORS_SHOWN = 20
DELIMITERS = ";,\t"
NOWHERE = -1
LEAST_FOREIGN_DIGITS = 8

_NAMES = {
    "number": ("number", "msisdn", "phone", "phonenumber", "subscriber", "номер", "номерабонента", "абонентскийномер"),
    "mcc": ("mcc", "countrycode", "кодстраны"),
    "mnc": ("mnc", "networkcode", "кодсети"),
    "since": ("portdate", "portedat", "date", "датапереноса", "датапортирования", "дата"),
}
#: Without a header, by how many fields there are.
_BY_PLACE = {2: (0, NOWHERE, 1, NOWHERE), 3: (0, 1, 2, NOWHERE), 4: (0, 1, 2, 3)}
_BOTH_CODES = re.compile(r"([0-9]{3})[- ]?([0-9]{2,3})")
_ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ].*)?")
_DAY_FIRST = re.compile(r"([0-9]{2})\.([0-9]{2})\.([0-9]{4})(?: .*)?")


class BrokenLineError(ValueError):
    """A sentence about one line."""


@dataclass(slots=True, frozen=True)
class Layout:
    """What is between the fields, and the places of those that are read, `NOWHERE` where there is none."""

    delimiter: str
    number: int
    mcc: int
    mnc: int
    since: int

    def __str__(self) -> str:
        return f"{self.delimiter}{self.number} {self.mcc} {self.mnc} {self.since}"


def layout_of(written: str) -> Layout | None:
    """A layout from its `str`; None where that is empty."""
    return Layout(written[0], *map(int, written[1:].split())) if written else None


@dataclass(slots=True)
class Lines:
    """What was read, as columns. `errors`: a line's number and a sentence; what was read is then of no use."""

    lines: list[int] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    mccs: list[str] = field(default_factory=list)
    mncs: list[str] = field(default_factory=list)
    dates: list[str] = field(default_factory=list)
    errors: list[tuple[int, str]] = field(default_factory=list)
    read: int = 0


class Reader:
    """Reads a file block by block: each ends where a line ends, and the first one tells the layout of all."""

    def __init__(self, layout: Layout | None = None, first_line: int = 1) -> None:
        self.layout, self.next_line = layout, first_line
        self._carriers: dict[tuple[str, str], Carrier] = {}
        self._dates: dict[str, str] = {"": ""}
        self._countries = {one.mcc for one in known_directions()}

    def read(self, block: bytes) -> Lines:
        """The lines of the next block, at most `MOST_ERRORS_SHOWN` sentences about those that are broken."""
        found, texts = Lines(), _decoded(block).split("\n")
        if texts[-1] == "":
            texts.pop()
        for number, text in enumerate(texts, self.next_line):
            try:
                self._line(number, text.rstrip("\r"), found)
            except BrokenLineError as error:
                found.errors.append((number, str(error)))
                if len(found.errors) >= MOST_ERRORS_SHOWN or self.layout is None or number > MOST_LINES:
                    break
        self.next_line += len(texts)
        found.read = self.next_line - 1
        return found

    def _line(self, line: int, text: str, found: Lines) -> None:
        if line > MOST_LINES:
            raise BrokenLineError(f"a list has at most {MOST_LINES} lines")
        if not text or text.isspace():
            return
        if len(text) > MOST_LINE_CHARACTERS:
            raise BrokenLineError(f"a line has at most {MOST_LINE_CHARACTERS} characters")
        layout = self.layout
        if layout is None:
            layout, is_header = _first_layout(text)
            self.layout = layout
            if is_header:
                return
        fields = split(text, layout.delimiter)
        if len(fields) <= max(layout.number, layout.mcc, layout.mnc, layout.since):
            raise BrokenLineError("fields are missing")
        key = fields[layout.mcc] if layout.mcc >= 0 else "", fields[layout.mnc]
        carrier = self._carriers.get(key) or self._carrier(key)
        number = fields[layout.number]
        if not (carrier[0] == RUSSIA_MCC and len(number) == 11 and number[0] == "7" and number.isdecimal()):
            number = _e164(number, carrier[0])
        elif not number.isascii():
            raise BrokenLineError(f"{number!r} is no phone number")
        since = fields[layout.since] if layout.since >= 0 else ""
        found.dates.append(self._dates.get(since, "") or self._date(since))
        found.lines.append(line)
        found.numbers.append(number)
        found.mccs.append(carrier[0])
        found.mncs.append(carrier[1])

    def _carrier(self, key: tuple[str, str]) -> Carrier:
        mcc, mnc = (one.strip() for one in key)
        if not mcc:
            both = _BOTH_CODES.fullmatch(mnc)
            mcc, mnc = both.groups() if both else (RUSSIA_MCC, mnc)
        if mcc not in self._countries:
            raise BrokenLineError(f"no country has the MCC {mcc[:20]!r}")
        if not (mnc.isascii() and mnc.isdigit() and len(mnc) <= 3):
            raise BrokenLineError(f"{mnc[:20]!r} is no MNC: it has 1 to 3 digits")
        carrier = self._carriers[key] = mcc, mnc.zfill(2)
        return carrier

    def _date(self, written: str) -> str:
        text = written.strip()
        iso, day_first = _ISO_DATE.fullmatch(text), _DAY_FIRST.fullmatch(text)
        parts = iso.groups() if iso else day_first.groups()[::-1] if day_first else None
        if not text:
            return ""
        try:
            found = date(*map(int, parts)).isoformat() if parts else ""
        except ValueError:
            found = ""
        if not found:
            raise BrokenLineError(f"{text[:20]!r} is no date such as 2026-11-22 or 22.11.2026")
        self._dates[written] = found
        return found


def split(text: str, delimiter: str) -> list[str]:
    """The fields of one line. A quotation mark that is never closed must not swallow the lines after it."""
    if '"' not in text:
        return text.split(delimiter)
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error:
        raise BrokenLineError("a quotation mark is not closed") from None


def errors_of(found: Iterable[tuple[int, str]]) -> list[dict[str, str]]:
    return [
        {"pointer": f"/lines/{line}", "code": "broken_line", "detail": f"line {line}: {sentence}"}
        for line, sentence in found
    ]


def _decoded(block: bytes) -> str:
    """What is read is ASCII; the other columns may hold names in either of both encodings."""
    try:
        return block.decode("utf-8-sig")
    except UnicodeDecodeError:
        return block.decode("cp1251", "replace")


def _first_layout(text: str) -> tuple[Layout, bool]:
    """(the layout, whether the line is a header)."""
    delimiter = max(DELIMITERS, key=text.count)
    if delimiter not in text:
        raise BrokenLineError("number;MNC or number,MCC,MNC is expected, or a header with the columns Number and MNC")
    fields = [one.strip() for one in split(text, delimiter)]
    if re.fullmatch(r"\+?[0-9]+", fields[0]):
        places = _BY_PLACE.get(len(fields))
        if places is None:
            raise BrokenLineError(f"a header is expected: {len(fields)} fields without names can't be told apart")
        return Layout(delimiter, *places), False
    named = [re.sub(r"[\W_]", "", one).lower() for one in fields]
    number, mcc, mnc, since = (_place(named, _NAMES[what]) for what in ("number", "mcc", "mnc", "since"))
    if number == NOWHERE or mnc == NOWHERE:
        raise BrokenLineError("the header must name the columns Number and MNC")
    return Layout(delimiter, number, mcc, mnc, since), True


def _place(named: list[str], names: tuple[str, ...]) -> int:
    return next((named.index(name) for name in names if name in named), NOWHERE)


def _e164(written: str, mcc: str) -> str:
    digits = written.strip().removeprefix("+")
    if digits.isascii() and digits.isdigit():
        if mcc != RUSSIA_MCC:
            if LEAST_FOREIGN_DIGITS <= len(digits) <= MOST_DIGITS and digits[0] != "0":
                return digits
        elif len(digits) == 10:
            return f"7{digits}"
        elif len(digits) == 11 and digits[0] in "78":
            return f"7{digits[1:]}"
    raise BrokenLineError(f"{written[:20]!r} is no phone number")
