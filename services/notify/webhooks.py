"""What a webhook is sent, how it is signed, and when it is tried again. No bus, no SQL, no clock.

The body is `{"events": [{id, type, created_at, data}]}`, oldest first. `Golub-Signature: t=<Unix seconds>,v1=<hex>` holds the
HMAC-SHA256, under the advertiser's secret, of the seconds, a full stop and the body.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from kit.clock import to_rfc3339

SIGNATURE_HEADER = "Golub-Signature"
MOST_EVENTS = 100
#: An event that was not taken by then has failed.
KEPT = timedelta(days=3)
LEAST_DELAY = timedelta(seconds=5)
MOST_DELAY = timedelta(minutes=15)
#: Answers by which a receiver refuses what it was sent, and not that it was sent: such an event is given up after so many tries.
BAD_EVENT = frozenset({400, 413, 415, 422})
MOST_REFUSALS = 10
MOST_ERROR = 200


@dataclass(slots=True, frozen=True)
class Event:
    id: str
    type: str
    data: dict[str, Any]
    created_at: datetime
    attempts: int


@dataclass(slots=True, frozen=True)
class Kept:
    """A secret as it is stored: `sealed` under the secret of the platform named `key_id`; `secret` where it is not yet."""

    secret: str | None
    key_id: str | None
    sealed: str | None


@dataclass(slots=True, frozen=True)
class Claim:
    """A destination that nobody else sends to meanwhile, and its next events. `batch`: how many of them at once."""

    advertiser_id: str
    url: str
    secret: Kept
    failures: int
    batch: int
    events: tuple[Event, ...]


@dataclass(slots=True, frozen=True)
class Outcome:
    """`status` 0: no answer came, for the reason `error`."""

    claim: Claim
    status: int
    error: str

    @property
    def taken(self) -> bool:
        return 200 <= self.status < 300

    @property
    def gives_up(self) -> bool:
        """The one event that was sent is refused for good; those behind it go on."""
        events = self.claim.events
        return self.status in BAD_EVENT and len(events) == 1 and events[0].attempts + 1 >= MOST_REFUSALS

    @property
    def next_batch(self) -> int:
        """Fewer after a failure, so that an event that can't be taken is found; more when all is well."""
        sent = len(self.claim.events)
        return min(MOST_EVENTS, max(self.claim.batch, sent) * 2) if self.taken else max(1, sent // 4)


def delay_after(failures: int) -> timedelta:
    """5, 10, 20 … seconds, at most 15 minutes, after so many failures in a row."""
    return min(LEAST_DELAY * 2 ** min(failures - 1, 16), MOST_DELAY)


def new_secret() -> str:
    return f"whsec_{secrets.token_hex(24)}"


def body_of(events: Sequence[Event]) -> bytes:
    listed = [
        {"id": one.id, "type": one.type, "created_at": to_rfc3339(one.created_at), "data": one.data} for one in events
    ]
    return json.dumps({"events": listed}, ensure_ascii=False, separators=(",", ":")).encode()


def signature(secret: str, body: bytes, at: datetime) -> str:
    seconds = str(int(at.timestamp()))
    digest = hmac.new(secret.encode(), seconds.encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"
