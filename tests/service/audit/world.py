"""Three databases in which some messages have gone their way, and the means to spoil them."""

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from contracts.billing import DebitResult
from golub.audit import Report, examine
from kit.ids import uuid7
from tests.service.billing.office import Office, message, tier

SELL, BUY = 100, 60
_MESSAGE = """
INSERT INTO message (id, partner_id, advertiser_id, source, recipient, sender, text, sms_type, data_coding, esm_class,
    receipts, state, parts, direction, sell_amount, buy_amount, sell_held, buy_held, part_prices, charged, cost, due_at,
    expires_at, accepted_at, submitted_at, final_at, reason)
VALUES (:id, :partner_id, :advertiser_id, 'http', '79160000001', 'GOLUB', 'Hello', 'advertising', 0, 0, 0, :state,
    :parts, 'MTS', :sell_amount, :buy_amount, :sell_held, :buy_held, :part_prices, :charged, :cost, :due_at, :at, :at, :at,
    :final_at, :reason)
"""
_LINE = """
INSERT INTO funds_wait (advertiser_id, reason, partner_id, look_at) VALUES (:advertiser_id, 'funds', :partner_id, now())
ON CONFLICT DO NOTHING
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
    """How a message goes: `settled` is (delivered, undelivered, unsubmitted) parts, None where no money waits.

    `tiers`: its parts have prices of their own.
    """

    state: str
    parts: int = 1
    by_delivered: bool = False
    charge: bool = True
    settled: tuple[int, int, int] | None = None
    tiers: bool = False
    days_ago: float = 1 / 24


class World:
    def __init__(self, urls: dict[str, str]) -> None:
        self.urls = urls
        self.office = Office(urls["billing"])
        # The audit looks at the real clock, and packages pay nothing before they begin.
        self.office.clock.moment = datetime.now(UTC) - timedelta(days=30)
        self.partner = self.office.partner()
        self.advertiser = self.office.advertiser(self.partner, 10**8)
        self._directions = itertools.count(100)

    def do(self, service: str, statement: str, **values: Any) -> int:
        """Run a statement as the service; how many rows it changed."""
        engine = create_engine(self.urls[service], poolclass=NullPool)
        with engine.begin() as connection:
            return connection.execute(text(statement), values).rowcount

    def audit(self) -> Report:
        return examine(self.urls)

    def send(self, way: Way) -> str:
        """A message that goes this way, told to billing, and to statistics as it is at its end; its id."""
        at = datetime.now(UTC) - timedelta(days=way.days_ago)
        message_id = str(uuid7(at))
        taken, charged, cost = self._charge(message_id, way, at) if way.charge else (None, 0, 0)
        final = way.state not in ("accepted", "held", "charged", "submitting", "submitted")
        owners = {"partner_id": self.partner, "advertiser_id": self.advertiser}
        facts = {"state": way.state, "parts": way.parts, "charged": charged, "cost": cost} | owners
        times = {"at": at, "final_at": at if final else None, "due_at": None if final else at}
        reason = "funds" if way.state == "held" else None
        self.do("smpp_gateway", _MESSAGE, id=message_id, reason=reason, **facts, **times, **_amounts(way, taken))
        if way.state == "held":
            self.do("smpp_gateway", _LINE, **owners)
        if way.charge:
            self.do("smpp_gateway", _PART, id=message_id, parts=way.parts, state=way.state)
        self.do("stats", _COUNT, day=at.date(), **facts)
        return message_id

    def _charge(self, message_id: str, way: Way, at: datetime) -> tuple[DebitResult, int, int]:
        terms: dict[str, Any] = {"parts": way.parts, "sell_price": SELL, "buy_price": BUY}
        if way.tiers:
            # Each message has a direction of its own, so that its places in the month are the first ones.
            terms |= {"mcc": "250", "mnc": str(next(self._directions))}
            terms["sell_tiers"] = [
                tier(2, SELL // 2, by_delivered=True, mnc=terms["mnc"]),
                tier(1, SELL, mnc=terms["mnc"]),
            ]
        held = {"by_delivered": way.by_delivered, "buy_by_delivered": way.by_delivered}
        self.office.clock.moment = at
        [taken] = self.office.debit(message(self.advertiser, self.partner, message_id=message_id, **terms, **held))
        if way.settled:
            return taken, *self.office.settle(message_id, *way.settled)
        return taken, taken.sell_amount - taken.sell_held, taken.buy_amount - taken.buy_held


def _amounts(way: Way, taken: DebitResult | None) -> dict[str, Any]:
    """What the message keeps of its debit; a refused one had it taken by a process that died, and does not know."""
    known = None if way.state == "refused" else taken
    return {
        "sell_amount": known and known.sell_amount,
        "buy_amount": known and known.buy_amount,
        "sell_held": known.sell_held if known else 0,
        "buy_held": known.buy_held if known else 0,
        "part_prices": known and known.part_prices,
    }
