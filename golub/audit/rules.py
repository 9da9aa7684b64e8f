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
    """What both sides must have in common: what was taken at the debit, and what of it waits for delivery."""

    partner_id: uuid.UUID
    advertiser_id: uuid.UUID
    parts: int
    sell_amount: int | None
    buy_amount: int | None
    sell_held: int
    buy_held: int


@dataclass(slots=True, frozen=True)
class MessageRow:
    """`due_at`: when something is to be done with it, None where nothing is."""

    id: uuid.UUID
    terms: Terms
    state: str
    charged: int
    cost: int
    due_at: datetime | None
    final_at: datetime | None

    @property
    def waits(self) -> bool:
        return self.due_at is not None


@dataclass(slots=True, frozen=True)
class ChargeRow:
    """`taken` and `cost`: what the advertiser and the partner have paid up to now; holds are not paid."""

    id: uuid.UUID
    terms: Terms
    taken: int
    cost: int
    settled: bool
    created_at: datetime

    @property
    def holds(self) -> bool:
        """Whether money waits for delivery."""
        return not self.settled and bool(self.terms.sell_held or self.terms.buy_held)


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
    if final and not charge.settled and (charge.holds or message.state == "rejected"):
        return f"is {message.state}, but its charge was never settled"
    return None


def old_hold(message: MessageRow | None, charge: ChargeRow | None, since: datetime) -> tuple[str, bool] | None:
    """(why money has been held since before `since`, whether that explains it); None where none is held so long.

    A hold ends with its message, which waits for a receipt no longer than its limits say; while the operator's link is
    down nobody can tell that none comes.
    """
    if charge is None or not charge.holds or charge.created_at >= since:
        return None
    money = f"{charge.terms.sell_held} and {charge.terms.buy_held} held since {charge.created_at:%Y-%m-%d %H:%M}"
    if message is None:
        return f"{money}, and there is no such message", False
    if message.state in FINAL_STATES:
        return f"{money}, but the message is {message.state} since {message.final_at}", False
    if message.due_at is None:
        return f"{money}, and nothing will look at the message again, which is {message.state}", False
    return f"{money}: the message is {message.state}, to be looked at from {message.due_at:%Y-%m-%d %H:%M} on", True
