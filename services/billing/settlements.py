"""How the money of charged messages ends: captures, releases, refunds. No SQL, no clock."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from contracts.billing import SettleItem
from contracts.errors import Conflict, NotFound
from services.billing.ledger import Entry
from services.billing.pricing import Portion
from services.billing.purse import Purse, Share

#: Letters of `SettleItem.outcomes` that leave a part paid.
KEPT_BY_DELIVERED = "d"
KEPT_OTHERWISE = "du"


@dataclass(slots=True)
class Charge:
    """A message that was paid for. `outcomes`, `charged` and `cost` are None until it is settled."""

    message_id: str
    advertiser_id: str
    partner_id: str
    parts: int
    sell: list[Portion]
    buy: list[Portion]
    outcomes: str | None = None
    charged: int | None = None
    cost: int | None = None
    refunded: int = 0

    @property
    def package_ids(self) -> list[str]:
        return [id for portion in self.sell for id, _ in portion.shares if id is not None]


@dataclass(slots=True)
class Ended:
    """What of a portion's share is kept and what returns; `held`: it was on hold until now."""

    package_id: str | None
    kept: int
    returned: int
    held: bool


def ends(portions: Sequence[Portion], outcomes: str) -> Iterator[Ended]:
    """How each share ends: a part is kept by, or returns to, whoever paid that part."""
    offset = 0
    for portion in portions:
        own = outcomes[offset : offset + portion.parts]
        offset += portion.parts
        kept_letters = KEPT_BY_DELIVERED if portion.by_delivered else KEPT_OTHERWISE
        kept = sum(map(own.count, kept_letters))
        if len(portion.shares) == 1:
            [(package_id, amount)] = portion.shares
            yield Ended(package_id, kept * portion.price, amount - kept * portion.price, portion.by_delivered)
        else:
            yield from _shared_ends(portion, [letter in kept_letters for letter in own])


def _shared_ends(portion: Portion, kept: Sequence[bool]) -> Iterator[Ended]:
    """The shares lie one behind the other, and so do the parts: each share is cut where a part ends."""
    price, start = portion.price, 0
    for package_id, amount in portion.shares:
        stays = place = 0
        while place < amount:
            part = (start + place) // price
            step = min(amount - place, (part + 1) * price - start - place)
            stays += step if kept[part] else 0
            place += step
        start += amount
        yield Ended(package_id, stays, amount - stays, portion.by_delivered)


def refuse_impossible(items: list[SettleItem], charges: dict[str, Charge]) -> None:
    """`NotFound` or `Conflict` with `data["message_ids"]`, before anything of the batch is done.

    Impossible are unknown messages, outcomes of other parts than were charged, and other outcomes than at first.
    """
    unknown = [item.message_id for item in items if item.message_id not in charges]
    if unknown:
        detail = f"{len(unknown)} of the messages were never charged; nothing of the batch was settled"
        raise NotFound(detail, {"message_ids": unknown})
    first: dict[str, str] = {}
    wrong = []
    for item in items:
        charge, outcomes = charges[item.message_id], item.outcomes
        if len(outcomes) != charge.parts or outcomes != first.setdefault(item.message_id, charge.outcomes or outcomes):
            wrong.append(item.message_id)
    if wrong:
        detail = (
            f"{len(wrong)} of the messages have other parts or were settled with other outcomes; nothing was settled"
        )
        raise Conflict(detail, {"message_ids": wrong})


@dataclass(slots=True)
class Settlements:
    """Settles charges one by one; `entries` and the purses hold what is to be written."""

    purses: dict[str, Purse]
    settled: list[Charge] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)

    def settle(self, charge: Charge, outcomes: str) -> None:
        charge.outcomes = outcomes
        charge.charged = self._end(charge, charge.advertiser_id, charge.sell)
        charge.cost = self._end(charge, charge.partner_id, charge.buy)
        self.settled.append(charge)

    def refund(self, charge: Charge, amount: int) -> int:
        """Give back `amount` of what a settled message has cost the advertiser; what it still costs, or `Conflict`.

        It goes to who paid the last parts first.
        """
        if charge.charged is None or charge.outcomes is None:
            raise Conflict("The message has not ended yet: its money can be given back once it has")
        before = charge.charged - charge.refunded
        if amount > before:
            raise Conflict("The message has cost less than what is to be given back", {"charged": before})
        kept: list[Share] = [(ended.package_id, ended.kept) for ended in ends(charge.sell, charge.outcomes)]
        sums: dict[str | None, int] = {}
        for (package_id, had), (_, has) in zip(kept_of(kept, before), kept_of(kept, before - amount), strict=True):
            sums[package_id] = sums.get(package_id, 0) + had - has
        purse = self.purses[charge.advertiser_id]
        for package_id, returned in sums.items():
            purse.give_back(package_id, returned)
        self._enter("refund", charge, purse.account_id, sums)
        charge.refunded += amount
        return before - amount

    def _end(self, charge: Charge, account_id: str, portions: list[Portion]) -> int:
        """What stays charged."""
        purse, stays = self.purses[account_id], 0
        captured: dict[str | None, int] = {}
        released: dict[str | None, int] = {}
        refunded: dict[str | None, int] = {}
        for ended in ends(portions, charge.outcomes or ""):
            id, returned = ended.package_id, ended.returned
            stays += ended.kept
            if ended.held:
                purse.end_hold(id, captured=ended.kept, released=returned)
                captured[id] = captured.get(id, 0) + ended.kept
                released[id] = released.get(id, 0) + returned
            else:
                purse.give_back(id, returned)
                refunded[id] = refunded.get(id, 0) + returned
        for kind, sums in (("capture", captured), ("release", released), ("refund", refunded)):
            self._enter(kind, charge, account_id, sums)
        return stays

    def _enter(self, kind: str, charge: Charge, account_id: str, sums: dict[str | None, int]) -> None:
        for package_id, amount in sums.items():
            if amount:
                self.entries.append(Entry(kind, account_id, package_id, charge.message_id, amount))


def kept_of(shares: Sequence[Share], kept: int) -> list[Share]:
    """The part `kept` of what the shares paid, first share first, so that the rest belongs to the last ones.

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
