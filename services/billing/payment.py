"""Which packages pay which parts of a message, where some of them have individual prices. No SQL, no clock.

Part after part the packages are asked in their order. One with an individual price that holds pays the part whole at
that price, or is passed by; one without pays at the tariff's price, and those without share a part to the last 1/10,000.
Parts that are paid alike are decided together, so the work grows with rows and packages and not with parts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.billing.pricing import Portion, Rate, append, rate_at
from services.billing.purse import Pocket, Share

FUNDS = "funds"
NO_PRICE = "no_price"


@dataclass(slots=True)
class _Payer:
    """A pocket that pays, and what is left in it; `own`: its individual prices for the message."""

    pocket: Pocket
    own: Sequence[Rate]
    room: int = field(init=False)
    rate: Rate | None = None

    def __post_init__(self) -> None:
        self.room = self.pocket.room

    @property
    def pays(self) -> bool:
        return self.pocket.unlimited or self.room > 0

    def affords(self, price: int, most: int) -> int:
        """How many parts it can pay whole, up to `most`."""
        if self.pocket.unlimited or price == 0:
            return most
        return min(most, self.room // price)

    def pay(self, amount: int) -> Share:
        self.room -= amount
        return self.pocket.package_id, amount


def pay_by_parts(
    pockets: Sequence[Pocket], own: Sequence[Sequence[Rate]], tariff: Sequence[Rate], parts: int
) -> list[Portion] | str:
    """Who pays what of a message of `parts`, the pockets being left as they are, or `FUNDS` or `NO_PRICE`.

    `own` has for each pocket the rates of its individual prices, `tariff` those of the tariff. A part has no price if
    the tariff has none that holds and no package has one: where a package without money has one, money is what lacks.
    All of the message is paid, or nothing.
    """
    payers = [_Payer(pocket, rates) for pocket, rates in zip(pockets, own, strict=True) if pocket.usable]
    portions: list[Portion] = []
    offset = 0
    while offset < parts:
        rate, until = rate_at(tariff, offset, parts)
        for payer in payers:
            payer.rate, until = rate_at(payer.own, offset, until)
        able = [payer for payer in payers if payer.pays]
        portion = _next_portion(able, rate, until - offset)
        if portion is None:
            priced = rate is not None or any(payer.rate is not None for payer in payers)
            return FUNDS if priced else NO_PRICE
        append(portions, portion)
        offset += portion.parts
    return portions


def _next_portion(able: Sequence[_Payer], tariff: Rate | None, most: int) -> Portion | None:
    """As many parts as are paid alike, at least one; None if nobody can pay the next one."""
    sharing = [payer for payer in able if payer.rate is None]
    shared = 0 if tariff is None else _shared_parts(sharing, tariff.price, most)
    for payer in able:
        rate = payer.rate
        if rate is None:
            if tariff is not None and shared:
                return _share(sharing, tariff, shared)
            continue
        parts = payer.affords(rate.price, most)
        if parts:
            share = payer.pay(parts * rate.price)
            return Portion(parts, rate.price, rate.by_delivered, [share] if rate.price else [])
    if tariff is not None and shared:
        return _share(sharing, tariff, shared)
    return None


def _shared_parts(sharing: Sequence[_Payer], price: int, most: int) -> int:
    """How many parts those can pay together before another package may come first in the order."""
    if price == 0:
        return most
    if not sharing:
        return 0
    if not any(payer.pocket.unlimited for payer in sharing):
        most = min(most, sum(payer.room for payer in sharing) // price)
    first = sharing[0]
    return most if first.pocket.unlimited else min(most, -(-first.room // price))


def _share(sharing: Sequence[_Payer], rate: Rate, parts: int) -> Portion:
    rest = parts * rate.price
    shares = []
    for payer in sharing:
        if rest == 0:
            break
        amount = rest if payer.pocket.unlimited else min(rest, payer.room)
        shares.append(payer.pay(amount))
        rest -= amount
    return Portion(parts, rate.price, rate.by_delivered, shares)


def cheapest(own: Sequence[Sequence[Rate]], tariff: Sequence[Rate]) -> int:
    """The least that a part may cost whoever pays it: so much money must be there for a refused one to be paid."""
    return min((rate.price for rates in (*own, tariff) for rate in rates), default=0)
