"""What a message and its charge must say about each other. Pure."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.smpp_gateway import FINAL_STATES

UNPAID_STATES = frozenset({"accepted", "held", "refused"})
#: A charge is taken before the message says so, and an end is written before its money is settled; not for long.
ON_ITS_WAY = timedelta(minutes=10)


@dataclass(slots=True, frozen=True)
class Terms:
    """What both sides must have in common."""

    partner_id: uuid.UUID
    advertiser_id: uuid.UUID
    parts: int
    sell_price: int | None
    buy_price: int | None
    by_delivered: bool | None
    buy_by_delivered: bool | None


@dataclass(slots=True, frozen=True)
class MessageRow:
    """`waits`: something is still to be done with it."""

    id: uuid.UUID
    terms: Terms
    state: str
    charged: int
    cost: int
    waits: bool
    final_at: datetime | None


@dataclass(slots=True, frozen=True)
class ChargeRow:
    """`taken` and `cost`: what the advertiser and the partner have paid up to now; holds are not paid."""

    id: uuid.UUID
    terms: Terms
    taken: int
    cost: int
    settled: bool
    created_at: datetime


def disagreement(message: MessageRow | None, charge: ChargeRow | None, now: datetime) -> str | None:
    """A sentence on what can't be; None when the two agree."""
    if message is None:
        return "is charged, but there is no such message"
    if charge is None:
        return _without_charge(message)
    if message.state in UNPAID_STATES:
        return _unpaid(message, charge, now)
    if message.terms != charge.terms:
        return f"was charged as {charge.terms}, but says {message.terms}"
    return _money(message, charge, now)


def _without_charge(message: MessageRow) -> str | None:
    if message.state not in UNPAID_STATES:
        return f"is {message.state} without a charge"
    if message.charged or message.cost:
        return f"shows {message.charged} charged and {message.cost} cost without a charge"
    return None


def _unpaid(message: MessageRow, charge: ChargeRow, now: datetime) -> str | None:
    """A process that died may have taken the money of a message: it goes on with it, or gives the money back."""
    given_back = message.state == "refused" and charge.settled and not charge.taken and not charge.cost
    coming = message.waits and charge.created_at > now - ON_ITS_WAY
    if given_back or coming:
        return None
    return f"is {message.state}, yet it was charged at {charge.created_at:%Y-%m-%d %H:%M:%S}"


def _money(message: MessageRow, charge: ChargeRow, now: datetime) -> str | None:
    final = message.state in FINAL_STATES
    if final and message.waits:
        late = message.final_at is None or message.final_at < now - ON_ITS_WAY
        return f"is {message.state} since {message.final_at}, but its money is not settled" if late else None
    if charge.settled and not final:
        return f"is {message.state}, yet its charge is settled"
    if (message.charged, message.cost) != (charge.taken, charge.cost):
        return f"shows {message.charged} charged and {message.cost} cost, the charge {charge.taken} and {charge.cost}"
    held = charge.terms.by_delivered or charge.terms.buy_by_delivered
    if final and not charge.settled and (held or message.state == "rejected"):
        return f"is {message.state}, but its charge was never settled"
    return None
