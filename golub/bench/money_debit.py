"""What billing does on the message path, measured: debit, settle, estimate, each in batches of 500 items."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from contracts.batches import batch_to_wire
from contracts.billing import BillingClient, DebitItem, DebitResult, SettleItem
from contracts.tariffs import Tier
from golub.bench.money_base import Group, MoneyBase, MoneyServices
from golub.bench.money_ledger import BUY_PRICE, MNCS, SELL_PRICE, Ledger
from golub.bench.money_meter import StatementClock, measure
from kit.ids import uuid7

ITEMS = 500
AT_ONCE = (1, 2, 4)
WARM_UP_BATCHES = 3
SMALLEST_LEDGER, STEP = 10_000, 10
#: A measurement adds entries itself: on a small ledger it makes fewer batches, so that this stays one.
LEAST_BATCHES, ROWS_PER_BATCH = 10, 2_000
TIER_STARTS = (100_000, 1_000, 1)


class WrongAnswerError(Exception):
    """A call did something else than was to be measured."""


def batch(group: Group, *, by_delivered: bool = False, tiers: bool = False) -> list[DebitItem]:
    """New messages of one part, dealt out to all advertisers of the group."""
    return [_item(group, number, by_delivered, tiers) for number in range(ITEMS)]


def _item(group: Group, number: int, by_delivered: bool, tiers: bool) -> DebitItem:
    mnc = MNCS[number % len(MNCS)]
    return DebitItem(
        message_id=str(uuid7()),
        attempt=1,
        advertiser_id=group.advertiser_ids[number % len(group.advertiser_ids)],
        partner_id=group.partner_id,
        parts=1,
        mcc="250",
        mnc=mnc,
        sms_type="advertising",
        sell_price=SELL_PRICE,
        buy_price=BUY_PRICE,
        by_delivered=by_delivered,
        buy_by_delivered=by_delivered,
        sell_tiers=_tiers(SELL_PRICE, mnc) if tiers else None,
        buy_tiers=_tiers(BUY_PRICE, mnc) if tiers else None,
    )


def _tiers(price: int, mnc: str) -> list[Tier]:
    return [
        Tier(from_nth=start, price=price - 100 * discount, by_delivered=False, mcc="250", mnc=mnc, sms_type="")
        for discount, start in zip((2, 1, 0), TIER_STARTS, strict=True)
    ]


def debits(client: BillingClient, batches: Sequence[list[DebitItem]]) -> list[Callable[[], Any]]:
    """A call per batch; `WrongAnswerError` where one is not paid for as a whole."""
    return [lambda items=items: _debit(client, items) for items in batches]  # type: ignore[misc]


def _debit(client: BillingClient, items: list[DebitItem]) -> None:
    _paid(client.debit(items))


def _paid(results: Sequence[DebitResult]) -> None:
    if not all(one.refusal is None and one.sell_amount > 0 for one in results) or len(results) != ITEMS:
        raise WrongAnswerError(f"not every message was paid for: {results[:1]}")


def sizes(rows: int) -> list[int]:
    """10,000, 100,000 … and `rows` as the last."""
    found, size = [], SMALLEST_LEDGER
    while size < rows:
        found.append(size)
        size *= STEP
    return [*found, rows]


def curve(base: MoneyBase, ledger: Ledger, clock: StatementClock, rows: int, most: int) -> Iterator[dict[str, Any]]:
    """`billing.debit` called directly, one batch after the other, while the ledger grows to so many entries."""
    services = base.services
    for size in sizes(rows):
        ledger.fill(size)
        base.checkpoint()
        warm_up(services)
        batches = [batch(services.groups[0]) for _ in range(min(most, max(LEAST_BATCHES, size // ROWS_PER_BATCH)))]
        before = {"rows": ledger.rows(), "rows_this_month": ledger.rows(of_this_month=True)}
        found = measure(base, debits(services.billing, batches), ITEMS, clock=clock)
        yield before | {"rows_after": ledger.rows()} | found


def warm_up(services: MoneyServices) -> None:
    """The first statements of a connection fill the caches of its PostgreSQL process."""
    for _ in range(WARM_UP_BATCHES):
        _debit(services.billing, batch(services.groups[0]))


def together(base: MoneyBase, client: BillingClient, way: str, most: int) -> Iterator[dict[str, Any]]:
    """Debits with several batches under way: of the same advertisers, who wait for each other's locks, and of others."""
    for at_once in AT_ONCE:
        for apart in (False, True) if at_once > 1 else (False,):
            groups = [base.services.groups[number % at_once if apart else 0] for number in range(most)]
            found = measure(base, debits(client, [batch(one) for one in groups]), ITEMS, at_once=at_once)
            yield {"what": "billing.debit", "way": way, "accounts": "apart" if apart else "shared"} | found


def others(base: MoneyBase, client: BillingClient, way: str, most: int) -> Iterator[dict[str, Any]]:
    """One call after the other: debit by volume tiers, debit by delivered, the settlement of these, an estimate."""
    group = base.services.groups[0]
    by_tiers = [batch(group, tiers=True) for _ in range(most)]
    held = [batch(group, by_delivered=True) for _ in range(most)]
    asked = [batch(group) for _ in range(most)]
    for what, calls in (
        ("billing.debit, tiers", debits(client, by_tiers)),
        ("billing.debit, by delivered", debits(client, held)),
        ("billing.settle", [lambda items=items: _settle(client, items) for items in held]),  # type: ignore[misc]
        ("billing.estimate", [lambda items=items: _paid(client.estimate(items)) for items in asked]),  # type: ignore[misc]
    ):
        yield {"what": what, "way": way, "accounts": "shared"} | measure(base, calls, ITEMS)


def service_debits(base: MoneyBase, most: int) -> dict[str, Any]:
    """The service's own part of a debit, from JSON objects to JSON objects, without the work of its caller."""
    service = base.services.methods["billing"]
    batches = [batch_to_wire(batch(base.services.groups[0])) for _ in range(most)]
    calls = [lambda one=one: service.debit(one) for one in batches]  # type: ignore[misc]
    return {"what": "billing.debit", "way": "service", "accounts": "shared"} | measure(base, calls, ITEMS)


def _settle(client: BillingClient, items: Sequence[DebitItem]) -> None:
    results = client.settle([SettleItem(message_id=one.message_id, outcomes="d") for one in items])
    if [one.charged for one in results] != [SELL_PRICE] * ITEMS:
        raise WrongAnswerError(f"not every message was charged: {results[:1]}")
