"""billing: packages, the ledger, and the debit of a message. Money in 1/10,000 of the currency."""

from contracts.events import event
from contracts.wire import Client, from_wire, many_from_wire, to_wire, wire


@wire
class DebitItem:
    """Take the advertiser's `parts × sell_price` and the partner's `parts × buy_price`, both or neither.

    The id of the request is (`message_id`, `attempt`): a repeat gets the first answer, a refusal included; a repeat
    with other contents is refused as `idempotency_mismatch`, it alone of the batch. A message is charged at most once
    over all its attempts: any other attempt of a charged message is answered with the charge, or as a mismatch.
    """

    message_id: str
    attempt: int
    advertiser_id: str
    partner_id: str
    parts: int
    sell_price: int
    buy_price: int
    by_delivered: bool
    buy_by_delivered: bool


@wire
class DebitResult:
    """`refusal`: None when the money is taken, else funds, partner_funds or idempotency_mismatch.

    `sell_amount` and `buy_amount` are what is held or charged; `held` tells that the advertiser's capture waits for
    delivery. `charged`: the message is paid for. With idempotency_mismatch nothing was done, and `charged`, the amounts
    and `held` tell what an earlier request of the message, with other contents, has taken.
    """

    message_id: str
    attempt: int
    refusal: str | None
    sell_amount: int
    buy_amount: int
    held: bool
    charged: bool = False


@wire
class SettleItem:
    """How the parts of a charged message ended; the three numbers add up to its parts.

    By delivered: delivered parts are captured, all others released. Otherwise: delivered and undelivered parts stay
    charged, and `parts_unsubmitted` (never taken by the mobile operator) are refunded. Idempotent by `message_id`.
    """

    message_id: str
    parts_delivered: int
    parts_undelivered: int
    parts_unsubmitted: int


@wire
class SettleResult:
    """What the message has cost in the end: the advertiser's `charged` and the partner's `cost`."""

    message_id: str
    charged: int
    cost: int


@wire
class NewPackage:
    """`amount` credited; `limit` of the sum that may be spent, 0 = post-paid without limit; dates RFC 3339."""

    id: str
    advertiser_id: str
    partner_id: str
    amount: int
    credit: int = 0
    postpaid: bool = False
    paid: bool = False
    payment_kind: str = ""
    payment_info: str = ""
    starts_at: str | None = None
    ends_at: str | None = None
    planned_payment_at: str | None = None


@wire
class Package:
    """`remaining`: what it can still pay, credit included and holds excluded; below zero is the debt of a post-paid one."""

    id: str
    number: int
    advertiser_id: str
    partner_id: str
    credited: int
    spent: int
    held: int
    credit: int
    remaining: int
    postpaid: bool
    paid: bool
    payment_kind: str
    payment_info: str
    starts_at: str
    ends_at: str
    planned_payment_at: str | None
    created_at: str


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


class BillingClient(Client):
    service = "billing"

    def debit(self, items: list[DebitItem]) -> list[DebitResult]:
        """An answer per item, in order, at most 1,000 at once."""
        return self._batch("debit", items, DebitResult)

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

    def add_package(self, new: NewPackage, *, author: str) -> Package:
        """Credit an advertiser's balance; idempotent by `new.id`."""
        return from_wire(Package, self._call("add_package", new=to_wire(new), author=author))

    def packages(self, partner_id: str, advertiser_id: str) -> list[Package]:
        arguments = {"partner_id": partner_id, "advertiser_id": advertiser_id}
        return many_from_wire(Package, self._call("packages", **arguments))

    def mark_package_paid(self, partner_id: str, package_id: str, *, author: str) -> Package:
        arguments = {"partner_id": partner_id, "package_id": package_id, "author": author}
        return from_wire(Package, self._call("mark_package_paid", **arguments))

    def credit_partner(self, *, id: str, partner_id: str, amount: int, credit: int, author: str) -> Balance:
        """Add `amount` to the partner's balance with the operator and set its credit line; idempotent by `id`."""
        arguments = {"id": id, "partner_id": partner_id, "amount": amount, "credit": credit, "author": author}
        return from_wire(Balance, self._call("credit_partner", **arguments))

    def balances(self, account_ids: list[str]) -> list[Balance]:
        """Balances of advertisers or partners, one per id in order; an account without money is all zero."""
        return many_from_wire(Balance, self._call("balances", account_ids=account_ids))

    def set_level(self, partner_id: str, advertiser_id: str, *, level: int) -> None:
        """Tell when the available sum falls below `level`; 0 = never."""
        self._call("set_level", partner_id=partner_id, advertiser_id=advertiser_id, level=level)
