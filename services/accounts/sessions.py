"""Sign-in sessions: an opaque token, stored hashed; an end by idleness and one that comes anyway."""

import hashlib
import secrets
from datetime import timedelta

IDLE_TIMEOUT = timedelta(hours=12)
ABSOLUTE_TIMEOUT = timedelta(days=7)
#: How precise "last seen" and "last used" are: a write per request would be a write per page.
TOUCH_INTERVAL = timedelta(minutes=1)
#: Ended sessions are kept this long: they tell from where a person has signed in before.
KEPT = timedelta(days=60)

_MOST_TOKEN_LENGTH = 128


def new_token() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    return hashlib.sha256(token[:_MOST_TOKEN_LENGTH].encode("utf-8", "replace")).digest()
