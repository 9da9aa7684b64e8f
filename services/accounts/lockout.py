"""Who fails to bind is kept out for longer and longer, and nobody is locked out by others. Pure.

Failures are counted by (system_id, place) and by place; a place is an IPv4 address or a /64 of IPv6. So nobody's failures
elsewhere keep a client out, and a client that has bound from a place lately is not kept out for what others there fail
under other names. The counts are rows, so they hold over all processes and restarts (`lockout_repository.py`).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.accounts.limits import key_of, network_of

FREE_OF_LOGIN = 5
FREE_OF_PLACE = 30
FIRST_SECONDS = 10.0
MOST_SECONDS = 900.0
#: So long after the last failure it is as if there had been none.
FORGOTTEN = timedelta(hours=1)
#: So long after a bind its client is known at that place.
KNOWN = timedelta(hours=24)


@dataclass(slots=True, frozen=True)
class Failures:
    """`last`: when the newest of them was, None where there was none; `known_until`: of a client that has bound there."""

    count: int = 0
    last: datetime | None = None
    known_until: datetime | None = None


NONE = Failures()


def lock_seconds(count: int, free: int) -> float:
    """For how long so many failures lock: not at all, then 10, 20, 40 … 900 s after the free ones."""
    return 0.0 if count < free else min(MOST_SECONDS, FIRST_SECONDS * 2.0 ** min(count - free, 20))


def wait_seconds(of_login: Failures, of_place: Failures, now: datetime) -> float:
    """How long whoever comes has yet to wait; 0.0 when not at all."""
    seconds = _left(of_login, FREE_OF_LOGIN, now)
    if of_login.known_until is None or of_login.known_until <= now:
        seconds = max(seconds, _left(of_place, FREE_OF_PLACE, now))
    return seconds


def _left(failures: Failures, free: int, now: datetime) -> float:
    if failures.last is None:
        return 0.0
    return max(0.0, lock_seconds(failures.count, free) - (now - failures.last).total_seconds())


def keys(system_id: str, address: str) -> tuple[bytes, bytes]:
    """Of the login there, and of the place; of fixed size whatever a stranger sends."""
    place = network_of(address)
    return key_of("smpp", system_id, place), key_of("smpp place", place)
