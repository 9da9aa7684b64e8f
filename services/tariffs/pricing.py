"""What a tariff may be called and which rows it may have."""

from collections import Counter
from collections.abc import Sequence

from contracts.errors import NotFound
from contracts.tariffs import SMS_TYPES, TariffRow
from kit.money import MINOR_PER_UNIT
from services.tariffs.checks import error, malformed
from services.tariffs.price_list import RowKey

MOST_ROWS = 5_000
#: Rows of one direction and type that differ in their start. All that match a message travel with its quote.
MOST_TIERS = 10
MOST_FROM_NTH = 1_000_000_000
MOST_NAME_CHARACTERS = 100
MOST_PRICE = 1_000_000 * MINOR_PER_UNIT

_TOO_MANY_ROWS = error("/rows", "too_many", f"a tariff has at most {MOST_ROWS} rows")

Directions = frozenset[tuple[str, str]] | set[tuple[str, str]]


def check_name(name: str) -> str:
    """The name without surrounding spaces; `Malformed` at `/name`."""
    tidy = " ".join(name.split()) if type(name) is str else ""
    if not tidy or len(tidy) > MOST_NAME_CHARACTERS or not tidy.isprintable():
        raise malformed([error("/name", "invalid", f"a tariff's name has 1 to {MOST_NAME_CHARACTERS} characters")])
    return tidy


def check_rows(rows: Sequence[TariffRow], directions: Directions) -> None:
    """`Malformed` with a pointer `/rows/<index>/<field>` for each row that contradicts itself, another, or the plan."""
    if len(rows) > MOST_ROWS:
        raise malformed([_TOO_MANY_ROWS])
    errors = []
    seen: dict[tuple[RowKey, int], int] = {}
    tiers: Counter[RowKey] = Counter()
    for index, row in enumerate(rows):
        errors += [error(f"/rows/{index}/{field}", code, text) for field, code, text in _row_errors(row, directions)]
        key = (row.mcc, row.mnc, row.sms_type)
        first = seen.setdefault((key, row.from_nth), index)
        if first != index:
            text = f"row {index + 1} says the same direction and type as row {first + 1}"
            errors.append(error(f"/rows/{index}/mcc", "duplicate", text))
        tiers[key] += 1
        if tiers[key] == MOST_TIERS + 1:
            errors.append(_too_many_tiers(index))
    if errors:
        raise malformed(errors)


def _row_errors(row: TariffRow, directions: Directions) -> list[tuple[str, str, str]]:
    errors = []
    if (row.mcc, "") not in directions:
        errors.append(("mcc", "unknown_direction", f"no country has the MCC {row.mcc!r}"))
    elif (row.mcc, row.mnc) not in directions:
        errors.append(("mnc", "unknown_direction", f"no operator has the MNC {row.mnc!r} in MCC {row.mcc}"))
    if row.sms_type and row.sms_type not in SMS_TYPES:
        errors.append(("sms_type", "unknown_type", f"a type of SMS is empty or one of {', '.join(SMS_TYPES)}"))
    if row.price < 0:
        errors.append(("price", "negative", "a price is not negative"))
    elif row.price > MOST_PRICE:
        errors.append(("price", "too_large", f"a price per part is at most {MOST_PRICE // MINOR_PER_UNIT}"))
    if not 1 <= row.from_nth <= MOST_FROM_NTH:
        errors.append(("from_nth", "invalid", f"a row holds from the SMS number 1 to {MOST_FROM_NTH} of the month on"))
    return errors


def with_row(rows: Sequence[TariffRow], row: TariffRow) -> list[TariffRow]:
    """The rows with this one in place of the one of the same key, or at the end; `Malformed` when it is one too many."""
    changed = [*(one for one in rows if row_key(one) != row_key(row)), row]
    if len(changed) > MOST_ROWS:
        raise malformed([_TOO_MANY_ROWS])
    if sum(row_key(one)[:3] == row_key(row)[:3] for one in changed) > MOST_TIERS:
        raise malformed([_too_many_tiers(0)])
    return changed


def without_row(rows: Sequence[TariffRow], key: tuple[str, str, str, int]) -> list[TariffRow]:
    """`NotFound` where no row has the key."""
    rest = [one for one in rows if row_key(one) != key]
    if len(rest) == len(rows):
        raise NotFound("The tariff has no such row.")
    return rest


def same_rows(some: Sequence[TariffRow], others: Sequence[TariffRow]) -> bool:
    """Whether both say the same, in any order."""
    return sorted(some, key=row_key) == sorted(others, key=row_key)


def row_key(row: TariffRow) -> tuple[str, str, str, int]:
    """(MCC, MNC, type, start): a version of a tariff has at most one row of each."""
    return (row.mcc, row.mnc, row.sms_type, row.from_nth)


def _too_many_tiers(index: int) -> dict[str, str]:
    text = f"a direction and type has at most {MOST_TIERS} rows that start at different SMS"
    return error(f"/rows/{index}/from_nth", "too_many", text)
