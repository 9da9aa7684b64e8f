"""A billing service on a real database for tests, spoken to through the typed client."""

from datetime import UTC, datetime
from typing import Any

from nameko.testing.services import worker_factory
from sqlalchemy import create_engine, text

from contracts.billing import Balance, BillingClient, DebitItem, DebitResult, SettleItem
from contracts.billing_packages import NewPackage, Package
from contracts.events import type_of
from contracts.tariffs import Tier
from contracts.wire import from_wire
from kit.clock import FixedClock
from kit.database import Transactions
from kit.ids import uuid7
from kit.outbox import OutboxWriter
from services.billing.audit import Finding, audit
from services.billing.service import BillingService

AUTHOR = "manager anna"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def new_id() -> str:
    return str(uuid7())


class Office:
    """`client` calls the service as another service would; `events` are those that wait in the outbox, oldest first."""

    def __init__(self, url: str) -> None:
        self.engine = create_engine(url, pool_size=60, max_overflow=0, connect_args={"options": "-c lock_timeout=10s"})
        self.clock = FixedClock(NOW)
        self.db = Transactions(self.engine)
        self.service = worker_factory(BillingService, db=self.db, outbox=OutboxWriter(), clock=self.clock)
        self.client = BillingClient(self._call)

    def _call(self, service: str, method: str, arguments: dict[str, Any], timeout_seconds: float) -> Any:
        assert service == "billing"
        assert timeout_seconds > 0
        return getattr(self.service, method)(**arguments)

    def partner(self, amount: int = 10**9, credit: int = 0) -> str:
        partner_id = new_id()
        self.client.credit_partner(id=new_id(), partner_id=partner_id, amount=amount, credit=credit, author=AUTHOR)
        return partner_id

    def package(self, advertiser_id: str, partner_id: str, amount: int, **terms: Any) -> Package:
        new = NewPackage(id=new_id(), advertiser_id=advertiser_id, partner_id=partner_id, amount=amount, **terms)
        return self.client.add_package(new, author=AUTHOR)

    def advertiser(self, partner_id: str, amount: int, **terms: Any) -> str:
        advertiser_id = new_id()
        self.package(advertiser_id, partner_id, amount, **terms)
        return advertiser_id

    def debit(self, *items: DebitItem) -> list[DebitResult]:
        return self.client.debit(list(items))

    def settle(
        self, message_id: str, delivered: int = 0, undelivered: int = 0, unsubmitted: int = 0
    ) -> tuple[int, int]:
        """(charged, cost) of one message."""
        item = settlement(message_id, delivered, undelivered, unsubmitted)
        [result] = self.client.settle([item])
        return result.charged, result.cost

    def balance(self, account_id: str) -> Balance:
        return self.client.balances([account_id])[0]

    def events(self, payload_class: type) -> list[Any]:
        """What was put into the outbox since the last look at events of this class."""
        with self.engine.begin() as connection:
            rows = connection.execute(
                text("DELETE FROM outbox WHERE name = :name RETURNING id, envelope"),
                {"name": type_of(payload_class).name},
            )
            return [from_wire(payload_class, row.envelope["data"]) for row in sorted(rows, key=lambda row: row.id)]

    def rows(self, sql: str, **arguments: Any) -> list[tuple[Any, ...]]:
        with self.engine.begin() as connection:
            return [tuple(row) for row in connection.execute(text(sql), arguments)]

    def do(self, sql: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(sql))

    def audit(self) -> list[Finding]:
        with self.db.begin() as connection:
            return audit(connection, self.clock.now())


def message(advertiser_id: str, partner_id: str, **changes: Any) -> DebitItem:
    """A new message of one part, sold for 100 and bought for 60, charged at submit."""
    contents: dict[str, Any] = {
        "message_id": new_id(),
        "attempt": 1,
        "parts": 1,
        "mcc": "250",
        "mnc": "99",
        "sms_type": "advertising",
        "sell_price": 100,
        "buy_price": 60,
        "by_delivered": False,
        "buy_by_delivered": False,
    }
    return DebitItem(advertiser_id=advertiser_id, partner_id=partner_id, **contents | changes)


def tier(from_nth: int, price: int, *, by_delivered: bool = False, mnc: str = "99", sms_type: str = "") -> Tier:
    """A row for the operator of `message`, of all types of SMS unless said otherwise."""
    return Tier(from_nth=from_nth, price=price, by_delivered=by_delivered, mcc="250", mnc=mnc, sms_type=sms_type)


def settlement(message_id: str, delivered: int = 0, undelivered: int = 0, unsubmitted: int = 0) -> SettleItem:
    """The delivered parts first, then the undelivered ones, then those that were never submitted."""
    return SettleItem(message_id=message_id, outcomes="d" * delivered + "u" * undelivered + "x" * unsubmitted)
