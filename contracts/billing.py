"""billing: the debit of a message, balances, levels. Money in 1/10,000 of the currency.

The other calls of the service are in `billing_packages`, `billing_invoices` and `billing_payments`.
"""

from contracts.billing_invoices import InvoiceCalls
from contracts.billing_packages import PackageCalls
from contracts.billing_payments import PaymentCalls
from contracts.events import event
from contracts.tariffs import Tier
from contracts.wire import from_wire, many_from_wire, wire


@wire
class DebitItem:
    """Take the advertiser's price of `parts` and the partner's, both or neither.

    `sell_price` and `buy_price` are per part. Where volume decides, the tiers of the quote go before them: each part is
    priced by its place in the calendar month of the account's zone. Individual prices of the package that pays go
    before both. `mcc`, `mnc`, `sms_type` are what the parts are counted under.

    The id of the request is (`message_id`, `attempt`): a repeat gets the first answer, a refusal included, whatever it
    is quoted by then; a repeat with other parts or owners is refused as `idempotency_mismatch`, it alone of the batch.
    A message is charged at most once over all its attempts: any other attempt of a charged message gets the charge.
    """

    message_id: str
    attempt: int
    advertiser_id: str
    partner_id: str
    parts: int
    mcc: str
    mnc: str
    sms_type: str
    sell_price: int
    buy_price: int
    by_delivered: bool
    buy_by_delivered: bool
    sell_tiers: list[Tier] | None = None
    buy_tiers: list[Tier] | None = None


@wire
class DebitResult:
    """`refusal`: None when the money is taken, else funds, partner_funds, no_price, no_buy_price, idempotency_mismatch.

    `sell_amount` and `buy_amount` are taken in all; of them `sell_held` and `buy_held` wait for delivery. `charged`:
    the message is paid for. `part_prices`: the advertiser's price of each part where they differ, else None. With
    idempotency_mismatch nothing was done, and the rest tells what an earlier request of the message has taken.
    """

    message_id: str
    attempt: int
    refusal: str | None
    sell_amount: int
    buy_amount: int
    sell_held: int
    buy_held: int
    charged: bool = False
    part_prices: list[int] | None = None


@wire
class SettleItem:
    """How the parts of a charged message ended: `outcomes` has a letter for each part, in order.

    `d` delivered, `u` undelivered (taken by the mobile operator, not delivered), `x` never taken by it. A part by
    delivered is captured with d and released otherwise; any other stays charged with d and u, and is refunded with x.
    Idempotent by `message_id`.
    """

    message_id: str
    outcomes: str


@wire
class SettleResult:
    """What the message has cost in the end: the advertiser's `charged` and the partner's `cost`."""

    message_id: str
    charged: int
    cost: int


@wire
class Balance:
    """`available`: what can be spent now, credit included and holds excluded; `postpaid`: nothing limits it.

    `available` counts only packages within their dates; `credited`, `spent` and `held` count all.
    """

    account_id: str
    available: int
    held: int
    spent: int
    credited: int
    currency: str
    postpaid: bool
    unpaid_packages: int
    credit: int = 0
    level: int = 0
    level_percent: int = 0


@wire
class LevelCrossing:
    advertiser_id: str
    partner_id: str
    available: int
    level: int


@event(source="billing", name="funds_added")
class FundsAdded:
    """Money came to these accounts: messages that wait for it may go on."""

    advertiser_ids: list[str]
    partner_ids: list[str]


@event(source="billing", name="balance_level_crossed")
class BalanceLevelCrossed:
    """The available sum fell below the level the advertiser set; once per crossing."""

    items: list[LevelCrossing]


@wire
class PartnerFunds:
    """`available`: what is left, credit included: less than the message cost that was refused."""

    partner_id: str
    available: int


@event(source="billing", name="partner_funds_ended")
class PartnerFundsEnded:
    """The partners' balances with the operator have ended: a message was refused for lack of their money.

    Once per ending: the next is told only after a credit, of money or of credit line, that made more available.
    """

    items: list[PartnerFunds]


class BillingClient(PackageCalls, InvoiceCalls, PaymentCalls):
    service = "billing"

    def debit(self, items: list[DebitItem]) -> list[DebitResult]:
        """An answer per item, in order, at most 1,000 at once."""
        return self._batch("debit", items, DebitResult)

    def estimate(self, items: list[DebitItem]) -> list[DebitResult]:
        """What `debit` would answer now, nothing being done; the items come after each other, as in a batch."""
        return self._batch("estimate", items, DebitResult)

    def settle(self, items: list[SettleItem]) -> list[SettleResult]:
        """An answer per item, in order, at most 1,000 at once.

        `NotFound` (never charged) and `Conflict` (other parts, or settled with other numbers) name the items in
        `data["message_ids"]`, and nothing of the batch is settled: drop those and repeat the rest.
        """
        return self._batch("settle", items, SettleResult)

    def refund(self, *, id: str, message_id: str, amount: int, author: str, reason: str) -> int:
        """Give back `amount` of what a settled message has cost the advertiser; returns what is still charged.

        Idempotent by `id`, as are the other calls with one: a `Conflict` or `NotFound` is kept as the answer too.
        """
        return self._call("refund", id=id, message_id=message_id, amount=amount, author=author, reason=reason)

    def credit_partner(
        self, *, id: str, partner_id: str, amount: int, credit: int, author: str, credit_was: int | None = None
    ) -> Balance:
        """Add `amount` to the partner's balance with the operator and set its credit line; idempotent by `id`.

        `credit_was`: the line that whoever asks has seen. Where `credit` is the same, the line stays, whatever it is by
        now; else `Conflict` at `/credit` where it is another one by now.
        """
        arguments = {"id": id, "partner_id": partner_id, "amount": amount, "credit": credit, "author": author}
        return from_wire(Balance, self._call("credit_partner", credit_was=credit_was, **arguments))

    def correct_partner(self, *, id: str, partner_id: str, amount: int, author: str, reason: str) -> Balance:
        """Add `amount` to what the partner was credited, below zero takes away; idempotent by `id`.

        `Conflict` below what was spent and is held; the credit line doesn't count.
        """
        arguments = {"id": id, "partner_id": partner_id, "amount": amount, "author": author, "reason": reason}
        return from_wire(Balance, self._call("correct_partner", **arguments))

    def balances(self, account_ids: list[str]) -> list[Balance]:
        """Balances of advertisers or partners, one per id in order; an account without money is all zero."""
        return many_from_wire(Balance, self._call("balances", account_ids=account_ids))

    def set_level(self, partner_id: str, advertiser_id: str, *, level: int, percent: int = 0) -> None:
        """Tell when the available sum falls below `level`, or below `percent` of what valid packages credited; 0 = never.

        Told once per fall; the next fall is told once a top-up or a tenth above the level has armed it again.
        """
        self._call("set_level", partner_id=partner_id, advertiser_id=advertiser_id, level=level, percent=percent)
