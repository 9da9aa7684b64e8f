"""A workbook with one long page, written row by row onto the disk. All of it is CPU: call it through `eventlet.tpool`."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

from xlsxwriter import Workbook

from gateway_http.spreadsheets import Cell, sheet_name


class LongSheet:
    """`add` batches of rows, then `close` gives the path. Texts stay texts, whatever they begin with."""

    def __init__(self, folder: str, title: str, header: Sequence[str], widths: Sequence[int]) -> None:
        self._path = str(Path(folder) / "table.xlsx")
        options = {"constant_memory": True, "tmpdir": folder, "strings_to_formulas": False, "strings_to_urls": False}
        self._book = Workbook(self._path, options)
        self._money = self._book.add_format({"num_format": "#,##0.00##"})
        bold = self._book.add_format({"bold": True})
        self._page = self._book.add_worksheet(sheet_name(title))
        self._page.freeze_panes(1, 0)
        for column, width in enumerate(widths):
            self._page.set_column(column, column, width)
        for column, name in enumerate(header):
            self._page.write_string(0, column, name, bold)
        self._line = 0

    def add(self, rows: Iterable[Sequence[Cell]]) -> None:
        for row in rows:
            self._line += 1
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    self._page.write_string(self._line, column, cell)
                else:
                    self._page.write_number(
                        self._line, column, cell, self._money if isinstance(cell, Decimal) else None
                    )

    def close(self) -> str:
        self._book.close()
        return self._path
