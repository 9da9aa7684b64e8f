"""Which items of a batch are paid: decided in order, exactly to the limit, both sides or neither. No SQL, no clock."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from contracts.billing import DebitItem, DebitResult
from contracts.tariffs import Tier
from services.billing.ledger import ADVERTISER, PARTNER, Entry
from services.billing.payment import FUNDS, NO_PRICE, cheapest, pay_by_parts
from services.billing.pricing import Counter, Direction, Portion, matching, part_prices, portions_of
from services.billing.purse import Purse

PARTNER_FUNDS = "partner_funds"
NO_BUY_PRICE = "no_buy_price"
IDEMPOTENCY_MISMATCH = "idempotency_mismatch"


@dataclass(slots=True)
class Answer:
    """What a request was answered: a charge where `refusal` is None. `digest` is that of its contents."""

    digest: str
    refusal: str | None
    sell_amount: int = 0
    buy_amount: int = 0
    sell_held: int = 0
    buy_held: int = 0
    part_prices: list[int] | None = None


@dataclass(slots=True)
class NewCharge:
    """A message that is paid for; the shares of `sell` are the advertiser's packages in the order of payment."""

    item: DebitItem
    answer: Answer
    sell: list[Portion]
    buy: list[Portion]


@dataclass(slots=True)
class NewRefusal:
    item: DebitItem
    digest: str
    refusal: str


@dataclass(slots=True)
class Debits:
    """Decides a batch. `purses` by account id; `charged` by message id and `refused` by (message id, attempt) are the
    answers already given, and grow with those of this batch, so that a repeat within the batch is a repeat too.

    `counters` by account id are there for whoever has prices by volume; `used` are the parts that this batch adds.
    `add_exhausted` puts packages without money that have individual prices into the purses. It is called once at most,
    and only where a message would be refused for lack of a price.
    """

    purses: dict[str, Purse]
    charged: dict[str, Answer]
    refused: dict[tuple[str, int], Answer]
    counters: dict[str, Counter] = field(default_factory=dict)
    charges: list[NewCharge] = field(default_factory=list)
    refusals: list[NewRefusal] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    used: dict[tuple[str, Direction], int] = field(default_factory=dict)
    add_exhausted: Callable[[], None] | None = None
    _bought: dict[tuple[int, int, bool], list[Portion]] = field(default_factory=dict)

    def decide(self, item: DebitItem) -> DebitResult:
        digest = digest_of(item)
        earlier = self.refused.get((item.message_id, item.attempt)) or self.charged.get(item.message_id)
        answer = self._decide_new(item, digest) if earlier is None else earlier
        if answer.digest != digest:
            return _result(item, self.charged.get(item.message_id), IDEMPOTENCY_MISMATCH)
        return _result(item, answer if answer.refusal is None else None, answer.refusal)

    def _decide_new(self, item: DebitItem, digest: str) -> Answer:
        advertiser, partner = self.purses[item.advertiser_id], self.purses[item.partner_id]
        refusal = _refusal_of_kind(item, advertiser, partner)
        if refusal is not None:
            return self._refuse(item, digest, refusal)
        sell = self._sell(item, advertiser)
        if isinstance(sell, str):
            return self._refuse(item, digest, sell)
        buy = self._buy(item, partner)
        if isinstance(buy, str):
            return self._refuse(item, digest, buy)
        return self._charge(item, digest, sell, buy)

    def _sell(self, item: DebitItem, purse: Purse) -> list[Portion] | str:
        """The message in portions, priced and payable, or the refusal; nothing is taken yet."""
        sell = self._sell_with_known(item, purse)
        if sell == NO_PRICE and self.add_exhausted is not None:
            add_exhausted, self.add_exhausted = self.add_exhausted, None
            add_exhausted()
            sell = self._sell_with_known(item, purse)
        return sell

    def _sell_with_known(self, item: DebitItem, purse: Purse) -> list[Portion] | str:
        if purse.individual:
            own = _own_rows(item, purse)
            if own is not None:
                return self._sell_by_package(item, purse, own)
        return self._by_tariff(item.sell_tiers, item.parts, item.sell_price, item.by_delivered, purse, NO_PRICE, FUNDS)

    def _buy(self, item: DebitItem, purse: Purse) -> list[Portion] | str:
        terms = item.parts, item.buy_price, item.buy_by_delivered
        if item.buy_tiers is not None:
            return self._by_tariff(item.buy_tiers, *terms, purse, NO_BUY_PRICE, PARTNER_FUNDS)
        amount = item.parts * item.buy_price
        if not purse.can_pay(amount):
            purse.refuse(amount)
            return PARTNER_FUNDS
        # The partner's money lies in one place, so what is bought alike is paid alike: one object for all of them.
        portions = self._bought.get(terms)
        if portions is None:
            portions = self._bought[terms] = [Portion(*terms, [(None, amount)] if amount else [])]
        return portions

    def _by_tariff(
        self,
        tiers: Sequence[Tier] | None,
        parts: int,
        price: int,
        by_delivered: bool,
        purse: Purse,
        no_price: str,
        no_funds: str,
    ) -> list[Portion] | str:
        """Without shares, as any package pays alike."""
        if tiers is None:
            portions = [Portion(parts, price, by_delivered, [])]
            amount = parts * price
        else:
            priced = portions_of(self.counters[purse.account_id].rates(tiers), parts)
            if priced is None:
                return no_price
            portions = priced
            amount = sum(portion.amount for portion in portions)
        if not purse.can_pay(amount):
            purse.refuse(amount)
            return no_funds
        return portions

    def _sell_by_package(self, item: DebitItem, purse: Purse, own: list[list[Tier]]) -> list[Portion] | str:
        counter = self.counters.get(item.advertiser_id) or Counter()
        rates = [counter.rates(rows) for rows in own]
        tariff = counter.rates(_tariff_rows(item))
        paid = pay_by_parts(purse.pockets, rates, tariff, item.parts)
        if paid == FUNDS:
            # Money that lies there in pieces pays nothing: only more of it can.
            purse.refuse(max(item.parts * cheapest(rates, tariff), purse.available + 1))
        return paid

    def _charge(self, item: DebitItem, digest: str, sell: list[Portion], buy: list[Portion]) -> Answer:
        answer = self.charged[item.message_id] = Answer(digest, None)
        if len(sell) > 1:
            answer.part_prices = part_prices(sell)
        answer.sell_amount, answer.sell_held = self._take(self.purses[item.advertiser_id], item, sell)
        answer.buy_amount, answer.buy_held = self._take(self.purses[item.partner_id], item, buy)
        self.charges.append(NewCharge(item, answer, sell, buy))
        return answer

    def _take(self, purse: Purse, item: DebitItem, portions: list[Portion]) -> tuple[int, int]:
        """Take what the portions cost and count their parts: (amount, of which held)."""
        self._count(purse.account_id, item)
        amount = held = 0
        for portion in portions:
            cost = portion.parts * portion.price
            if portion.shares:
                purse.move(portion.shares, hold=portion.by_delivered)
            else:
                portion.shares = purse.take(cost, hold=portion.by_delivered)
            amount += cost
            if portion.by_delivered:
                held += cost
        self._enter(purse.account_id, item.message_id, portions)
        return amount, held

    def _count(self, account_id: str, item: DebitItem) -> None:
        direction = item.mcc, item.mnc, item.sms_type
        key = account_id, direction
        self.used[key] = self.used.get(key, 0) + item.parts
        counter = self.counters.get(account_id)
        if counter is not None:
            counter.add(direction, item.parts)

    def _enter(self, account_id: str, message_id: str, portions: list[Portion]) -> None:
        """One entry per package and kind, whatever portions it pays."""
        if len(portions) == 1:
            kind = "hold" if portions[0].by_delivered else "debit"
            for package_id, amount in portions[0].shares:
                self.entries.append(Entry(kind, account_id, package_id, message_id, amount))
            return
        sums: dict[tuple[str, str | None], int] = {}
        for portion in portions:
            kind = "hold" if portion.by_delivered else "debit"
            for package_id, amount in portion.shares:
                sums[kind, package_id] = sums.get((kind, package_id), 0) + amount
        self.entries += [Entry(kind, account_id, id, message_id, amount) for (kind, id), amount in sums.items()]

    def _refuse(self, item: DebitItem, digest: str, refusal: str) -> Answer:
        self.refusals.append(NewRefusal(item, digest, refusal))
        answer = self.refused[item.message_id, item.attempt] = Answer(digest, refusal)
        return answer


