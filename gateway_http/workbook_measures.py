"""How large the table of an XLSX is once it is unfolded, found out before a reader reserves room for it.

A cell may name its place or follow the one before it, and it may hold a text or point at one that all cells share: some
kilobytes can stand for any number of cells and any length of text. The parser here is a strict one, so that what the
reader would take for a row or a cell can't be hidden from it.
"""

import re
from collections.abc import Callable
from xml.parsers import expat

#: ECMA-376, part 1, 18.3.1.4 and 18.18.7: a cell is named by letters and digits, such as B12.
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})", re.IGNORECASE)
Begin = Callable[[str, dict[str, str]], None]
#: Of the number by which a cell points at a shared text.
MOST_DIGITS = 20


class TooLarge(Exception):
    """More lines, columns or letters than are read; `what` is one of these words."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class NoWorkbook(Exception):
    """The part is no XML that workbooks are made of."""


def shared_lengths(part: bytes) -> list[int]:
    """How many letters each of the texts has that cells point at (18.4.9, `sst`)."""
    found: list[int] = []

    def begin(name: str, _: dict[str, str]) -> None:
        if _local(name) == "si":
            found.append(0)

    def text(letters: str) -> None:
        if found:
            found[-1] += len(letters)

    _parse(part, begin, lambda name: None, text)
    return found


class SheetMeasure:
    """Walks a sheet (18.3.1.80, `sheetData`) as a reader does, and stops it where it grows over a bound."""

    def __init__(self, shared: list[int], *, most_lines: int, most_columns: int, most_letters: int) -> None:
        self._shared, self._letters_left = shared, most_letters
        self._most_lines, self._most_columns = most_lines, most_columns
        self._rows = self._cells = 0
        self._points = self._reads = False
        self._value = ""

    def check(self, part: bytes) -> None:
        """`TooLarge` or `NoWorkbook`."""
        _parse(part, self._begin, self._end, self._text)

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        tag, place = _local(name), attributes.get("r")
        if tag == "row":
            self._rows += 1
            self._line(self._rows if place is None else int(place) if place.isdecimal() else self._most_lines + 1)
        elif tag == "c":
            self._cells += 1
            self._column(self._cells)
            self._points, self._value = attributes.get("t") == "s", ""
            if place is not None:
                self._named(place)
        self._reads = self._points and tag == "v"

    def _end(self, name: str) -> None:
        tag, self._reads = _local(name), False
        if tag == "row":
            self._cells = 0
        elif tag == "c" and self._points:
            self._points = False
            self._point(self._value.strip())

    def _text(self, letters: str) -> None:
        if self._reads:
            self._value += letters
            if len(self._value) > MOST_DIGITS:
                raise NoWorkbook

    def _named(self, place: str) -> None:
        named = _PLACE.fullmatch(place)
        if named is None:
            raise NoWorkbook
        number = 0
        for letter in named[1].upper():
            number = number * 26 + ord(letter) - ord("A") + 1
        self._line(int(named[2]))
        self._column(number)

    def _line(self, number: int) -> None:
        if max(number, self._rows) > self._most_lines:
            raise TooLarge("lines")

    def _column(self, number: int) -> None:
        if number > self._most_columns:
            raise TooLarge("columns")

    def _point(self, written: str) -> None:
        if not (written.isascii() and written.isdecimal() and int(written) < len(self._shared)):
            raise NoWorkbook
        self._letters_left -= self._shared[int(written)]
        if self._letters_left < 0:
            raise TooLarge("letters")


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _parse(part: bytes, begin: Begin, end: Callable[[str], None], text: Callable[[str], None]) -> None:
    """Entities and types of documents are no part of workbooks (ECMA-376, part 2, 9.1.4), and a way to hide things."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = begin, end, text
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(part, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise NoWorkbook from error


def _refuse(*_: object) -> None:
    raise NoWorkbook
