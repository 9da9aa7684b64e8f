"""How the money of charged messages ends: captures, releases, refunds. No SQL, no clock."""

from dataclasses import dataclass, field

from contracts.billing import SettleItem
from contracts.errors import Conflict, NotFound
from services.billing.ledger import Entry
from services.billing.purse import Purse, Share, kept_of

#: (delivered, undelivered, unsubmitted) parts.
Outcome = tuple[int, int, int]


@dataclass(slots=True)
class Charge:
    """A message that was paid for. `outcome`, `charged` and `cost` are None until it is settled."""

    message_id: str
    advertiser_id: str
    partner_id: str
    parts: int
    sell_price: int
    buy_price: int
    by_delivered: bool
    buy_by_delivered: bool
    shares: list[Share]
    outcome: Outcome | None = None
    charged: int | None = None
    cost: int | None = None
    refunded: int = 0

    @property
    def package_ids(self) -> list[str]:
        return [package_id for package_id, _ in self.shares if package_id is not None]


def outcome_of(item: SettleItem) -> Outcome:
    return item.outcomes.count("d"), item.outcomes.count("u"), item.outcomes.count("x")


def charged_parts(outcome: Outcome, *, by_delivered: bool) -> int:
    """Parts that stay paid: only the delivered ones, or all that the mobile operator took."""
    delivered, undelivered, _ = outcome
    return delivered if by_delivered else delivered + undelivered


def refuse_impossible(items: list[SettleItem], charges: dict[str, Charge]) -> None:
    """`NotFound` or `Conflict` with `data["message_ids"]`, before anything of the batch is done.

    Impossible are unknown messages, numbers that don't add up to the parts, and other numbers than at first.
    """
    unknown = [item.message_id for item in items if item.message_id not in charges]
    if unknown:
        detail = f"{len(unknown)} of the messages were never charged; nothing of the batch was settled"
        raise NotFound(detail, {"message_ids": unknown})
    first: dict[str, Outcome] = {}
    wrong = []
    for item in items:
        charge, outcome = charges[item.message_id], outcome_of(item)
        if sum(outcome) != charge.parts or outcome != first.setdefault(item.message_id, charge.outcome or outcome):
            wrong.append(item.message_id)
    if wrong:
        detail = (
            f"{len(wrong)} of the messages have other parts or were settled with other numbers; nothing was settled"
        )
        raise Conflict(detail, {"message_ids": wrong})


@dataclass(slots=True)
class Settlements:
    """Settles charges one by one; `entries` and the purses hold what is to be written."""

    purses: dict[str, Purse]
    settled: list[Charge] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)

    def settle(self, charge: Charge, outcome: Outcome) -> None:
        sell_parts = charged_parts(outcome, by_delivered=charge.by_delivered)
        buy_parts = charged_parts(outcome, by_delivered=charge.buy_by_delivered)
        charge.outcome = outcome
        charge.charged = sell_parts * charge.sell_price
        charge.cost = buy_parts * charge.buy_price
        self._end(charge, charge.advertiser_id, charge.shares, charge.charged, held=charge.by_delivered)
        bought: list[Share] = [(None, charge.parts * charge.buy_price)]
        self._end(charge, charge.partner_id, bought, charge.cost, held=charge.buy_by_delivered)
        self.settled.append(charge)

    def refund(self, charge: Charge, amount: int) -> int:
        """Give back `amount` of what a settled message has cost the advertiser; what it still costs, or `Conflict`."""
        if charge.charged is None:
            raise Conflict("The message has not ended yet: its money can be given back once it has")
        before = charge.charged - charge.refunded
        if amount > before:
            raise Conflict("The message has cost less than what is to be given back", {"charged": before})
        purse = self.purses[charge.advertiser_id]
        pairs = zip(kept_of(charge.shares, before), kept_of(charge.shares, before - amount), strict=True)
        for (package_id, had), (_, kept) in pairs:
            self._give_back(charge, purse, package_id, had - kept)
        charge.refunded += amount
        return before - amount

    def _end(self, charge: Charge, account_id: str, shares: list[Share], total: int, *, held: bool) -> None:
        purse = self.purses[account_id]
        for (package_id, amount), (_, kept) in zip(shares, kept_of(shares, total), strict=True):
            if not held:
                self._give_back(charge, purse, package_id, amount - kept)
                continue
            purse.end_hold(package_id, captured=kept, released=amount - kept)
            self._enter("capture", charge, account_id, package_id, kept)
            self._enter("release", charge, account_id, package_id, amount - kept)

    def _give_back(self, charge: Charge, purse: Purse, package_id: str | None, amount: int) -> None:
        purse.give_back(package_id, amount)
        self._enter("refund", charge, purse.account_id, package_id, amount)

    def _enter(self, kind: str, charge: Charge, account_id: str, package_id: str | None, amount: int) -> None:
        if amount:
            self.entries.append(Entry(kind, account_id, package_id, charge.message_id, amount))
