"""Individual prices of a package: rows as a tariff has them, that go before it. No SQL, no clock."""

import re
from collections.abc import Iterator, Sequence

from contracts.tariffs import SMS_TYPES, TariffRow
from kit.money import MINOR_PER_UNIT
from services.billing.checks import Problems

MOST_PRICES = 200
MOST_PRICE = 1_000_000 * MINOR_PER_UNIT
MOST_NTH = 2**31 - 1

_is_mcc = re.compile(r"[0-9]{3}").fullmatch
_is_mnc = re.compile(r"(?:[0-9]{2,3})?").fullmatch


def check_prices(problems: Problems, prices: Sequence[TariffRow]) -> None:
    """Every row that breaks a rule or says what another one says, at `/prices/<index>/<field>`."""
    problems.require(len(prices) <= MOST_PRICES, "/prices", f"a package has at most {MOST_PRICES} individual prices")
    seen: dict[tuple[str, str, str, int], int] = {}
    for index, row in enumerate(prices[:MOST_PRICES]):
        for name, fulfilled, rule in _rules(row):
            problems.require(fulfilled, f"/prices/{index}/{name}", rule)
        first = seen.setdefault((row.mcc, row.mnc, row.sms_type, row.from_nth), index)
        rule = f"row {index + 1} says the same direction, type and number as row {first + 1}"
        problems.require(first == index, f"/prices/{index}/mcc", rule)


def _rules(row: TariffRow) -> Iterator[tuple[str, bool, str]]:
    yield "mcc", _is_mcc(row.mcc) is not None, "an MCC has three digits"
    yield "mnc", _is_mnc(row.mnc) is not None, "an MNC has two or three digits, or is empty for the whole country"
    types = ", ".join(SMS_TYPES)
    yield "sms_type", row.sms_type in ("", *SMS_TYPES), f"a type of SMS is empty or one of {types}"
    yield "from_nth", 1 <= row.from_nth <= MOST_NTH, f"the SMS it holds from is a number from 1 to {MOST_NTH}"
    yield "price", row.price >= 0, "a price is not negative"
    yield "price", row.price <= MOST_PRICE, f"a price per part is at most {MOST_PRICE // MINOR_PER_UNIT}"