def _result(item: DebitItem, charge: Answer | None, refusal: str | None) -> DebitResult:
    """`charge` is what stands of the message; all is zero where there is none."""
    if charge is None:
        charge, charged = _NOTHING, False
    else:
        charged = True
    return DebitResult(
        message_id=item.message_id,
        attempt=item.attempt,
        refusal=refusal,
        sell_amount=charge.sell_amount,
        buy_amount=charge.buy_amount,
        sell_held=charge.sell_held,
        buy_held=charge.buy_held,
        charged=charged,
        part_prices=charge.part_prices,
    )


_NOTHING = Answer("", None)


def _refusal_of_kind(item: DebitItem, advertiser: Purse, partner: Purse) -> str | None:
    """An advertiser pays only for messages of its own partner: with another one it has no money."""
    if advertiser.kind != ADVERTISER or advertiser.partner_id not in (None, item.partner_id):
        return FUNDS
    if partner.kind != PARTNER:
        return PARTNER_FUNDS
    return None


def _own_rows(item: DebitItem, purse: Purse) -> list[list[Tier]] | None:
    """Of each pocket the individual prices that may hold for the message; None if no package has any."""
    rows = [matching(pocket.prices, item) if pocket.usable else [] for pocket in purse.pockets]
    return rows if any(rows) else None


def _tariff_rows(item: DebitItem) -> Sequence[Tier]:
    if item.sell_tiers is not None:
        return item.sell_tiers
    direction = {"mcc": item.mcc, "mnc": item.mnc, "sms_type": item.sms_type}
    return [Tier(from_nth=1, price=item.sell_price, by_delivered=item.by_delivered, **direction)]


def digest_of(item: DebitItem) -> str:
    """Digest, in hex, of everything that two requests of one message must have in common. Prices are no part of it."""
    contents = f"{item.advertiser_id} {item.partner_id} {item.parts} {item.mcc} {item.mnc} {item.sms_type}"
    return blake2b(contents.encode(), digest_size=16).hexdigest()
