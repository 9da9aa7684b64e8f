"""Money is an integer of 1/10,000 of the currency ("minor"); this is the one place that converts it."""

import re
from decimal import Decimal

MINOR_PER_UNIT = 10_000
CURRENCY = "RUB"
#: What fits a BIGINT column with room for sums.
MOST_MINOR = 10**17

_GROUPED = re.compile(r"[0-9]{1,3}(?:[ \u00a0\u202f][0-9]{3}){1,4}(?=[.,]|$)")
_WRITTEN = re.compile(r"[0-9]{1,13}(?:[.,][0-9]{1,4})?")


def parse_money(text: str) -> int:
    """Minor units of `0,80`, `0.80` or `1 200`; `ValueError` with a sentence for anything else, a sign included.

    Spaces count only between groups of three digits: `250 99` may be two sums, or 250,99 without its comma.
    """
    compact = text.strip(" \u00a0\u202f")
    if _GROUPED.match(compact):
        compact = re.sub(r"[ \u00a0\u202f]", "", compact)
    if not _WRITTEN.fullmatch(compact):
        raise ValueError("a sum is a number with at most four decimals, such as 0,80")
    return int(Decimal(compact.replace(",", ".")) * MINOR_PER_UNIT)


def to_decimal(minor: int) -> Decimal:
    return Decimal(minor) / MINOR_PER_UNIT


def format_money(minor: int, least_decimals: int = 2) -> str:
    """A decimal string with a point, two to four decimals, exact: 8000 -> `0.80`, 5 -> `0.0005`."""
    sign, whole, fraction = "-" if minor < 0 else "", *divmod(abs(minor), MINOR_PER_UNIT)
    digits = f"{fraction:04d}".rstrip("0").ljust(least_decimals, "0")
    return f"{sign}{whole}.{digits}"
