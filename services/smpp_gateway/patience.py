"""How long a message may wait for money. Pure."""

from datetime import datetime, timedelta

from contracts.errors import Malformed
from contracts.smpp_gateway import WaitingPolicy
from services.smpp_gateway.work import Work

DEFAULT_HOURS = 72
MOST_HOURS = 168
MOST_AUTHOR = 100
#: What a message that waited for money for too long is refused with.
TOO_LONG = {"funds": "funds_too_long", "partner_funds": "partner_funds_too_long"}
_SENTENCE = f"Messages wait for money from 1 to {MOST_HOURS} hours."


def checked(policy: WaitingPolicy) -> WaitingPolicy:
    """The policy; `Malformed` where nobody may wait so long or so short."""
    hours = policy.funds_wait_hours
    if isinstance(hours, bool) or not 1 <= hours <= MOST_HOURS:
        problem = {"pointer": "/funds_wait_hours", "code": "funds_wait_hours_invalid", "detail": _SENTENCE}
        raise Malformed(_SENTENCE, {"errors": [problem]})
    return policy


def wait_until(work: Work, hours: int, now: datetime) -> datetime:
    """Until when a message that is held now may wait. One that waited before goes on with its first time."""
    return work.wait_until or min(work.expires_at, now + timedelta(hours=hours))
