"""The pipeline on a real database, with the neighbours played by small honest fakes."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from contracts.billing import Balance, DebitItem, DebitResult, SettleItem, SettleResult
from contracts.errors import Conflict, NotFound, Unavailable
from contracts.senders import CheckItem, CheckResult
from contracts.smpp_gateway import AcceptItem, AcceptOrder
from contracts.tariffs import Quote, QuoteItem
from kit.clock import FixedClock
from kit.database import Transactions
from kit.outbox import OutboxWriter
from services.smpp_gateway import repository_search
from services.smpp_gateway.admission import Encoded
from services.smpp_gateway.charging import Charging
from services.smpp_gateway.context import Context, Limits
from services.smpp_gateway.ending import Ends
from services.smpp_gateway.intake import Intake
from services.smpp_gateway.link_types import Response, Submission
from services.smpp_gateway.pdu import DeliverSm
from services.smpp_gateway.receipt import format_receipt
from services.smpp_gateway.settling import Settling
from services.smpp_gateway.submitting import Submitting
from services.smpp_gateway.sweeping import Sweeping
from services.smpp_gateway.work import Work

PARTNER = "018f0000-0000-7000-8000-0000000000aa"
ADVERTISER = "018f0000-0000-7000-8000-0000000000bb"
NOW = datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC)
PRICE = 8_000


class Senders:
    """Knows one name, while it is not blocked."""

    def __init__(self) -> None:
        self.away = self.blocked = False

    def check(self, items: Sequence[CheckItem]) -> list[CheckResult]:
        if self.away:
            raise Unavailable("senders is away")
        return [
            CheckResult(
                advertiser_id=one.advertiser_id,
                sender=one.sender,
                refusal=None if one.sender == "GOLUB" and not self.blocked else "sender_unknown",
            )
            for one in items
        ]


class Tariffs:
    """One price for Russian numbers, none for others."""

    def __init__(self) -> None:
        self.by_delivered = self.gone = False
        self.price = PRICE

    def quote(self, items: Sequence[QuoteItem]) -> list[Quote]:
        return [self._quote(one) for one in items]

    def _quote(self, item: QuoteItem) -> Quote:
        known = item.recipient.startswith("7") and not self.gone
        return Quote(
            id=item.id,
            mcc="250" if known else "",
            mnc="99" if known else "",
            direction="Beeline" if known else "",
            region="",
            zone="",
            sell_price=self.price if known else 0,
            buy_price=self.price // 2 if known else 0,
            by_delivered=self.by_delivered,
            buy_by_delivered=False,
            tariff_id=None,
            refusal=None if known else "no_price",
        )


@dataclass
class Billing:
    """An account with a limit, by the rules of `contracts.billing`: a charge per message, a first answer per attempt."""

    left: int = 10**12
    away: bool = False
    charges: dict[str, DebitItem] = field(default_factory=dict)
    refused: dict[tuple[str, int], DebitItem] = field(default_factory=dict)
    answers: dict[tuple[str, int], DebitResult] = field(default_factory=dict)
    settled: dict[str, SettleItem] = field(default_factory=dict)
    calls: int = 0

    def debit(self, items: Sequence[DebitItem]) -> list[DebitResult]:
        self.calls += 1
        if self.away:
            raise Unavailable("billing is away")
        return [self.answers.get((one.message_id, one.attempt)) or self._debit(one) for one in items]

    def _debit(self, item: DebitItem) -> DebitResult:
        key, amount = (item.message_id, item.attempt), item.parts * item.sell_price
        earlier = self.refused.get(key) or self.charges.get(item.message_id)
        if earlier is None and amount > self.left:
            earlier = self.refused[key] = item
        elif earlier is None:
            earlier = self.charges[item.message_id] = item
            self.left -= amount
        charge = self.charges.get(item.message_id)
        mismatch = replace(earlier, attempt=item.attempt) != item
        stands = charge if mismatch or earlier is charge else None
        return DebitResult(
            message_id=item.message_id,
            attempt=item.attempt,
            refusal="idempotency_mismatch" if mismatch else None if stands else "funds",
            sell_amount=stands.parts * stands.sell_price if stands else 0,
            buy_amount=stands.parts * stands.buy_price if stands else 0,
            held=stands.by_delivered if stands else False,
            charged=stands is not None,
        )

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
        parts = item.parts_delivered + item.parts_undelivered + item.parts_unsubmitted
        return parts != self.charges[item.message_id].parts or self.settled.get(item.message_id, item) != item

    def _settle(self, item: SettleItem) -> SettleResult:
        before = self.paid(item.message_id)
        charge = self.charges[item.message_id]
        if item.message_id not in self.settled:
            self.left += charge.parts * charge.sell_price if charge.by_delivered else before[0]
            self.settled[item.message_id] = item
            self.left -= self.paid(item.message_id)[0]
        charged, cost = self.paid(item.message_id)
        return SettleResult(message_id=item.message_id, charged=charged, cost=cost)

    def paid(self, message_id: str) -> tuple[int, int]:
        """What the message has cost up to now: the advertiser's money and the partner's, holds excluded."""
        charge, end = self.charges.get(message_id), self.settled.get(message_id)
        if charge is None:
            return 0, 0
        if end is None:
            sold, bought = 0 if charge.by_delivered else charge.parts, 0 if charge.buy_by_delivered else charge.parts
        else:
            sold = end.parts_delivered + (0 if charge.by_delivered else end.parts_undelivered)
            bought = end.parts_delivered + (0 if charge.buy_by_delivered else end.parts_undelivered)
        return sold * charge.sell_price, bought * charge.buy_price

    def balances(self, account_ids: Sequence[str]) -> list[Balance]:
        return [
            Balance(
                account_id=one,
                available=self.left,
                held=0,
                spent=0,
                credited=0,
                currency="RUB",
                postpaid=False,
                unpaid_packages=0,
            )
            for one in account_ids
        ]


class FakeLink:
    """A window and what was written into it."""

    def __init__(self, window: int = 1000) -> None:
        self.window = window
        self.sent: list[Submission] = []
        self.dead_after: int | None = None

    @property
    def free_window(self) -> int:
        return self.window

    def submit(self, batch: Sequence[Submission]) -> int:
        taken = len(batch) if self.dead_after is None else min(self.dead_after, len(batch))
        self.sent += batch[:taken]
        return taken


class Room:
    """All stages over one database; `restart()` is another process on the same database."""

    def __init__(self, transactions: Transactions, clock: FixedClock | None = None, **neighbours: Any) -> None:
        self.db = transactions
        self.clock = clock or FixedClock(NOW)
        self.senders = neighbours.get("senders") or Senders()
        self.tariffs = neighbours.get("tariffs") or Tariffs()
        self.billing = neighbours.get("billing") or Billing()
        self.link = neighbours.get("link") or FakeLink()
        self._build()

    def _build(self) -> None:
        limits = Limits(
            receipt_timeout=timedelta(hours=1), unresolved=timedelta(minutes=10), validity=timedelta(hours=2),
            early_match_after_seconds=0.0,
        )  # fmt: skip
        self.context = Context(
            db=self.db,
            outbox=OutboxWriter(clock=self.clock),
            clock=self.clock,
            senders=self.senders,  # type: ignore[arg-type]
            tariffs=self.tariffs,  # type: ignore[arg-type]
            billing=self.billing,  # type: ignore[arg-type]
            limits=limits,
        )
        self.intake = Intake(self.context)
        self.charging = Charging(self.context)
        self.ends = Ends(self.context, "main")
        self.submitting = Submitting(self.context, "main", self.link, self.ends)
        self.settling = Settling(self.context)
        self.sweeping = Sweeping(self.context, self.ends)

    def restart(self) -> None:
        self._build()

    def accept(
        self, *recipients: str, text: str = "Привет", sender: str = "GOLUB", key: str | None = None, receipts: int = 0
    ) -> list[str]:
        """`receipts`: as an SMPP client that asks for them by registered_delivery."""
        order = AcceptOrder(partner_id=PARTNER, advertiser_id=ADVERTISER, source="http", idempotency_key=key)
        items = [AcceptItem(recipient=one, sender=sender, text=text) for one in recipients]
        encoded = [Encoded(None, 0, 0, receipts)] * len(items) if receipts else None
        return [one.id for one in self.intake.accept(order, items, encoded)]

    def respond(self, status: int = 0, prefix: str = "smsc", since: int = 0) -> list[str]:
        """Answer what was sent; the message ids the SMSC gave."""
        sent = self.link.sent[since:]
        ids = [f"{prefix}{since + index}" for index in range(len(sent))]
        self.submitting.on_responses(
            [Response(one.key, status, ids[index] if status == 0 else None) for index, one in enumerate(sent)]
        )
        return ids

    def receipt(self, smsc_id: str, state: str = "delivered", recipient: str = "79030000001") -> DeliverSm:
        body, tlvs = format_receipt(smsc_id, state, self.clock.now(), self.clock.now())
        return DeliverSm(
            sequence_number=1,
            source_addr=recipient,
            destination_addr="GOLUB",
            esm_class=4,
            short_message=body,
            tlvs=tlvs,
        )

    def work(self, message_id: str) -> Work:
        with self.db.begin() as connection:
            found = repository_search.find(connection, ADVERTISER, message_id)
        assert found is not None
        return found

    def states(self, ids: Sequence[str]) -> list[str]:
        return [self.work(one).state for one in ids]

    def totals(self) -> dict[str, tuple[int, int]]:
        """(messages, charged) by state, added up from all events in the outbox."""
        with self.db.begin() as connection:
            envelopes = connection.execute(text("SELECT envelope FROM outbox")).scalars().all()
        sums: dict[str, tuple[int, int]] = {}
        for envelope in envelopes:
            for item in envelope["data"]["items"]:
                messages, charged = sums.get(item["state"], (0, 0))
                sums[item["state"]] = (messages + item["messages"], charged + item["charged"])
        return {state: value for state, value in sums.items() if value != (0, 0)}

    def count(self, table: str) -> int:
        with self.db.begin() as connection:
            return connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
