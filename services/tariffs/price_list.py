"""Price lists: which rows of a tariff may hold for a message, the one that goes before the others first.

| a row of the tariff names  | holds for                                   | goes before |
| -------------------------- | ------------------------------------------- | ----------- |
| operator, type             | messages of that type to that operator      | all below   |
| operator, any type         | all other messages to that operator         | all below   |
| country, type              | messages of that type to its other operators| the next    |
| country, any type          | everything else to the country              |             |

Rows that name the same and start at different SMS of the month: the later start goes before the earlier one. A row holds
from its `from_nth` SMS on, counted over what the row itself names. A number whose operator has no MNC is priced by the
country's rows. No row, no price.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from contracts.tariffs import SMS_TYPES, TariffRow, Tier

RowKey = tuple[str, str, str]
ANY_TYPE = ""
_TYPES = frozenset(SMS_TYPES)


@dataclass(slots=True, frozen=True)
class Price:
    """Per part in 1/10,000; `by_delivered`: only what is delivered is charged.

    With `tiers` volume decides, and the price is that of the last of them. Price lists share them: nobody changes them.
    """

    amount: int
    by_delivered: bool
    tiers: list[Tier] | None = None


@dataclass(slots=True, frozen=True)
class PriceList:
    """The ready answers of one version of a tariff, by (MCC, MNC, type)."""

    tariff_id: str
    prices: dict[RowKey, Price]

    def price(self, mcc: str, mnc: str, sms_type: str) -> Price | None:
        """What the rows say of a message; None where no row matches it, at whatever place in the month."""
        if sms_type not in _TYPES:
            sms_type = ANY_TYPE
        price = self.prices.get((mcc, mnc, sms_type))
        return self.prices.get((mcc, "", sms_type)) if price is None else price


def price_list(tariff_id: str, rows: Iterable[TariffRow]) -> PriceList:
    """An answer is made for every direction that a row names, and for the country of each: there are some hundreds."""
    groups: defaultdict[RowKey, list[TariffRow]] = defaultdict(list)
    for row in sorted(rows, key=lambda one: -one.from_nth):
        groups[row.mcc, row.mnc, row.sms_type].append(row)
    directions = {(mcc, named) for mcc, mnc, _ in groups for named in (mnc, "")}
    answers = {
        (mcc, mnc, sms_type): _price(matching_rows(groups, mcc, mnc, sms_type))
        for mcc, mnc in directions
        for sms_type in (*SMS_TYPES, ANY_TYPE)
    }
    return PriceList(tariff_id, {key: price for key, price in answers.items() if price is not None})


def matching_rows(groups: dict[RowKey, list[TariffRow]], mcc: str, mnc: str, sms_type: str) -> list[TariffRow]:
    """In order of precedence, up to the first one that always holds: nothing after it can."""
    found = []
    for key in dict.fromkeys(((mcc, mnc, sms_type), (mcc, mnc, ""), (mcc, "", sms_type), (mcc, "", ""))):
        for row in groups.get(key, ()):
            found.append(row)
            if row.from_nth == 1:
                return found
    return found


def _price(rows: list[TariffRow]) -> Price | None:
    if not rows:
        return None
    last = rows[-1]
    flat = len(rows) == 1 and last.from_nth == 1
    return Price(last.price, last.by_delivered, None if flat else [_tier(row) for row in rows])


def _tier(row: TariffRow) -> Tier:
    return Tier(
        from_nth=row.from_nth,
        price=row.price,
        by_delivered=row.by_delivered,
        mcc=row.mcc,
        mnc=row.mnc,
        sms_type=row.sms_type,
    )
