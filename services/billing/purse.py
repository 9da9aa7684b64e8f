"""An account's money in memory, under its row lock: pockets that pay in a fixed order, and what changed in them.

A purse is filled by the repository, spent by the rules and written back as sums, so that a batch of any size writes
each account and each package once. No SQL, no clock.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from contracts.tariffs import Tier

#: (package id, amount); the partner's only pocket has no package.
Share = tuple[str | None, int]

#: A level is armed again at one such part above it.
LEVEL_TENTHS = 10


@dataclass(slots=True)
class Pocket:
    """A package, or a partner's balance. `room`: what it can still pay, credit included and holds excluded.

    `unlimited`: post-paid, the room may fall below zero. Not `usable`: outside its dates, it pays nothing.
    `individual`: it has prices of its own; `prices` are those that may be needed now. `spent` and `held` are changes
    since the purse was filled.
    """

    package_id: str | None
    room: int
    unlimited: bool = False
    usable: bool = True
    individual: bool = False
    prices: Sequence[Tier] = ()
    spent: int = 0
    held: int = 0

    @property
    def changed(self) -> bool:
        return bool(self.spent or self.held)

    @property
    def pays(self) -> bool:
        """Whether there is anything that it could pay with."""
        return self.usable and (self.unlimited or self.room > 0)


@dataclass(slots=True)
class Purse:
    """`wanted`: the least sum refused for lack of money since the owner was last told that money came.

    `level`: tell when `available` falls below it, 0 = never; `armed`: the next fall will be told, and of a partner
    the next refusal. `zone`: of its calendar month, None = the usual one. `individual`: some of the pockets have prices
    that may be needed now. `refused`: something was, since the purse was filled.
    """

    account_id: str
    kind: str
    partner_id: str | None
    pockets: list[Pocket]
    level: int = 0
    armed: bool = True
    wanted: int | None = None
    zone: str | None = None
    individual: bool = False
    refused: bool = field(init=False, default=False)
    available: int = field(init=False)
    unlimited: bool = field(init=False)
    _was: tuple[bool, int | None] = field(init=False)
    _by_package: dict[str | None, Pocket] = field(init=False)

    def __post_init__(self) -> None:
        self.available = sum(pocket.room for pocket in self.pockets if pocket.usable)
        self.unlimited = any(pocket.unlimited for pocket in self.pockets if pocket.usable)
        self._was = (self.armed, self.wanted)
        self._by_package = {pocket.package_id: pocket for pocket in self.pockets}

    @property
    def spent(self) -> int:
        """Change of what the account has spent."""
        return sum(pocket.spent for pocket in self.pockets)

    @property
    def held(self) -> int:
        """Change of what the account has on hold."""
        return sum(pocket.held for pocket in self.pockets)

    @property
    def changed(self) -> bool:
        return self._was != (self.armed, self.wanted) or any(pocket.changed for pocket in self.pockets)

    def can_pay(self, amount: int) -> bool:
        return self.unlimited or amount <= self.available

    def refuse(self, amount: int) -> None:
        """Remember what was asked in vain, so that it can be told when the money is there."""
        self.wanted = amount if self.wanted is None else min(self.wanted, amount)
        self.refused = True

    def take(self, amount: int, *, hold: bool) -> list[Share]:
        """Spend or hold `amount`, pocket after pocket; the caller has asked `can_pay`."""
        shares: list[Share] = []
        rest = amount
        for pocket in self.pockets:
            if rest == 0:
                break
            part = _part(pocket, rest)
            if part > 0:
                shares.append((pocket.package_id, part))
                _move(pocket, part, hold=hold)
                rest -= part
        if rest:
            raise ValueError(f"account {self.account_id} can't pay {amount}: {rest} is lacking")
        self.available -= amount
        return shares

    def move(self, shares: Iterable[Share], *, hold: bool) -> None:
        """Spend or hold of each pocket what was found before to be there."""
        for package_id, amount in shares:
            _move(self._by_package[package_id], amount, hold=hold)
            self.available -= amount

    def end_hold(self, package_id: str | None, *, captured: int, released: int) -> None:
        """Of what the pocket holds, `captured` is spent and `released` can be spent again."""
        pocket = self._by_package[package_id]
        pocket.held -= captured + released
        pocket.spent += captured
        self._return(pocket, released)

    def give_back(self, package_id: str | None, amount: int) -> None:
        """What was spent from the pocket can be spent again."""
        pocket = self._by_package[package_id]
        pocket.spent -= amount
        self._return(pocket, amount)

    def ended(self) -> bool:
        """True once per ending of a partner's money: at the first refusal since a top-up has armed it.

        Money that returns arms nothing, so that holds that come and go by the last messages say nothing.
        """
        told, self.armed = self.refused and self.armed, self.armed and not self.refused
        return told

    def fell_below_level(self) -> bool:
        """True once per fall below the level. The next is told once a tenth above it, or a top-up, has armed it again.

        So a sum that sways about the level, as holds are made and released, is told of once.
        """
        if not self.armed:
            self.armed = self.unlimited or LEVEL_TENTHS * self.available >= (LEVEL_TENTHS + 1) * self.level
            return False
        below = self.below_level
        self.armed = not below
        return below

    @property
    def below_level(self) -> bool:
        return not self.unlimited and self.available < self.level

    def topped_up(self) -> None:
        """Money was credited: from the level on, the next fall will be told."""
        if not self.below_level:
            self.armed = True

    def satisfies_wanted(self) -> bool:
        """True once, when a sum that was refused can be paid now."""
        if self.wanted is None or not self.can_pay(self.wanted):
            return False
        self.wanted = None
        return True

    def _return(self, pocket: Pocket, amount: int) -> None:
        pocket.room += amount
        if pocket.usable:
            self.available += amount


def _part(pocket: Pocket, wanted: int) -> int:
    if not pocket.usable:
        return 0
    return wanted if pocket.unlimited else min(wanted, pocket.room)


def _move(pocket: Pocket, amount: int, *, hold: bool) -> None:
    pocket.room -= amount
    if hold:
        pocket.held += amount
    else:
        pocket.spent += amount
