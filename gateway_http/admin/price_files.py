"""A tariff as a file: XLSX and CSV, out and in again, with a header row in the reader's language."""

from collections.abc import Sequence

from eventlet import tpool
from flask import Response
from flask_babel import gettext

from contracts.tariffs import Tariff, TariffRow
from gateway_http import spreadsheets
from gateway_http.admin.price_table import MOST_ROWS, PriceTable
from gateway_http.admin.price_table_fields import (
    Unreadable,
    by_delivered_of,
    from_nth_of,
    price_of,
    sms_type_of,
)
from gateway_http.admin.tariff_directions import Directions
from gateway_http.downloads import attachment
from gateway_http.i18n import N_
from gateway_http.spreadsheets import Sheet, UnreadableFile
from gateway_http.states import SMS_TYPES
from kit.money import to_decimal

#: A table of as many rows as a tariff may have fits several times.
MOST_BYTES = 900_000

DIRECTION, MCC, MNC, TYPE, DELIVERED, FROM_NTH, PRICE = COLUMNS = (
    N_("Direction"),
    "MCC",
    "MNC",
    N_("SMS type"),
    N_("By delivered"),
    N_("Holds from which SMS"),
    N_("Unit price"),
)


def price_file(tariff: Tariff, directions: Directions, kind: str) -> Response:
    """`kind`: csv, or anything else for XLSX."""
    sheet = Sheet(tariff.name, [gettext(name) for name in COLUMNS], [_cells(row, directions) for row in tariff.rows])
    return as_download(sheet, kind)


def as_download(sheet: Sheet, kind: str) -> Response:
    if kind == "csv":
        contents, mimetype = tpool.execute(spreadsheets.write_csv, sheet), spreadsheets.CSV_TYPE
    else:
        kind, mimetype = "xlsx", spreadsheets.XLSX_TYPE
        contents = tpool.execute(spreadsheets.write_xlsx, sheet)
    return attachment(contents, mimetype, f"{sheet.name}.{kind}")


def _cells(row: TariffRow, directions: Directions) -> list[spreadsheets.Cell]:
    return [
        directions.names.get(f"{row.mcc}-{row.mnc}", ""),
        row.mcc,
        row.mnc,
        gettext(SMS_TYPES[row.sms_type]) if row.sms_type in SMS_TYPES else row.sms_type,
        gettext("yes") if row.by_delivered else gettext("no"),
        row.from_nth,
        to_decimal(row.price),
    ]


def read_price_file(contents: bytes, directions: Directions, *, by_delivered: bool) -> PriceTable:
    """Rows of a file; each problem names the line and the column. `by_delivered` holds where the file doesn't say."""
    table = PriceTable()
    if len(contents) > MOST_BYTES:
        table.problems.append(gettext("The file has more than %(number)s kB.", number=MOST_BYTES // 1000))
        return table
    try:
        lines = tpool.execute(spreadsheets.read_table, contents)
    except UnreadableFile as problem:
        table.problems.append(f"{gettext(str(problem))}.")
        return table
    header = _header(lines[0] if lines else [])
    if PRICE not in header or not {MCC, DIRECTION} & set(header):
        wanted = ", ".join(gettext(name) for name in COLUMNS)
        table.problems.append(gettext("The first line must name the columns: %(columns)s.", columns=wanted))
        return table
    for number, cells in enumerate(lines[1:], 2):
        if any(cells) and len(table.rows) <= MOST_ROWS:
            _add(table, number, _Line(header, cells, directions, by_delivered))
    if not table.rows and not table.problems:
        table.problems.append(gettext("The file has no rows."))
    return table.close()


def _header(cells: Sequence[str]) -> dict[str, int]:
    """Column → its place; in the reader's language or in English, in any letters."""
    names = {name.casefold(): name for name in COLUMNS} | {gettext(name).casefold(): name for name in COLUMNS}
    found: dict[str, int] = {}
    for place, cell in enumerate(cells):
        name = names.get(cell.casefold())
        if name is not None:
            found.setdefault(name, place)
    return found


class _Line:
    """One line of a file; `at` is the column that is being read, for a problem to name it."""

    def __init__(self, header: dict[str, int], cells: Sequence[str], known: Directions, by_delivered: bool) -> None:
        self._header, self._cells, self._known, self._by_delivered = header, cells, known, by_delivered
        self.at = ""

    def _cell(self, name: str) -> str:
        self.at = name
        place = self._header.get(name, len(self._cells))
        return self._cells[place] if place < len(self._cells) else ""

    def row(self) -> TariffRow:
        mcc, mnc = self._direction()
        return TariffRow(
            mcc=mcc,
            mnc=mnc,
            sms_type=sms_type_of(self._cell(TYPE)),
            by_delivered=by_delivered_of(self._cell(DELIVERED), self._by_delivered),
            from_nth=from_nth_of(self._cell(FROM_NTH)),
            price=price_of(self._cell(PRICE)),
        )

    def _direction(self) -> tuple[str, str]:
        """Codes go before the name; a spreadsheet takes the MNC 01 for the number 1."""
        mcc = self._cell(MCC)
        if mcc:
            if not (mcc.isascii() and mcc.isdigit() and len(mcc) == 3):
                raise Unreadable(gettext("An MCC has three digits"))
            mnc = self._cell(MNC)
            if mnc and not (mnc.isascii() and mnc.isdigit() and len(mnc) <= 3):
                raise Unreadable(gettext("An MNC has two or three digits"))
            return mcc, mnc.zfill(2) if mnc else ""
        found = self._known.parse(self._cell(DIRECTION))
        if found is None:
            raise Unreadable(gettext("Choose a direction of the list"))
        return found


def _add(table: PriceTable, number: int, line: _Line) -> None:
    try:
        table.add(number, line.row())
    except Unreadable as problem:
        where = gettext(
            "Line %(number)s, column «%(column)s»: %(problem)s.",
            number=number,
            column=gettext(line.at),
            problem=str(problem)[:1].lower() + str(problem)[1:],
        )
        table.problems.append(where)
