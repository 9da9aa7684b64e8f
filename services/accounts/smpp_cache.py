"""Remembers, for some minutes, which SMPP passwords were right, so that a storm of binds costs one argon2.

What is kept is an HMAC under a key of this process alone: neither a dump of the memory of another process nor the
database gives it. A cached verification holds for one version of the credential.
"""

import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta

from eventlet.event import Event

KEPT = timedelta(minutes=5)
MOST_ENTRIES = 10_000


class VerifiedPasswords:
    """`verify(...)` does the costly check once for concurrent and for repeated equal attempts."""

    def __init__(self, most_entries: int = MOST_ENTRIES) -> None:
        self._key = secrets.token_bytes(32)
        self._most_entries = most_entries
        self._good: OrderedDict[bytes, tuple[int, datetime]] = OrderedDict()
        self._flights: dict[bytes, Event] = {}

    def verify(self, system_id: str, password: str, version: int, now: datetime, check: Callable[[], bool]) -> bool:
        """The cached answer, or that of `check()`; whoever comes while it runs waits for it. Only a yes is kept."""
        digest = self._digest(system_id, password)
        while True:
            if self._is_good(digest, version, now):
                return True
            flight = self._flights.get(digest)
            if flight is None:
                break
            flight.wait()
        flight = self._flights[digest] = Event()
        try:
            good = check()
            if good:
                self._keep(digest, version, now)
            return good
        finally:
            del self._flights[digest]
            flight.send(None)

    def _digest(self, system_id: str, password: str) -> bytes:
        text = f"{system_id}\x00{password}".encode("utf-8", "replace")
        return hmac.new(self._key, text, hashlib.sha256).digest()

    def _is_good(self, digest: bytes, version: int, now: datetime) -> bool:
        kept_version, until = self._good.get(digest, (None, now))
        if kept_version != version or until <= now:
            self._good.pop(digest, None)
            return False
        self._good.move_to_end(digest)
        return True

    def _keep(self, digest: bytes, version: int, now: datetime) -> None:
        self._good[digest] = (version, now + KEPT)
        self._good.move_to_end(digest)
        while len(self._good) > self._most_entries:
            self._good.popitem(last=False)
