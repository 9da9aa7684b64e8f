"""What the parts say about the message, and what that means for its money. Pure.

Part states: waiting (to be submitted again), submitting, submitted, delivered, undelivered, expired, rejected (refused
by the operator, in its response or in a receipt), unresolved (submitted, no response came), unknown (submitted, no
receipt came), lost (neither came), unsent (given up before the operator took it).
"""

from collections import Counter
from collections.abc import Mapping, Sequence

PART_FINAL = frozenset({"delivered", "undelivered", "expired", "rejected", "unknown", "lost", "unsent"})


#: How a part ended, in the letters of `contracts.billing.SettleItem`. A rejected or unsent part was never taken by the
#: operator, and a lost one counts as if it weren't: they cost nothing.
_LETTERS = {
    "delivered": "d",
    **dict.fromkeys(("undelivered", "expired", "unknown"), "u"),
    **dict.fromkeys(("rejected", "lost", "unsent"), "x"),
}


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


def outcomes(states: Mapping[int, str], total: int) -> str:
    """A letter for each of `total` parts, given the states of those that have ended, by number from 1.

    A part that is not among them was never given to the operator.
    """
    return "".join(_LETTERS[states[number]] if number in states else "x" for number in range(1, total + 1))


def costs_nothing(state: str) -> bool:
    """Whether what a charged part cost is to be paid back when it ends so."""
    return _LETTERS[state] == "x"


def reason_of(state: str, parts: Sequence[str]) -> str | None:
    """The code of `contracts.refusals` that explains a final state, where one does."""
    if state == "rejected":
        return "rejected_by_operator"
    if state == "expired" and "unsent" in parts:
        return "held_too_long"
    if state == "unknown":
        return "submit_outcome_unknown" if "lost" in parts else "no_receipt"
    return None
