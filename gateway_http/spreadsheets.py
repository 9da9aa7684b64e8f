"""Tables as files: XLSX and CSV out, and in within limits. Everything here is CPU: call it through `eventlet.tpool`.

A file of people is read with suspicion: an XLSX is a ZIP that may unpack to anything, and one cell far away makes a
reader reserve room for all the cells before it.
"""

import csv
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO, StringIO
from typing import TypeVar

from python_calamine import CalamineError, CalamineWorkbook
from xlsxwriter import Workbook

from gateway_http.i18n import N_
from gateway_http.workbook_measures import NoWorkbook, SheetMeasure, TooLarge, shared_lengths

MOST_UNPACKED_BYTES = 16 * 1024 * 1024
MOST_PARTS = 200
#: Of a file that is read; the rows of a tariff are counted apart.
MOST_LINES = 10_000
MOST_COLUMNS = 50

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV_TYPE = "text/csv"

_FORBIDDEN_IN_NAMES = re.compile(r"[\[\]:*?/\\'\x00-\x1f]")
_XLSX_SIGN = b"PK\x03\x04"
_WIDTH_LEAST, _WIDTH_MOST = 10, 60
#: What the readers of archives and workbooks say of a broken one.
_NO_XLSX = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, CalamineError),
    *(NotImplementedError, RuntimeError, EOFError, LookupError, OSError, ValueError, OverflowError),
)
_TOO_LARGE = {
    "lines": N_("The file has too many lines"),
    "columns": N_("The file has too many columns"),
    "letters": N_("The file is larger than can be read"),
}

Cell = str | int | Decimal
M = TypeVar("M")


class UnreadableFile(Exception):
    """The file is no table, or larger than we read; the text is a msgid for people."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page of a workbook. A `Decimal` is a sum, an `int` a count."""

    name: str
    header: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def sheet_name(title: str) -> str:
    """What a page of a workbook may be called."""
    return _FORBIDDEN_IN_NAMES.sub(" ", title)[:31].strip() or "1"


def write_xlsx(sheet: Sheet) -> bytes:
    """Sums and counts are numbers, all else is text: a text that begins with `=` stays a text."""
    output = BytesIO()
    with Workbook(output, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00##"})
        page = book.add_worksheet(sheet_name(sheet.name))
        page.freeze_panes(1, 0)
        widths = [len(title) for title in sheet.header]
        for column, title in enumerate(sheet.header):
            page.write_string(0, column, title, bold)
        for line, row in enumerate(sheet.rows, 1):
            for column, cell in enumerate(row):
                widths[column] = max(widths[column], len(str(cell)))
                if isinstance(cell, str):
                    page.write_string(line, column, cell)
                else:
                    page.write_number(line, column, cell, money if isinstance(cell, Decimal) else None)
        for column, width in enumerate(widths):
            page.set_column(column, column, min(max(width + 2, _WIDTH_LEAST), _WIDTH_MOST))
    return output.getvalue()


def write_csv(sheet: Sheet) -> bytes:
    """As Russian office programs read it: UTF-8 with a mark, semicolons, a comma in sums."""
    output = StringIO()
    writer = csv.writer(output, delimiter=";", lineterminator="\r\n")
    writer.writerow(sheet.header)
    writer.writerows([_csv_cell(cell) for cell in row] for row in sheet.rows)
    return output.getvalue().encode("utf-8-sig")


def _csv_cell(cell: Cell) -> str:
    if isinstance(cell, Decimal):
        return f"{cell:f}".replace(".", ",")
    text = str(cell)
    # Office programs take such a text for a formula and run it.
    return f"'{text}" if isinstance(cell, str) and text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def read_table(contents: bytes) -> list[list[str]]:
    """The cells of the first sheet, or of a CSV, as trimmed text, line by line from the first; `UnreadableFile`."""
    if not contents:
        raise UnreadableFile(N_("The file is empty"))
    lines = _from_xlsx(contents) if contents.startswith(_XLSX_SIGN) else _from_csv(contents)
    if len(lines) > MOST_LINES:
        raise UnreadableFile(N_("The file has too many lines"))
    return lines


def _from_csv(contents: bytes) -> list[list[str]]:
    text = _decoded(contents)
    first = text.partition("\n")[0]
    delimiter = max(";\t,", key=first.count)
    try:
        return [
            [cell.strip() for cell in row[:MOST_COLUMNS]] for row in csv.reader(StringIO(text), delimiter=delimiter)
        ]
    except csv.Error:
        raise UnreadableFile(N_("The file is neither XLSX nor CSV")) from None


def _decoded(contents: bytes) -> str:
    """UTF-8, else what Russian office programs write without asking."""
    for encoding in ("utf-8-sig", "cp1251"):
        try:
            text = contents.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise UnreadableFile(N_("The file is neither XLSX nor CSV"))


def _from_xlsx(contents: bytes) -> list[list[str]]:
    try:
        sheet = CalamineWorkbook.from_filelike(BytesIO(_unpacked(contents))).get_sheet_by_index(0)
        return [[_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    except _NO_XLSX:
        raise UnreadableFile(N_("The file is no XLSX that can be read")) from None


def _unpacked(contents: bytes) -> bytes:
    """The same workbook without compression, after it was measured."""
    parts = _parts(contents)
    shared = [lengths for part in parts.values() if b"si" in part and (lengths := _measured(shared_lengths, part))]
    if len(shared) > 1:
        raise zipfile.BadZipFile
    for part in parts.values():
        # A sheet may lie under any name, but it says what it is.
        if b"sheetData" in part:
            _measured(_sheet_measure(shared[0] if shared else []).check, part)
    clean = BytesIO()
    with zipfile.ZipFile(clean, "w") as plain:
        for name, part in parts.items():
            plain.writestr(name, part)
    return clean.getvalue()


def _parts(contents: bytes) -> dict[str, bytes]:
    """The parts that a table is made of, by name."""
    found, left = {}, MOST_UNPACKED_BYTES
    with zipfile.ZipFile(BytesIO(contents)) as packed:
        parts = [one for one in packed.infolist() if one.filename.endswith((".xml", ".rels"))]
        if len(parts) > MOST_PARTS or len({one.filename for one in parts}) < len(parts):
            raise zipfile.BadZipFile
        for part in parts:
            with packed.open(part) as source:
                text = source.read(left + 1)
            left -= len(text)
            if left < 0:
                raise UnreadableFile(_TOO_LARGE["letters"])
            # What is not written in single octets hides what it is.
            if b"\0" in text:
                raise zipfile.BadZipFile
            found[part.filename] = text
    return found


def _sheet_measure(shared: list[int]) -> SheetMeasure:
    return SheetMeasure(shared, most_lines=MOST_LINES, most_columns=MOST_COLUMNS, most_letters=MOST_UNPACKED_BYTES)


def _measured(measure: Callable[[bytes], M], part: bytes) -> M:
    try:
        return measure(part)
    except TooLarge as error:
        raise UnreadableFile(_TOO_LARGE[error.what]) from None
    except NoWorkbook:
        raise zipfile.BadZipFile from None


def _text(cell: object) -> str:
    """A number with the fifteen digits that a spreadsheet shows of it: 0.30000000000000004 was typed as 0.3."""
    if isinstance(cell, str):
        return cell.strip()
    try:
        return format(cell, ".15g")
    except (TypeError, ValueError):
        return str(cell)
