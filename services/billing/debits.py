"""Which items of a batch are paid: decided in order, exactly to the limit, both sides or neither. No SQL, no clock."""

from dataclasses import dataclass, field
from hashlib import blake2b

from contracts.billing import DebitItem, DebitResult
from services.billing.ledger import ADVERTISER, PARTNER, Entry
from services.billing.purse import Purse, Share

FUNDS = "funds"
PARTNER_FUNDS = "partner_funds"
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


@dataclass(slots=True)
class NewCharge:
    """A message that is paid for; `shares` are the advertiser's packages in the order of payment."""

    item: DebitItem
    digest: str
    shares: list[Share]


@dataclass(slots=True)
class NewRefusal:
    item: DebitItem
    digest: str
    refusal: str


@dataclass(slots=True)
class Debits:
    """Decides a batch. `purses` by account id; `charged` by message id and `refused` by (message id, attempt) are the
    answers already given, and grow with those of this batch, so that a repeat within the batch is a repeat too.
    """

    purses: dict[str, Purse]
    charged: dict[str, Answer]
    refused: dict[tuple[str, int], Answer]
    charges: list[NewCharge] = field(default_factory=list)
    refusals: list[NewRefusal] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)

    def decide(self, item: DebitItem) -> DebitResult:
        digest = digest_of(item)
        earlier = self.refused.get((item.message_id, item.attempt)) or self.charged.get(item.message_id)
        answer = self._decide_new(item, digest) if earlier is None else earlier
        if answer.digest != digest:
            return self._mismatch(item)
        return DebitResult(
            message_id=item.message_id,
            attempt=item.attempt,
            refusal=answer.refusal,
            sell_amount=answer.sell_amount,
            buy_amount=answer.buy_amount,
            sell_held=answer.sell_held,
            buy_held=answer.buy_held,
            charged=answer.refusal is None,
        )

    def _decide_new(self, item: DebitItem, digest: str) -> Answer:
        sell, buy = item.parts * item.sell_price, item.parts * item.buy_price
        advertiser, partner = self.purses[item.advertiser_id], self.purses[item.partner_id]
        refusal = _refusal(item, advertiser, partner, sell, buy)
        if refusal is not None:
            return self._refuse(item, digest, refusal)
        shares = advertiser.take(sell, hold=item.by_delivered)
        self._enter(advertiser, item.message_id, shares, hold=item.by_delivered)
        self._enter(partner, item.message_id, partner.take(buy, hold=item.buy_by_delivered), hold=item.buy_by_delivered)
        self.charges.append(NewCharge(item, digest, shares))
        held = (sell if item.by_delivered else 0, buy if item.buy_by_delivered else 0)
        answer = self.charged[item.message_id] = Answer(digest, None, sell, buy, *held)
        return answer

    def _refuse(self, item: DebitItem, digest: str, refusal: str) -> Answer:
        self.refusals.append(NewRefusal(item, digest, refusal))
        answer = self.refused[item.message_id, item.attempt] = Answer(digest, refusal)
        return answer

    def _enter(self, purse: Purse, message_id: str, shares: list[Share], *, hold: bool) -> None:
        kind = "hold" if hold else "debit"
        for package_id, amount in shares:
            self.entries.append(Entry(kind, purse.account_id, package_id, message_id, amount))

    def _mismatch(self, item: DebitItem) -> DebitResult:
        """Nothing is done; the amounts are those of the charge that stands, zero where there is none."""
        stands = self.charged.get(item.message_id)
        return DebitResult(
            message_id=item.message_id,
            attempt=item.attempt,
            refusal=IDEMPOTENCY_MISMATCH,
            sell_amount=stands.sell_amount if stands else 0,
            buy_amount=stands.buy_amount if stands else 0,
            sell_held=stands.sell_held if stands else 0,
            buy_held=stands.buy_held if stands else 0,
            charged=stands is not None,
        )


def _refusal(item: DebitItem, advertiser: Purse, partner: Purse, sell: int, buy: int) -> str | None:
    """The code, remembering in the purse what was asked of it in vain.

    An advertiser pays only for messages of its own partner: with another one it has no money.
    """
    if advertiser.kind != ADVERTISER or advertiser.partner_id not in (None, item.partner_id):
        return FUNDS
    if partner.kind != PARTNER:
        return PARTNER_FUNDS
    if not advertiser.can_pay(sell):
        advertiser.refuse(sell)
        return FUNDS
    if not partner.can_pay(buy):
        partner.refuse(buy)
        return PARTNER_FUNDS
    return None


def digest_of(item: DebitItem) -> str:
    """Digest, in hex, of everything that two requests of one message must have in common."""
    contents = (
        f"{item.advertiser_id} {item.partner_id} {item.parts} {item.sell_price} {item.buy_price} "
        f"{item.by_delivered:d}{item.buy_by_delivered:d}"
    )
    return blake2b(contents.encode(), digest_size=16).hexdigest()
