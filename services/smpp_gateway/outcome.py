"""What the parts say about the message, and what that means for its money. Pure.

Part states: waiting (to be submitted again), submitting, submitted, delivered, undelivered, expired, rejected (refused
by the operator, in its response or in a receipt), unresolved (submitted, no response came), unknown (submitted, no
receipt came), lost (neither came), unsent (given up before the operator took it).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

PART_FINAL = frozenset({"delivered", "undelivered", "expired", "rejected", "unknown", "lost", "unsent"})


@dataclass(slots=True, frozen=True)
class Settlement:
    """Parts delivered, ended otherwise, and never taken by the operator; they add up to the message's parts."""

    delivered: int
    undelivered: int
    unsubmitted: int


def message_state(parts: Sequence[str], total: int) -> str | None:
    """State of a message from its parts' states; None while any part is still on its way.

    A message is delivered only when all parts are. Else the first that holds: all rejected → rejected; any
    undelivered or rejected → undelivered; any expired or unsent → expired; otherwise unknown.
    """
    if len(parts) < total or any(state not in PART_FINAL for state in parts):
        return None
    counts = Counter(parts)
    if counts["delivered"] == total:
        return "delivered"
    if counts["rejected"] == total:
        return "rejected"
    if counts["undelivered"] or counts["rejected"]:
        return "undelivered"
    return "expired" if counts["expired"] or counts["unsent"] else "unknown"


def settlement(parts: Sequence[str]) -> Settlement:
    """A rejected or unsent part was never taken, and a lost one counts as if it weren't: they cost nothing."""
    counts = Counter(parts)
    unsubmitted = counts["rejected"] + counts["lost"] + counts["unsent"]
    return Settlement(counts["delivered"], len(parts) - counts["delivered"] - unsubmitted, unsubmitted)


def reason_of(state: str, parts: Sequence[str]) -> str | None:
    """The code of `contracts.refusals` that explains a final state, where one does."""
    if state == "rejected":
        return "rejected_by_operator"
    if state == "expired" and "unsent" in parts:
        return "held_too_long"
    if state == "unknown":
        return "submit_outcome_unknown" if "lost" in parts else "no_receipt"
    return None
