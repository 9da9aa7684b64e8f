"""A tariff as a pasted table: a line per direction, `MCC MNC price`, or `MCC price` for a whole country.

After the price a line may name the type of message the price is for, `delivered` or `sent` where it differs from the
rest of the tariff, and the SMS of the month it holds from (`from 1000`, «с 1000»): so that every tariff can be written
as a table and read again without a loss.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from flask_babel import gettext

from contracts.tariffs import SMS_TYPES, TariffRow
from gateway_http.admin.price_table_fields import Unreadable, from_nth_of, price_of
from gateway_http.sentences import told_errors
from kit.money import format_money

MOST_ROWS = 5_000
MOST_PROBLEMS = 5

_ROW_POINTER = re.compile(r"/rows/([0-9]{1,6})(?:/|$)")
#: The price of a whole country needs its decimals: `250 99` is rather a line whose price was forgotten.
_LINE = re.compile(
    r"(?P<mcc>[0-9]{3})\s+(?:(?P<mnc>[0-9]{2,3})\s+(?P<price>[0-9.,]+)|(?P<country>[0-9]+[.,][0-9]+))"
    rf"(?:\s+(?P<type>{'|'.join(SMS_TYPES)}))?(?:\s+(?P<charged>delivered|sent))?(?:\s+(?:from|с)\s+(?P<nth>[0-9]+))?"
)

Key = tuple[str, str, str, int]


@dataclass(slots=True)
class PriceTable:
    """Rows with the line each stands in, and a sentence for each of the first few problems."""

    rows: list[TariffRow] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    seen: dict[Key, int] = field(default_factory=dict)

    def add(self, line: int, row: TariffRow) -> None:
        """A row twice is a problem, not a choice."""
        first = self.seen.setdefault(key_of(row), line)
        if first != line:
            self.problems.append(gettext("Line %(number)s repeats the direction of an earlier one.", number=line))
            return
        self.rows.append(row)
        self.lines.append(line)

    def close(self) -> "PriceTable":
        if len(self.rows) > MOST_ROWS:
            self.problems.append(gettext("A tariff has at most %(number)s rows.", number=MOST_ROWS))
        del self.problems[MOST_PROBLEMS:]
        return self


def key_of(row: TariffRow) -> Key:
    """What a tariff has at most one row of."""
    return (row.mcc, row.mnc, row.sms_type, row.from_nth)


def read_prices(written: str, *, by_delivered: bool) -> PriceTable:
    table = PriceTable()
    for number, line in enumerate(written.splitlines(), 1):
        if not line.strip():
            continue
        try:
            table.add(number, _row(line, by_delivered))
        except Unreadable as problem:
            table.problems.append(gettext("Line %(number)s: %(problem)s.", number=number, problem=_small(str(problem))))
        except ValueError:
            table.problems.append(gettext("Line %(number)s is not «MCC MNC price».", number=number))
    return table.close()


def parse_prices(written: str, *, by_delivered: bool) -> tuple[list[TariffRow], list[str]]:
    """Rows, and a sentence for each of the first few lines that are none."""
    table = read_prices(written, by_delivered=by_delivered)
    return table.rows, table.problems


def _row(line: str, by_delivered: bool) -> TariffRow:
    match = _LINE.fullmatch(line.strip().replace(";", "\t"))
    if match is None:
        raise ValueError(line)
    return TariffRow(
        mcc=match["mcc"],
        mnc=match["mnc"] or "",
        sms_type=match["type"] or "",
        by_delivered=match["charged"] == "delivered" if match["charged"] else by_delivered,
        price=price_of(match["price"] or match["country"]),
        from_nth=from_nth_of(match["nth"] or ""),
    )


def told_rows(errors: object, lines: Sequence[int], field_name: str = "prices") -> list[dict[str, str]]:
    """What tariffs says of rows, as one error at the table that names the lines; what it says of the name stays apart."""
    told, about_rows = [], []
    for one in told_errors(errors):
        row = _ROW_POINTER.match(one.get("pointer", ""))
        if row is None or int(row[1]) >= len(lines):
            told.append(one)
        else:
            problem = _small(one["detail"])
            about_rows.append(gettext("Line %(number)s: %(problem)s.", number=lines[int(row[1])], problem=problem))
    if about_rows:
        told.append({"pointer": f"/{field_name}", "code": "invalid", "detail": " ".join(about_rows[:MOST_PROBLEMS])})
    return told


def _small(sentence: str) -> str:
    """As it stands after a colon; a sentence that begins with an abbreviation keeps its letters."""
    return sentence if sentence[1:2].isupper() else f"{sentence[:1].lower()}{sentence[1:]}"


def written_prices(rows: list[TariffRow], *, by_delivered: bool) -> str:
    """The table that gives these rows again when it is read with the same `by_delivered`."""
    return "\n".join(_written(row, by_delivered) for row in rows)


def _written(row: TariffRow, by_delivered: bool) -> str:
    differs = "" if row.by_delivered == by_delivered else "delivered" if row.by_delivered else "sent"
    since = f"from {row.from_nth}" if row.from_nth > 1 else ""
    words = (row.mcc, row.mnc, format_money(row.price), row.sms_type, differs, since)
    return " ".join(word for word in words if word)
