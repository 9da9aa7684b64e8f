"""Sign-in sessions: an opaque token, stored hashed; an end by idleness and one that comes anyway."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from kit.ids import uuid7
from services.accounts.fields import MOST_USER_AGENT, storable

IDLE_TIMEOUT = timedelta(hours=12)
ABSOLUTE_TIMEOUT = timedelta(days=7)
#: How precise "last seen" and "last used" are: a write per request would be a write per page.
TOUCH_INTERVAL = timedelta(minutes=1)
#: Ended sessions are kept this long: they tell from where a person has signed in before.
KEPT = timedelta(days=60)

#: A sign-in that waits for its second step ends after this time; one that sets it up first has more to do.
STEP_TIMEOUTS = {"code": timedelta(minutes=5), "setup": timedelta(minutes=15)}
#: And after so many wrong codes.
MOST_WRONG_CODES = 5

_MOST_TOKEN_LENGTH = 128


def new_token() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    return hashlib.sha256(token[:_MOST_TOKEN_LENGTH].encode("utf-8", "replace")).digest()


def new_session(
    user_id: str, partner_id: str | None, place: str, user_agent: str, now: datetime, step: str = ""
) -> tuple[str, dict[str, Any]]:
    """(token, row): of a session, or with a `step` of a sign-in that waits for it."""
    token = new_token()
    row = {
        "id": str(uuid7(now)),
        "token_hash": token_hash(token),
        "user_id": user_id,
        "partner_id": partner_id,
        "address": place,
        "user_agent": storable(user_agent, MOST_USER_AGENT),
        "created_at": now,
        "last_seen_at": now,
        "expires_at": now + STEP_TIMEOUTS.get(step, ABSOLUTE_TIMEOUT),
        "step": step,
        "wrong_codes": 0,
    }
    return token, row
