"""The pipeline on a real database, with its neighbours played by fakes."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from contracts.billing import FundsAdded
from contracts.smpp_gateway import Accepted, AcceptItem, AcceptOrder
from kit.clock import FixedClock
from kit.database import Transactions
from kit.outbox import OutboxWriter
from services.smpp_gateway import repository_search, unpacking
from services.smpp_gateway.admission import Encoded
from services.smpp_gateway.charging import Charging
from services.smpp_gateway.context import Context, Limits
from services.smpp_gateway.ending import Ends
from services.smpp_gateway.intake import Intake
from services.smpp_gateway.link_types import LinkSettings, Response, Submission
from services.smpp_gateway.moderating import Moderating
from services.smpp_gateway.order_log import LEAST_ITEMS
from services.smpp_gateway.pdu import DeliverSm
from services.smpp_gateway.receipt import format_receipt
from services.smpp_gateway.settling import Settling
from services.smpp_gateway.submitting import Submitting
from services.smpp_gateway.sweeping import Sweeping
from services.smpp_gateway.telling import tell_totals
from services.smpp_gateway.unpacking import Unpacking
from services.smpp_gateway.waiting import Waiting
from services.smpp_gateway.work import Work
from tests.service.smpp_gateway.neighbours import PRICE, Billing, Senders, Tariffs

__all__ = ["ADVERTISER", "NOW", "PARTNER", "PRICE", "Billing", "Room", "Senders", "Tariffs"]

PARTNER = "018f0000-0000-7000-8000-0000000000aa"
ADVERTISER = "018f0000-0000-7000-8000-0000000000bb"
NOW = datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC)


class FakeLink:
    """A window and what was written into it."""

    def __init__(self, window: int = 1000) -> None:
        self.window = window
        self.ahead = 0
        self.settings = LinkSettings(host="127.0.0.1", port=2775, system_id="golub", password="")
        self.sent: list[Submission] = []
        self.dead_after: int | None = None
        #: How many it takes in all, before somebody changes it.
        self.most: int | None = None

    @property
    def free_window(self) -> int:
        return self.window if self.most is None else max(0, min(self.window, self.most - len(self.sent)))

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
        #: To the last order.
        self.answers: list[Accepted] = []
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
        self.unpacking = Unpacking(self.context)
        self.charging = Charging(self.context)
        self.ends = Ends(self.context, "main")
        self.submitting = Submitting(self.context, "main", self.link, self.ends)
        if isinstance(self.db, Transactions):
            self.submitting.feeding.take_up()
        self.settling = Settling(self.context)
        self.sweeping = Sweeping(self.context, lambda _: self.ends)
        self.waiting = Waiting(self.context)
        self.moderating = Moderating(self.context)

    def restart(self) -> None:
        self._build()

    def accept(
        self,
        *recipients: str,
        text: str = "Привет",
        sender: str = "GOLUB",
        key: str | None = None,
        receipts: int = 0,
        advertiser: str = ADVERTISER,
        logged: bool = False,
    ) -> list[str]:
        """`receipts`: as an SMPP client that asks for them by registered_delivery. A large order is unpacked at once
        unless it is to stay in the log."""
        order = AcceptOrder(partner_id=PARTNER, advertiser_id=advertiser, source="http", idempotency_key=key)
        items = [AcceptItem(recipient=one, sender=sender, text=text) for one in recipients]
        encoded = [Encoded(None, 0, 0, receipts)] * len(items) if receipts else None
        self.answers = self.intake.accept(order, items, encoded)
        ids = [one.id for one in self.answers]
        if len(ids) >= LEAST_ITEMS and not logged:
            with self.db.begin() as connection:
                unpacking.of_ids(self.context, connection, advertiser, ids)
        return ids

    def top_up(self, amount: int = 0) -> None:
        """Money for the advertiser and the partner, and the news of it."""
        self.billing.left += amount
        self.news_of_money([ADVERTISER], [PARTNER])

    def news_of_money(self, advertiser_ids: list[str], partner_ids: list[str]) -> None:
        with self.db.begin() as connection:
            self.waiting.funds_added(connection, FundsAdded(advertiser_ids=advertiser_ids, partner_ids=partner_ids))

    def respond(self, status: int = 0, prefix: str = "smsc", since: int = 0) -> list[str]:
        """Answer what was sent; the message ids the SMSC gave."""
        sent = self.link.sent[since:]
        ids = [f"{prefix}{since + index}" for index in range(len(sent))]
        self.submitting.on_responses(
            [
                Response(key, status, ids[index] if status == 0 else None)
                for index, one in enumerate(sent)
                for key in one.keys
            ]
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

    def work(self, message_id: str, advertiser: str = ADVERTISER) -> Work:
        with self.db.begin() as connection:
            found = repository_search.find(connection, advertiser, message_id)
        assert found is not None
        return found

    def states(self, ids: Sequence[str], advertiser: str = ADVERTISER) -> list[str]:
        return [self.work(one, advertiser).state for one in ids]

    def totals(self) -> dict[str, tuple[int, int]]:
        """(messages, charged) by state, added up from all events in the outbox."""
        tell_totals(self.context)
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
