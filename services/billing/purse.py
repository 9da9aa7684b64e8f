"""An account's money in memory, under its row lock: pockets that pay in a fixed order, and what changed in them.

A purse is filled by the repository, spent by the rules and written back as sums, so that a batch of any size writes
each account and each package once. No SQL, no clock.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

#: (package id, amount); the partner's only pocket has no package.
Share = tuple[str | None, int]


@dataclass(slots=True)
class Pocket:
    """A package, or a partner's balance. `room`: what it can still pay, credit included and holds excluded.

    `unlimited`: post-paid, the room may fall below zero. Not `usable`: outside its dates, it pays nothing.
    `spent` and `held` are changes since the purse was filled.
    """

    package_id: str | None
    room: int
    unlimited: bool = False
    usable: bool = True
    spent: int = 0
    held: int = 0

    @property
    def changed(self) -> bool:
        return bool(self.spent or self.held)


@dataclass(slots=True)
class Purse:
    """`wanted`: the least sum refused for lack of money since the owner was last told that money came.

    `level`: tell when `available` falls below it, 0 = never; `armed`: the next fall will be told.
    """

    account_id: str
    kind: str
    partner_id: str | None
    pockets: list[Pocket]
    level: int = 0
    armed: bool = True
    wanted: int | None = None
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

    def fell_below_level(self) -> bool:
        """True once per fall below the level; being at or above it again arms the next."""
        below = not self.unlimited and self.available < self.level
        tell = below and self.armed
        self.armed = not below
        return tell

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


def kept_of(shares: Iterable[Share], kept: int) -> list[Share]:
    """The part `kept` of what the shares paid, first pocket first, so that the rest belongs to those that end last.

    It has one item per share, zeros included, so that both can be walked together.
    """
    result: list[Share] = []
    for package_id, amount in shares:
        part = min(amount, kept)
        result.append((package_id, part))
        kept -= part
    if kept:
        raise ValueError(f"the shares are {kept} less than what is to be kept")
    return result
