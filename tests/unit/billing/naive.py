"""The rules of prices by part, one part at a time: slow, and short enough to be seen to be right."""

from dataclasses import dataclass, field

from contracts.billing import DebitItem
from contracts.tariffs import Tier
from services.billing.pricing import Portion

#: (price, by delivered, what each package pays of it).
PaidPart = tuple[int, bool, dict[str | None, int]]


@dataclass(slots=True)
class Package:
    id: str
    room: int
    unlimited: bool = False
    usable: bool = True
    prices: list[Tier] = field(default_factory=list)


@dataclass(slots=True)
class Office:
    """`history` are the directions and types of all parts of the month."""

    packages: list[Package]
    partner_room: int
    history: list[tuple[str, str, str]] = field(default_factory=list)

    def debit(self, item: DebitItem) -> list[PaidPart] | str:
        """What each part costs and who pays it, or the refusal."""
        rooms, partner_room = [package.room for package in self.packages], self.partner_room
        paid = self._sell(item)
        refusal = paid if isinstance(paid, str) else self._buy(item)
        if refusal is None:
            self.history += [(item.mcc, item.mnc, item.sms_type)] * item.parts
            return paid
        for package, room in zip(self.packages, rooms, strict=True):
            package.room = room
        self.partner_room = partner_room
        return refusal  # type: ignore[return-value]

    def _sell(self, item: DebitItem) -> list[PaidPart] | str:
        paid = []
        for number in range(item.parts):
            part = self._sell_part(item, number)
            if isinstance(part, str):
                return part
            paid.append(part)
        return paid

    def _sell_part(self, item: DebitItem, number: int) -> PaidPart | str:
        tariff = self._tariff(item.sell_tiers, item.sell_price, item.by_delivered, item, number)
        usable = [one for one in self.packages if one.usable]
        own = {one.id: self._in_force(in_order(one.prices, item), item, number) for one in usable}
        able = [one for one in usable if one.unlimited or one.room > 0]
        sharing = [one for one in able if own[one.id] is None]
        shared = tariff is not None and (
            any(one.unlimited for one in sharing) or sum(one.room for one in sharing) >= tariff[0]
        )
        for package in able:
            price = own[package.id]
            if price is None:
                if tariff is not None and shared:
                    return *tariff, share(sharing, tariff[0])
            elif package.unlimited or package.room >= price[0]:
                return *price, share([package], price[0])
        if tariff is not None and tariff[0] == 0:
            return *tariff, {}
        return "funds" if tariff is not None or any(own.values()) else "no_price"

    def _buy(self, item: DebitItem) -> str | None:
        for number in range(item.parts):
            tariff = self._tariff(item.buy_tiers, item.buy_price, item.buy_by_delivered, item, number)
            if tariff is None:
                return "no_buy_price"
            self.partner_room -= tariff[0]
        return "partner_funds" if self.partner_room < 0 else None

    def _tariff(
        self, tiers: list[Tier] | None, price: int, by_delivered: bool, item: DebitItem, number: int
    ) -> tuple[int, bool] | None:
        return (price, by_delivered) if tiers is None else self._in_force(tiers, item, number)

    def _in_force(self, rows: list[Tier], item: DebitItem, number: int) -> tuple[int, bool] | None:
        for row in rows:
            before = [
                (mcc, mnc, sms_type)
                for mcc, mnc, sms_type in self.history
                if mcc == row.mcc and row.mnc in ("", mnc) and row.sms_type in ("", sms_type)
            ]
            if len(before) + number + 1 >= row.from_nth:
                return row.price, row.by_delivered
        return None


def in_order(rows: list[Tier], item: DebitItem) -> list[Tier]:
    """The four kinds of rows in the order of precedence, each with the greatest number first."""
    ordered = []
    for mnc, sms_type in ((item.mnc, item.sms_type), (item.mnc, ""), ("", item.sms_type), ("", "")):
        kind = [row for row in rows if (row.mcc, row.mnc, row.sms_type) == (item.mcc, mnc, sms_type)]
        ordered += sorted(kind, key=lambda row: -row.from_nth)
    return ordered


def share(packages: list[Package], price: int) -> dict[str | None, int]:
    paid: dict[str | None, int] = {}
    for package in packages:
        amount = price if package.unlimited else min(price, package.room)
        if amount > 0:
            paid[package.id] = amount
            package.room -= amount
            price -= amount
    return paid


def part_by_part(portions: list[Portion]) -> list[PaidPart]:
    """Portions as the naive rules tell them."""
    parts: list[PaidPart] = []
    for portion in portions:
        coins = [package_id for package_id, amount in portion.shares for _ in range(amount)]
        for number in range(portion.parts):
            own = coins[number * portion.price : (number + 1) * portion.price]
            parts.append((portion.price, portion.by_delivered, {one: own.count(one) for one in own}))
    return parts
