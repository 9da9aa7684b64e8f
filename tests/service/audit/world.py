"""Three databases in which some messages have gone their way, and the means to spoil them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from golub.audit import Report, examine
from kit.ids import uuid7
from tests.service.billing.office import Office, message

SELL, BUY = 100, 60
_MESSAGE = """
INSERT INTO message (id, partner_id, advertiser_id, source, recipient, sender, text, sms_type, data_coding, esm_class,
    receipts, state, parts, direction, sell_price, buy_price, by_delivered, buy_by_delivered, charged, cost, due_at,
    expires_at, accepted_at, submitted_at, final_at)
VALUES (:id, :partner_id, :advertiser_id, 'http', '79160000001', 'GOLUB', 'Hello', 'advertising', 0, 0, 0, :state,
    :parts, 'MTS', :sell, :buy, :by_delivered, :by_delivered, :charged, :cost, :due_at, :at, :at, :at, :final_at)
"""
_PART = """
INSERT INTO part (message_id, number, link, recipient, state)
SELECT :id, number, 'main', '79160000001', :state FROM generate_series(1, :parts) AS number
"""
_COUNT = """
INSERT INTO totals (partner_id, day, advertiser_id, direction, sender, state, messages, parts, charged, cost)
VALUES (:partner_id, :day, :advertiser_id, 'MTS', 'GOLUB', :state, 1, :parts, :charged, :cost)
ON CONFLICT (partner_id, day, advertiser_id, direction, sender, state) DO UPDATE SET messages = totals.messages + 1,
    parts = totals.parts + :parts, charged = totals.charged + :charged, cost = totals.cost + :cost
"""


@dataclass(slots=True, frozen=True)
class Way:
    """How a message goes: `settled` is (delivered, undelivered, unsubmitted) parts, None where no money waits."""

    state: str
    parts: int = 1
    by_delivered: bool = False
    charge: bool = True
    settled: tuple[int, int, int] | None = None


class World:
    def __init__(self, urls: dict[str, str]) -> None:
        self.urls = urls
        self.office = Office(urls["billing"])
        self.partner = self.office.partner()
        self.advertiser = self.office.advertiser(self.partner, 10**8)

    def do(self, service: str, statement: str, **values: Any) -> int:
        """Run a statement as the service; how many rows it changed."""
        engine = create_engine(self.urls[service], poolclass=NullPool)
        with engine.begin() as connection:
            return connection.execute(text(statement), values).rowcount

    def audit(self) -> Report:
        return examine(self.urls)

    def send(self, way: Way) -> str:
        """A message that goes this way, told to billing, and to statistics as it is at its end; its id."""
        at = datetime.now(UTC) - timedelta(hours=1)
        message_id = str(uuid7(at))
        charged, cost = self._charge(message_id, way) if way.charge else (0, 0)
        final = way.state not in ("accepted", "held", "charged", "submitting", "submitted")
        owners = {"partner_id": self.partner, "advertiser_id": self.advertiser}
        facts = {"state": way.state, "parts": way.parts, "charged": charged, "cost": cost} | owners
        times = {"at": at, "final_at": at if final else None, "due_at": None if final else at}
        prices = {"sell": SELL, "buy": BUY, "by_delivered": way.by_delivered}
        self.do("smpp_gateway", _MESSAGE, id=message_id, **facts, **times, **prices)
        if way.charge:
            self.do("smpp_gateway", _PART, id=message_id, parts=way.parts, state=way.state)
        self.do("stats", _COUNT, day=at.date(), **facts)
        return message_id

    def _charge(self, message_id: str, way: Way) -> tuple[int, int]:
        terms = {"parts": way.parts, "sell_price": SELL, "buy_price": BUY}
        held = {"by_delivered": way.by_delivered, "buy_by_delivered": way.by_delivered}
        self.office.debit(message(self.advertiser, self.partner, message_id=message_id, **terms, **held))
        if way.settled:
            return self.office.settle(message_id, *way.settled)
        return (0, 0) if way.by_delivered else (SELL * way.parts, BUY * way.parts)
