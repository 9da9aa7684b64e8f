"""Price lists: which row of a tariff holds for a message, and which rows a tariff may have.

| a row of the tariff names  | holds for                                   | goes before |
| -------------------------- | ------------------------------------------- | ----------- |
| operator, type             | messages of that type to that operator      | all below   |
| operator, any type         | all other messages to that operator         | all below   |
| country, type              | messages of that type to its other operators| the next    |
| country, any type          | everything else to the country              |             |

A number whose operator has no MNC is priced by the country's rows. No row, no price.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from contracts.errors import Malformed
from contracts.tariffs import SMS_TYPES, TariffRow
from kit.money import MINOR_PER_UNIT

MOST_ROWS = 5_000
MOST_NAME_CHARACTERS = 100
MOST_PRICE = 1_000_000 * MINOR_PER_UNIT

RowKey = tuple[str, str, str]


@dataclass(slots=True, frozen=True)
class Price:
    """Per part in 1/10,000; `by_delivered`: only what is delivered is charged."""

    amount: int
    by_delivered: bool


@dataclass(slots=True, frozen=True)
class PriceList:
    """The rows of one tariff by (MCC, MNC, type)."""

    tariff_id: str
    prices: dict[RowKey, Price]

    def price(self, mcc: str, mnc: str, sms_type: str) -> Price | None:
        """The most specific row: operator before country, then the type before any type."""
        for key in ((mcc, mnc, sms_type), (mcc, mnc, ""), (mcc, "", sms_type), (mcc, "", "")):
            if (price := self.prices.get(key)) is not None:
                return price
        return None


def price_list(tariff_id: str, rows: Iterable[TariffRow]) -> PriceList:
    return PriceList(tariff_id, {(row.mcc, row.mnc, row.sms_type): Price(row.price, row.by_delivered) for row in rows})


def check_name(name: str) -> str:
    """The name without surrounding spaces; `Malformed` at `/name`."""
    tidy = " ".join(name.split())
    if not tidy or len(tidy) > MOST_NAME_CHARACTERS or not tidy.isprintable():
        raise _malformed([_error("/name", "invalid", f"a tariff's name has 1 to {MOST_NAME_CHARACTERS} characters")])
    return tidy


def check_rows(rows: Sequence[TariffRow], directions: set[tuple[str, str]]) -> None:
    """`Malformed` with a pointer `/rows/<index>/<field>` for each row that contradicts itself, another, or the plan."""
    if len(rows) > MOST_ROWS:
        raise _malformed([_error("/rows", "too_many", f"a tariff has at most {MOST_ROWS} rows")])
    errors = []
    seen: dict[RowKey, int] = {}
    for index, row in enumerate(rows):
        errors += [_error(f"/rows/{index}/{field}", code, text) for field, code, text in _row_errors(row, directions)]
        first = seen.setdefault((row.mcc, row.mnc, row.sms_type), index)
        if first != index:
            text = f"row {index + 1} says the same direction and type as row {first + 1}"
            errors.append(_error(f"/rows/{index}/mcc", "duplicate", text))
    if errors:
        raise _malformed(errors)


def _row_errors(row: TariffRow, directions: set[tuple[str, str]]) -> list[tuple[str, str, str]]:
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
    return errors


def _error(pointer: str, code: str, detail: str) -> dict[str, str]:
    return {"pointer": pointer, "code": code, "detail": detail}


def _malformed(errors: list[dict[str, str]]) -> Malformed:
    return Malformed(f"The tariff was not saved: {errors[0]['detail']}.", {"errors": errors})
