"""What the parts say about the message, and what that means for its money. Pure.

Part states: waiting (to be submitted again), submitting, submitted, delivered, undelivered, expired, rejected (never
taken by the operator), unresolved (submitted, no response came), unknown.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

PART_FINAL = frozenset({"delivered", "undelivered", "expired", "rejected", "unknown", "lost"})


@dataclass(slots=True, frozen=True)
class Settlement:
    """Parts delivered, ended otherwise, and never taken by the operator; they add up to the message's parts."""

    delivered: int
    undelivered: int
    unsubmitted: int


def message_state(parts: Sequence[str], total: int) -> str | None:
    """State of a message from its parts' states; None while any part is still on its way.

    A message is delivered only when all parts are. Else the first that holds: all rejected → rejected; any
    undelivered or rejected → undelivered; any expired → expired; otherwise unknown.
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
    return "expired" if counts["expired"] else "unknown"


def settlement(parts: Sequence[str]) -> Settlement:
    """A rejected part was never taken; so was one that was lost without any receipt (state `lost`)."""
    counts = Counter(parts)
    unsubmitted = counts["rejected"] + counts["lost"]
    return Settlement(counts["delivered"], len(parts) - counts["delivered"] - unsubmitted, unsubmitted)


def reason_of(state: str, parts: Sequence[str]) -> str | None:
    """The code of `contracts.refusals` that explains a final state, where one does."""
    if state == "rejected":
        return "rejected_by_operator"
    if state == "unknown":
        return "submit_outcome_unknown" if "lost" in parts else "no_receipt"
    return None
