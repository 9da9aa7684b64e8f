"""What a message becomes as its parts change, and what becomes of a part that nothing is heard of. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from services.smpp_gateway.outcome import costs_nothing, message_state, reason_of
from services.smpp_gateway.work import FINAL, PartRow, Work


class Patience(Protocol):
    """The limits that are asked for here (`context.Limits`)."""

    @property
    def response_grace(self) -> timedelta: ...
    @property
    def unresolved(self) -> timedelta: ...
    @property
    def receipt_timeout(self) -> timedelta: ...
    @property
    def retry_first(self) -> timedelta: ...
    @property
    def retry_most(self) -> timedelta: ...
    @property
    def resend_unresolved(self) -> bool: ...


#: What a part becomes that stays in a state for too long.
AGED = {"submitting": "unresolved", "unresolved": "lost", "submitted": "unknown"}


def deadline(part: PartRow, limits: Patience, now: datetime) -> datetime:
    """Until when a part may stay as it is; only for the states of `AGED`."""
    patience = {
        "submitting": limits.response_grace,
        "unresolved": limits.unresolved,
        "submitted": limits.receipt_timeout,
    }
    return (part.changed_at or part.submitted_at or now) + patience[part.state]


def aged(part: PartRow, limits: Patience, now: datetime) -> str | None:
    """The state that a part which waited too long goes into, None while it may wait on."""
    if part.state not in AGED or deadline(part, limits, now) > now:
        return None
    if part.state == "unresolved" and limits.resend_unresolved:
        return "waiting"
    return AGED[part.state]


def follow(
    work: Work, parts: Sequence[PartRow], limits: Patience, now: datetime, *, looked_at: bool = False
) -> Work | None:
    """The message as its parts (all of them) make it: final, waiting to be tried again, or submitted.

    None where nothing is to be written. `looked_at`: its time had come, so that it needs a new one in any case.
    """
    if work.state in FINAL or len(parts) < work.parts:
        return None
    states = [part.state for part in parts]
    state = message_state(states, work.parts)
    if state is not None:
        return ended(work, state, states, now)
    if "submitting" in states:
        first = min(deadline(part, limits, now) for part in parts if part.state == "submitting")
        return work.moved(due_at=max(first, now)) if looked_at else None
    if "waiting" in states:
        return None if work.state == "charged" else work.moved(state="charged", due_at=now + pause(work, limits))
    due = min(deadline(part, limits, now) for part in parts if part.state in AGED)
    if work.state == "submitted" and not looked_at and work.due_at is not None and work.due_at <= due:
        # An earlier look than needed does no harm, and saves writing the message for each part.
        return None
    return work.moved(state="submitted", submitted_at=work.submitted_at or now, due_at=due)


def pause(work: Work, limits: Patience) -> timedelta:
    """How long what the operator did not take waits before it is submitted again."""
    return min(limits.retry_first * 2 ** min(max(work.submits, 1) - 1, 10), limits.retry_most)


def ended(work: Work, state: str, parts: Sequence[str], now: datetime) -> Work:
    """The message at its end; `due_at` stays set when money is to be settled."""
    unpaid = len(parts) < work.parts or any(map(costs_nothing, parts))
    settle = unpaid or work.sell_held or work.buy_held
    taken = any(one not in ("rejected", "unsent") for one in parts)
    return work.moved(
        state=state,
        reason=reason_of(state, parts),
        due_at=now if settle else None,
        final_at=now,
        submitted_at=work.submitted_at or (now if taken else None),
    )


def given_up(work: Work, now: datetime) -> Work:
    """A charged message that the operator never saw and that is too old now: its money goes back."""
    return work.moved(state="expired", reason="held_too_long", due_at=now, final_at=now)
