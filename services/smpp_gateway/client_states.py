"""A message's state in the words of a query_sm_resp (SMPP 3.4, 4.8.2 and 5.2.28). Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime

from services.smpp_gateway import constants as c
from services.smpp_gateway.server_types import Queried
from services.smpp_gateway.work import FINAL, PartRow, Work

#: What is not here is under way. ACCEPTED would mean that a person has read the message in the recipient's place.
_STATES = {
    "delivered": c.MESSAGE_STATE_DELIVERED,
    "expired": c.MESSAGE_STATE_EXPIRED,
    "undelivered": c.MESSAGE_STATE_UNDELIVERABLE,
    "unknown": c.MESSAGE_STATE_UNKNOWN,
    "rejected": c.MESSAGE_STATE_REJECTED,
    "refused": c.MESSAGE_STATE_REJECTED,
}
_FAILED = FINAL - {"delivered"}
_MOST_ERROR = 0xFF


UNDER_WAY = Queried("", c.MESSAGE_STATE_ENROUTE)


def failed(work: Work) -> bool:
    """Whether its parts can tell an error."""
    return work.state in _FAILED


def queried(work: Work, parts: Sequence[PartRow]) -> Queried:
    if work.state not in FINAL:
        return UNDER_WAY
    state = c.MESSAGE_STATE_DELETED if work.reason == "cancelled" else _STATES[work.state]
    return Queried(absolute_time(work.final_at), state, _error_of(parts) if failed(work) else 0)


def absolute_time(moment: datetime | None) -> str:
    """`YYMMDDhhmmsst00+`, in UTC (SMPP 3.4, 7.1.1)."""
    if moment is None:
        return ""
    utc = moment.astimezone(UTC)
    return f"{utc:%y%m%d%H%M%S}{utc.microsecond // 100_000}00+"


def _error_of(parts: Sequence[PartRow]) -> int:
    """The operator's number of the first part that has one, where it fits the octet that the response has for it."""
    codes = [part.error_code for part in parts if part.state != "delivered" and part.error_code]
    numbers = [int(code) for code in codes if code.isascii() and code.isdigit() and len(code) <= 3]
    return next((number for number in numbers if 0 < number <= _MOST_ERROR), 0)
