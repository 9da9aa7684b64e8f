"""Token buckets against guessing, bounded in memory, and no weapon to lock others out with.

Only failures cost: a success gives its tokens back. Three buckets guard a sign-in: the address; the login from that
address; and the login from addresses where its owner never signed in before. A stranger can therefore exhaust a login for
other strangers, and never for its owner at a known place. Buckets live in the process: with N replicas N times as many
guesses are possible, and a restart forgets them.
"""

import hashlib
import ipaddress
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from contracts.errors import TooManyRequests

MOST_KEYS = 50_000


class TokenBuckets:
    """For each key `burst` tokens, and one more every `refill_seconds`; the least recently used key is forgotten."""

    def __init__(self, burst: int, refill_seconds: float, most_keys: int = MOST_KEYS) -> None:
        self.burst = burst
        self.refill_seconds = refill_seconds
        self._most_keys = most_keys
        self._buckets: OrderedDict[bytes, tuple[float, datetime]] = OrderedDict()

    def take(self, key: bytes, now: datetime) -> float:
        """0.0 and one token fewer, or the seconds until there is one."""
        tokens = self._tokens(key, now)
        if tokens < 1:
            return (1 - tokens) * self.refill_seconds
        self._put(key, tokens - 1, now)
        return 0.0

    def give_back(self, key: bytes, now: datetime) -> None:
        self._put(key, min(self._tokens(key, now) + 1, self.burst), now)

    def _tokens(self, key: bytes, now: datetime) -> float:
        tokens, since = self._buckets.get(key, (float(self.burst), now))
        return min(tokens + max((now - since).total_seconds(), 0.0) / self.refill_seconds, self.burst)

    def _put(self, key: bytes, tokens: float, now: datetime) -> None:
        self._buckets[key] = (tokens, now)
        self._buckets.move_to_end(key)
        while len(self._buckets) > self._most_keys:
            self._buckets.popitem(last=False)


@dataclass(slots=True)
class Permit:
    """The tokens one attempt took; `refund` when it turned out to be rightful."""

    taken: list[tuple[TokenBuckets, bytes]]
    now: datetime

    def refund(self) -> None:
        for buckets, key in self.taken:
            buckets.give_back(key, self.now)
        self.taken.clear()


class Limits:
    """`sign_in` gives a permit or raises `TooManyRequests` with `retry_after_seconds`."""

    def __init__(self) -> None:
        self._address = TokenBuckets(burst=30, refill_seconds=10)
        self._login_here = TokenBuckets(burst=5, refill_seconds=30)
        # Whoever tries codes knows the password; 20 and 12 an hour leave a code of 6 digits unguessed for years.
        self._codes_here = TokenBuckets(burst=5, refill_seconds=60)
        self._codes = TokenBuckets(burst=20, refill_seconds=300)
        self._login_elsewhere = TokenBuckets(burst=50, refill_seconds=20)
        self._recovery = TokenBuckets(burst=10, refill_seconds=60)

    def sign_in(self, host: str, login: str, address: str, known: bool, now: datetime) -> Permit:
        """`known`: the login's owner has signed in from this address lately."""
        place = network_of(address)
        wanted = [(self._login_here, key_of("login", host, login, place)), (self._address, key_of("address", place))]
        if not known:
            wanted.append((self._login_elsewhere, key_of("login", host, login)))
        return _permit(wanted, now)

    def code(self, user_id: str, address: str, now: datetime) -> Permit:
        """For a code of the second step."""
        place = network_of(address)
        here, anywhere = key_of("code", user_id, place), key_of("code", user_id)
        return _permit([(self._codes_here, here), (self._codes, anywhere)], now)

    def recovery(self, address: str, now: datetime) -> None:
        """A request for a new password from there; whose it is bounds nothing, so nobody is kept from asking by others."""
        _permit([(self._recovery, key_of("recovery", network_of(address)))], now)


def _permit(wanted: list[tuple[TokenBuckets, bytes]], now: datetime) -> Permit:
    permit = Permit([], now)
    for buckets, key in wanted:
        wait_seconds = buckets.take(key, now)
        if wait_seconds:
            permit.refund()
            raise TooManyRequests("Too many attempts: try again later.", {"retry_after_seconds": ceil(wait_seconds)})
        permit.taken.append((buckets, key))
    return permit


def network_of(address: str) -> str:
    """What one person commands: an IPv4 address, or a /64 of IPv6."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or ipaddress.ip_network(f"{parsed}/64", strict=False))


def key_of(*parts: str) -> bytes:
    """A key of fixed size whatever a caller sends."""
    return hashlib.blake2b("\x00".join(parts).encode("utf-8", "replace"), digest_size=16).digest()
