"""A tariff as a pasted table: a line per direction, `MCC MNC price`, or `MCC price` for a whole country."""

import re

from flask_babel import gettext

from contracts.tariffs import TariffRow
from kit.money import format_money, parse_money

MOST_ROWS = 5_000
MOST_PROBLEMS = 5

_CODE = re.compile(r"[0-9]{2,3}")


def parse_prices(written: str, *, by_delivered: bool) -> tuple[list[TariffRow], list[str]]:
    """Rows, and a sentence for each of the first few lines that are none. A line twice is a problem, not a choice."""
    rows: dict[tuple[str, str], TariffRow] = {}
    problems: list[str] = []
    for number, line in enumerate(written.splitlines(), 1):
        if not line.strip():
            continue
        row = _row(line, by_delivered)
        if row is None:
            problems.append(gettext("Line %(number)s is not «MCC MNC price».", number=number))
        elif rows.setdefault((row.mcc, row.mnc), row) is not row:
            problems.append(gettext("Line %(number)s repeats the direction of an earlier one.", number=number))
    if len(rows) > MOST_ROWS:
        problems.append(gettext("A tariff has at most %(number)s rows.", number=MOST_ROWS))
    return list(rows.values()), problems[:MOST_PROBLEMS]


def _row(line: str, by_delivered: bool) -> TariffRow | None:
    words = re.split(r"[\t; ]+", line.strip())
    if len(words) not in (2, 3):
        return None
    mcc, mnc, price = (words[0], words[1] if len(words) == 3 else "", words[-1])
    if len(mcc) != 3 or not _CODE.fullmatch(mcc) or (mnc and not _CODE.fullmatch(mnc)):
        return None
    try:
        minor = parse_money(price)
    except ValueError:
        return None
    return TariffRow(mcc=mcc, mnc=mnc, sms_type="", by_delivered=by_delivered, price=minor)


def written_prices(rows: list[TariffRow]) -> str:
    """The table that gives these rows again."""
    return "\n".join(f"{row.mcc}\t{row.mnc}\t{format_money(row.price)}" for row in rows)
