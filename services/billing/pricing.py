"""What each part of a message costs where volume decides: rows, the place of a part in its month. No SQL, no clock.

The policy is the top tier: each part costs what the first row says that holds at its own place, whatever the parts
before it have cost (decision 18).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contracts.billing import DebitItem
from contracts.tariffs import Tier
from services.billing.purse import Share

#: Months are counted in it until accounts tells of another.
DEFAULT_ZONE = "Europe/Moscow"

#: (mcc, mnc, type) of parts that are counted together. In sums an empty mnc is the whole country, an empty type all.
Direction = tuple[str, str, str]


@dataclass(slots=True)
class Portion:
    """Consecutive parts of a message with the same price; `shares` are who pays them, in the order of the parts."""

    parts: int
    price: int
    by_delivered: bool
    shares: list[Share] = field(default_factory=list)

    @property
    def amount(self) -> int:
        return self.parts * self.price


class Rate(NamedTuple):
    """A row for one message: it holds from the message's part number `start` on, counted from 0."""

    start: int
    price: int
    by_delivered: bool


@dataclass(slots=True)
class Counter:
    """Parts that an account has been charged in the month, summed for every row that may count them."""

    sums: dict[Direction, int] = field(default_factory=dict)

    def add(self, direction: Direction, parts: int) -> None:
        mcc, mnc, sms_type = direction
        # A set: of a direction without an operator, both sums over operators are one.
        for counted in {direction, (mcc, mnc, ""), (mcc, "", sms_type), (mcc, "", "")}:
            self.sums[counted] = self.sums.get(counted, 0) + parts

    def rates(self, rows: Iterable[Tier]) -> list[Rate]:
        """The rows as the next message meets them, the one that goes before the others first."""
        counted = self.sums.get
        rates = []
        for row in rows:
            lacking = row.from_nth - 1 - counted((row.mcc, row.mnc, row.sms_type), 0)
            rates.append(Rate(lacking if lacking > 0 else 0, row.price, row.by_delivered))
        return rates


def rate_at(rates: Sequence[Rate], offset: int, end: int) -> tuple[Rate | None, int]:
    """The first rate that holds at this part of the message, None if none does, and the part where that may change.

    Nothing changes from `end` on.
    """
    for rate in rates:
        if rate.start <= offset:
            return rate, end
        end = min(end, rate.start)
    return None, end


def portions_of(rates: Sequence[Rate], parts: int) -> list[Portion] | None:
    """The message in portions that nobody pays yet; None if a part has no price."""
    portions: list[Portion] = []
    offset = 0
    while offset < parts:
        rate, until = rate_at(rates, offset, parts)
        if rate is None:
            return None
        append(portions, Portion(until - offset, rate.price, rate.by_delivered))
        offset = until
    return portions


def append(portions: list[Portion], following: Portion) -> None:
    """Add a portion at the end, joined to the last one where price and terms are the same."""
    last = portions[-1] if portions else None
    if last is None or (last.price, last.by_delivered) != (following.price, following.by_delivered):
        portions.append(following)
        return
    last.parts += following.parts
    for package_id, amount in following.shares:
        joined = last.shares.pop()[1] if last.shares and last.shares[-1][0] == package_id else 0
        last.shares.append((package_id, joined + amount))


def matching(rows: Iterable[Tier], item: DebitItem) -> list[Tier]:
    """The individual prices of a package that may hold for the message, the one that goes before the others first.

    As in a tariff: operator before country, then a type before all types, then the greater number.
    """
    found = [
        row for row in rows if row.mcc == item.mcc and row.mnc in ("", item.mnc) and row.sms_type in ("", item.sms_type)
    ]
    return sorted(found, key=lambda row: (not row.mnc, not row.sms_type, -row.from_nth))


def part_prices(portions: Sequence[Portion]) -> list[int] | None:
    """The price of each part where they differ."""
    if len({portion.price for portion in portions}) < 2:
        return None
    return [portion.price for portion in portions for _ in range(portion.parts)]


def month_of(now: datetime, zone: str) -> date:
    """The first day of the calendar month that it is in the zone; one that this machine doesn't know is the default."""
    return now.astimezone(_zone(zone)).date().replace(day=1)


@lru_cache(maxsize=1_000)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(DEFAULT_ZONE)
