"""Who fails to bind is kept out for longer and longer, bounded in memory, and no weapon to lock others out with.

Failures are counted by (system_id, place) and by place; a place is an IPv4 address or a /64 of IPv6. So nobody's failures
elsewhere keep a client out, and a client that has bound from a place lately is not kept out for what others there fail
under other names. Counts live in the process: with N replicas N times as many guesses are possible, and a restart forgets
them.
"""

import logging
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from contracts.errors import TooManyRequests
from services.accounts.limits import key_of, network_of

log = logging.getLogger(__name__)

MOST_KEYS = 50_000
FREE_OF_LOGIN = 5
FREE_OF_PLACE = 30
FIRST_SECONDS = 10.0
MOST_SECONDS = 900.0
#: So long after the last failure it is as if there had been none.
FORGOTTEN = timedelta(hours=1)
#: So long after a bind its client is known at that place.
KNOWN = timedelta(hours=24)


@dataclass(slots=True)
class Failures:
    count: int
    last: datetime
    locked_until: datetime


class Counts:
    """Failures by key; the one that was touched longest ago is forgotten first."""

    def __init__(self, free: int, most_keys: int = MOST_KEYS) -> None:
        self.free = free
        self._most_keys = most_keys
        self._found: OrderedDict[bytes, Failures] = OrderedDict()

    def __len__(self) -> int:
        return len(self._found)

    def wait_seconds(self, key: bytes, now: datetime) -> float:
        """How long the key is locked yet; 0.0 when it is not."""
        found = self._found.get(key)
        return max(0.0, (found.locked_until - now).total_seconds()) if found else 0.0

    def add(self, key: bytes, now: datetime) -> float:
        """One failure more; for how many seconds that locks the key: 10, 20, 40 … after the free ones."""
        found = self._found.get(key)
        if found is None or now - found.last > FORGOTTEN:
            found = self._found[key] = Failures(0, now, now)
        self._found.move_to_end(key)
        while len(self._found) > self._most_keys:
            self._found.popitem(last=False)
        found.count, found.last = found.count + 1, now
        if found.count < self.free:
            return 0.0
        seconds = min(MOST_SECONDS, FIRST_SECONDS * 2.0 ** min(found.count - self.free, 20))
        found.locked_until = now + timedelta(seconds=seconds)
        return seconds

    def forget(self, key: bytes) -> None:
        self._found.pop(key, None)


class Lockout:
    """`check` before the password is looked at, then `failed` or `passed`."""

    def __init__(self) -> None:
        self._of_login = Counts(FREE_OF_LOGIN)
        self._of_place = Counts(FREE_OF_PLACE)
        self._known: OrderedDict[bytes, datetime] = OrderedDict()

    def check(self, system_id: str, address: str, now: datetime) -> None:
        """Raises `TooManyRequests` with `retry_after_seconds` while it is kept out."""
        login, place = _keys(system_id, address)
        seconds = self._of_login.wait_seconds(login, now)
        if not self._is_known(login, now):
            seconds = max(seconds, self._of_place.wait_seconds(place, now))
        if seconds:
            raise TooManyRequests("Too many attempts: try again later.", {"retry_after_seconds": ceil(seconds)})

    def failed(self, system_id: str, address: str, now: datetime) -> None:
        login, place = _keys(system_id, address)
        of_login, of_place = self._of_login.add(login, now), self._of_place.add(place, now)
        # One line for each time that somebody is kept out; the refusals until then are not told again.
        if of_login:
            log.warning("Binds as %.20r from %s are refused for %d s after failures.", system_id, address, of_login)
        elif of_place:
            log.warning("Binds of strangers from %s are refused for %d s after failures.", address, of_place)

    def passed(self, system_id: str, address: str, now: datetime) -> None:
        """The failures of the place stay: one good password of its own must not buy anybody guesses at others'."""
        login, _ = _keys(system_id, address)
        self._of_login.forget(login)
        self._known[login] = now + KNOWN
        self._known.move_to_end(login)
        while len(self._known) > MOST_KEYS:
            self._known.popitem(last=False)

    def _is_known(self, login: bytes, now: datetime) -> bool:
        return self._known.get(login, now) > now


def _keys(system_id: str, address: str) -> tuple[bytes, bytes]:
    place = network_of(address)
    return key_of("smpp", system_id, place), key_of("smpp place", place)
