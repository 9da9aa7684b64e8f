"""The services that the pipeline asks, played by small honest fakes by the rules of their contracts."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from contracts.billing import DebitItem, DebitResult, SettleItem, SettleResult
from contracts.errors import Conflict, NotFound, Unavailable
from contracts.senders import CheckItem, CheckResult
from contracts.senders_texts import GOES_ON, TextItem, TextVerdict, WaitingKey, WaitingState
from contracts.tariffs import Quote, QuoteItem, Tier

PRICE = 8_000


class Senders:
    """Knows one name, while it is not blocked. `verdicts`: of texts that do not pass; while there is any, all are judged.
    `barred`: operators at which the name is not registered."""

    def __init__(self) -> None:
        self.away = self.blocked = False
        self.verdicts: dict[str, TextVerdict] = {}
        self.barred: list[str] = []
        self.states: dict[str, str] = {}
        self.judged: list[list[str]] = []

    def judge(self, items: Sequence[TextItem]) -> list[TextVerdict]:
        if self.away:
            raise Unavailable("senders is away")
        self.judged.append([one.text for one in items])
        return [self.verdicts.get(one.text, TextVerdict(verdict="pass")) for one in items]

    def waiting_states(self, keys: Sequence[WaitingKey]) -> list[WaitingState]:
        if self.away:
            raise Unavailable("senders is away")
        return [WaitingState(item_id=one.item_id, state=self.states.get(one.item_id, GOES_ON)) for one in keys]

    def check(self, items: Sequence[CheckItem]) -> list[CheckResult]:
        if self.away:
            raise Unavailable("senders is away")
        return [
            CheckResult(
                advertiser_id=one.advertiser_id,
                sender=one.sender,
                refusal=None if one.sender == "GOLUB" and not self.blocked else "sender_unknown",
                texts=bool(self.verdicts),
                barred=self.barred or None,
            )
            for one in items
        ]


def tier(from_nth: int, price: int, *, by_delivered: bool = False) -> Tier:
    return Tier(from_nth=from_nth, price=price, by_delivered=by_delivered, mcc="250", mnc="99", sms_type="")


class Tariffs:
    """One price for Russian numbers, or one by volume, none for others."""

    def __init__(self) -> None:
        self.by_delivered = self.buy_by_delivered = self.gone = False
        self.price = PRICE
        self.sell_tiers: list[Tier] | None = None
        self.buy_tiers: list[Tier] | None = None
        self.tariff_id: str | None = "tariff"
        self.calls = 0
        #: Recipients that another operator serves than the one of their range.
        self.ported: dict[str, str] = {}

    def quote(self, items: Sequence[QuoteItem]) -> list[Quote]:
        self.calls += 1
        return [self._quote(one) for one in items]

    def _quote(self, item: QuoteItem) -> Quote:
        known = item.recipient.startswith("7") and not self.gone
        last = self.sell_tiers[-1] if self.sell_tiers else None
        return Quote(
            mcc="250" if known else "",
            mnc=self.ported.get(item.recipient, "99") if known else "",
            direction=("MTS" if item.recipient in self.ported else "Beeline") if known else "",
            zone="",
            sell_price=(last.price if last else self.price) if known else 0,
            buy_price=(self.buy_tiers[-1].price if self.buy_tiers else self.price // 2) if known else 0,
            by_delivered=last.by_delivered if last else self.by_delivered,
            buy_by_delivered=self.buy_tiers[-1].by_delivered if self.buy_tiers else self.buy_by_delivered,
            tariff_id=self.tariff_id,
            refusal=None if known else "direction_unknown",
            sell_tiers=self.sell_tiers if known else None,
            buy_tiers=self.buy_tiers if known else None,
            estimated_mcc="250" if known else "",
            estimated_mnc="99" if known else "",
        )


@dataclass(frozen=True)
class Part:
    """What one part costs one side, and whether only if it is delivered."""

    price: int
    held: bool

    def kept(self, outcome: str) -> int:
        return self.price if outcome == "d" or (outcome == "u" and not self.held) else 0


@dataclass(frozen=True)
class Charge:
    item: DebitItem
    sold: list[Part]
    bought: list[Part]


@dataclass
class Purse:
    """Money of the advertisers and of the partner, and how many parts each has sent this month, by what is counted."""

    left: int = 10**12
    partner_left: int = 10**15
    counts: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)

    def price(self, account: str, item: DebitItem, tiers: list[Tier] | None, flat: Part) -> list[Part] | None:
        """Each part by the first tier that holds at its place; None where none does."""
        if tiers is None:
            return [flat] * item.parts
        parts = []
        for nth in range(1, item.parts + 1):
            rows = (one for one in tiers if self._count(account, one) + nth >= one.from_nth)
            row = next(rows, None)
            if row is None:
                return None
            parts.append(Part(row.price, row.by_delivered))
        return parts

    def _count(self, account: str, tier: Tier) -> int:
        return sum(
            count
            for (owner, mcc, mnc, sms_type), count in self.counts.items()
            if owner == account and mcc == tier.mcc and tier.mnc in ("", mnc) and tier.sms_type in ("", sms_type)
        )

    def take(self, item: DebitItem) -> Charge | str:
        """The charge, its money and places taken, or why not."""
        sold = self.price(item.advertiser_id, item, item.sell_tiers, Part(item.sell_price, item.by_delivered))
        bought = self.price(item.partner_id, item, item.buy_tiers, Part(item.buy_price, item.buy_by_delivered))
        if sold is None:
            return "no_price"
        if _sum(sold) > self.left:
            return "funds"
        if bought is None:
            return "no_buy_price"
        if _sum(bought) > self.partner_left:
            return "partner_funds"
        self.left -= _sum(sold)
        self.partner_left -= _sum(bought)
        for account in (item.advertiser_id, item.partner_id):
            self.counts[account, item.mcc, item.mnc, item.sms_type] += item.parts
        return Charge(item, sold, bought)


def _sum(parts: Sequence[Part]) -> int:
    return sum(part.price for part in parts)


@dataclass
class Billing(Purse):
    """Accounts with a limit, by the rules of `contracts.billing`: a charge per message, a first answer per attempt."""

    away: bool = False
    charges: dict[str, Charge] = field(default_factory=dict)
    refused: dict[tuple[str, int], tuple[DebitItem, str]] = field(default_factory=dict)
    answers: dict[tuple[str, int], DebitResult] = field(default_factory=dict)
    settled: dict[str, SettleItem] = field(default_factory=dict)
    asked: list[DebitItem] = field(default_factory=list)
    calls: int = 0

    def debit(self, items: Sequence[DebitItem]) -> list[DebitResult]:
        self.calls += 1
        if self.away:
            raise Unavailable("billing is away")
        self.asked += items
        return [self.answers.get((one.message_id, one.attempt)) or self._debit(one) for one in items]

    def _debit(self, item: DebitItem) -> DebitResult:
        known = self._known(item)
        if known is not None:
            return known
        taken = self.take(item)
        if isinstance(taken, str):
            self.refused[item.message_id, item.attempt] = item, taken
            return _answer(item, taken, None)
        self.charges[item.message_id] = taken
        return _answer(item, None, taken)

    def _known(self, item: DebitItem) -> DebitResult | None:
        """The first answer; what was sent must be the same, what it was quoted by need not."""
        charge = self.charges.get(item.message_id)
        first, refusal = self.refused.get((item.message_id, item.attempt), (charge and charge.item, None))
        if first is None:
            return None
        same = (first.parts, first.advertiser_id, first.partner_id) == (item.parts, item.advertiser_id, item.partner_id)
        if not same:
            return _answer(item, "idempotency_mismatch", charge)
        return _answer(item, refusal, charge if refusal is None else None)

    def estimate(self, items: Sequence[DebitItem]) -> list[DebitResult]:
        if self.away:
            raise Unavailable("billing is away")
        purse = Purse(self.left, self.partner_left, self.counts.copy())
        answers = []
        for item in items:
            known, taken = self._known(item), None if self._known(item) else purse.take(item)
            refusal = taken if isinstance(taken, str) else None
            answers.append(known or _answer(item, refusal, taken if isinstance(taken, Charge) else None))
        return answers

    def settle(self, items: Sequence[SettleItem]) -> list[SettleResult]:
        if self.away:
            raise Unavailable("billing is away")
        unknown = [one.message_id for one in items if one.message_id not in self.charges]
        if unknown:
            raise NotFound("never charged", {"message_ids": unknown})
        wrong = [one.message_id for one in items if self._wrong(one)]
        if wrong:
            raise Conflict("other parts", {"message_ids": wrong})
        return [self._settle(one) for one in items]

    def _wrong(self, item: SettleItem) -> bool:
        assert set(item.outcomes) <= set("dux")
        parts = self.charges[item.message_id].item.parts
        return len(item.outcomes) != parts or self.settled.get(item.message_id, item) != item

    def _settle(self, item: SettleItem) -> SettleResult:
        charge = self.charges[item.message_id]
        if item.message_id not in self.settled:
            self.settled[item.message_id] = item
            charged, cost = self.paid(item.message_id)
            self.left += _sum(charge.sold) - charged
            self.partner_left += _sum(charge.bought) - cost
        charged, cost = self.paid(item.message_id)
        return SettleResult(message_id=item.message_id, charged=charged, cost=cost)

    def paid(self, message_id: str) -> tuple[int, int]:
        """What the message has cost up to now: the advertiser's money and the partner's, holds excluded."""
        charge, end = self.charges.get(message_id), self.settled.get(message_id)
        if charge is None:
            return 0, 0
        # Until it is settled, what waits for delivery is not paid, and all else is.
        outcomes = end.outcomes if end else "u" * charge.item.parts
        sold = sum(part.kept(outcome) for part, outcome in zip(charge.sold, outcomes, strict=True))
        bought = sum(part.kept(outcome) for part, outcome in zip(charge.bought, outcomes, strict=True))
        return sold, bought


def _answer(item: DebitItem, refusal: str | None, charge: Charge | None) -> DebitResult:
    empty = DebitResult(
        message_id=item.message_id,
        attempt=item.attempt,
        refusal=refusal,
        sell_amount=0,
        buy_amount=0,
        sell_held=0,
        buy_held=0,
    )
    if charge is None:
        return empty
    prices = [part.price for part in charge.sold]
    return replace(
        empty,
        sell_amount=_sum(charge.sold),
        buy_amount=_sum(charge.bought),
        sell_held=_sum([part for part in charge.sold if part.held]),
        buy_held=_sum([part for part in charge.bought if part.held]),
        charged=True,
        part_prices=prices if len(set(prices)) > 1 else None,
    )
