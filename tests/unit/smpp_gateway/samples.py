"""Messages and parts for tests of the pure modules."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.smpp_gateway import AcceptItem, AcceptOrder
from services.smpp_gateway.work import PartRow, Work

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
PARTNER = "018f0000-0000-7000-8000-0000000000aa"
ADVERTISER = "018f0000-0000-7000-8000-0000000000bb"
ORDER = AcceptOrder(partner_id=PARTNER, advertiser_id=ADVERTISER, source="http")


@dataclass(frozen=True)
class Limits:
    response_grace: timedelta = timedelta(seconds=150)
    unresolved: timedelta = timedelta(minutes=10)
    receipt_timeout: timedelta = timedelta(hours=1)
    retry_first: timedelta = timedelta(seconds=1)
    retry_most: timedelta = timedelta(seconds=60)
    resend_unresolved: bool = False


def work(**changes: Any) -> Work:
    made = Work(
        id="01a202b2-c500-7041-a315-42fcad20dffb",
        partner_id=PARTNER,
        advertiser_id=ADVERTISER,
        recipient="79030000001",
        sender="GOLUB",
        direction="",
        state="submitting",
        reason=None,
        parts=1,
        attempt=1,
        submits=1,
        sell_held=0,
        buy_held=0,
        charged=8_000,
        cost=4_000,
        receipts=0,
        due_at=NOW,
        expires_at=NOW + timedelta(hours=2),
        accepted_at=NOW,
        submitted_at=None,
        final_at=None,
        text="Привет",
    )
    return made.moved(**changes)


def part(state: str, number: int = 1, *, age: timedelta = timedelta(0)) -> PartRow:
    since = NOW - age
    return PartRow("01a202b2-c500-7041-a315-42fcad20dffb", number, 1, state, None, since, None, since)


def parts(*states: str) -> list[PartRow]:
    return [part(state, number) for number, state in enumerate(states, start=1)]


def item(recipient: str = "79030000001", text: str = "Привет", sender: str = "GOLUB", **more: Any) -> AcceptItem:
    return AcceptItem(recipient=recipient, sender=sender, text=text, **more)
