"""A tariff as a pasted table: a line per direction, `MCC MNC price`, or `MCC price` for a whole country.

After the price a line may name the type of message the price is for, and `delivered` or `sent` where it differs from the
rest of the tariff: so that every tariff can be written as a table and read again without a loss.
"""

import re

from flask_babel import gettext

from contracts.tariffs import SMS_TYPES, TariffRow
from gateway_http.sentences import told_errors
from kit.money import format_money, parse_money

MOST_ROWS = 5_000
MOST_PROBLEMS = 5

_ROW_POINTER = re.compile(r"/rows/([0-9]{1,6})(?:/|$)")
#: The price of a whole country needs its decimals: `250 99` is rather a line whose price was forgotten.
_LINE = re.compile(
    r"(?P<mcc>[0-9]{3})\s+(?:(?P<mnc>[0-9]{2,3})\s+(?P<price>[0-9.,]+)|(?P<country>[0-9]+[.,][0-9]+))"
    rf"(?:\s+(?P<type>{'|'.join(SMS_TYPES)}))?(?:\s+(?P<charged>delivered|sent))?"
)


def parse_prices(written: str, *, by_delivered: bool) -> tuple[list[TariffRow], list[str]]:
    """Rows, and a sentence for each of the first few lines that are none. A line twice is a problem, not a choice."""
    rows: dict[tuple[str, str, str], TariffRow] = {}
    problems: list[str] = []
    for number, line in enumerate(written.splitlines(), 1):
        if not line.strip():
            continue
        row = _row(line, by_delivered)
        if row is None:
            problems.append(gettext("Line %(number)s is not «MCC MNC price».", number=number))
        elif rows.setdefault((row.mcc, row.mnc, row.sms_type), row) is not row:
            problems.append(gettext("Line %(number)s repeats the direction of an earlier one.", number=number))
    if len(rows) > MOST_ROWS:
        problems.append(gettext("A tariff has at most %(number)s rows.", number=MOST_ROWS))
    return list(rows.values()), problems[:MOST_PROBLEMS]


def told_rows(errors: object, written: str) -> list[dict[str, str]]:
    """What tariffs says of rows, as one error at the table that names the lines; what it says of the name stays apart."""
    lines = [number for number, line in enumerate(written.splitlines(), 1) if line.strip()]
    told, about_rows = [], []
    for one in told_errors(errors):
        row = _ROW_POINTER.match(one.get("pointer", ""))
        if row is None or int(row[1]) >= len(lines):
            told.append(one)
        else:
            problem = f"{one['detail'][:1].lower()}{one['detail'][1:]}"
            about_rows.append(gettext("Line %(number)s: %(problem)s.", number=lines[int(row[1])], problem=problem))
    if about_rows:
        told.append({"pointer": "/prices", "code": "invalid", "detail": " ".join(about_rows[:MOST_PROBLEMS])})
    return told


def _row(line: str, by_delivered: bool) -> TariffRow | None:
    match = _LINE.fullmatch(line.strip().replace(";", "\t"))
    if match is None:
        return None
    try:
        price = parse_money(match["price"] or match["country"])
    except ValueError:
        return None
    charged = match["charged"] == "delivered" if match["charged"] else by_delivered
    return TariffRow(
        mcc=match["mcc"], mnc=match["mnc"] or "", sms_type=match["type"] or "", by_delivered=charged, price=price
    )


def written_prices(rows: list[TariffRow], *, by_delivered: bool) -> str:
    """The table that gives these rows again when it is read with the same `by_delivered`."""
    return "\n".join(_written(row, by_delivered) for row in rows)


def _written(row: TariffRow, by_delivered: bool) -> str:
    differs = "" if row.by_delivered == by_delivered else "delivered" if row.by_delivered else "sent"
    words = (row.mcc, row.mnc, format_money(row.price), row.sms_type, differs)
    return " ".join(word for word in words if word)
