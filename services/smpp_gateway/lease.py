"""Who has which bind of a link, and for how long: the rules. Pure.

A bind is leased to one process. Its owner renews in time, or stops using it before anybody else may take it.
"""

import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

LEASE = timedelta(seconds=10)
RENEW_SECONDS = 3.0
#: So long before its lease ends an owner stops: what is under way must be over, and clocks run at different speeds.
MARGIN = timedelta(seconds=3)
#: A bind that nobody took for so long may be taken by whoever has its share already.
LEFT_OVER = timedelta(seconds=5)


class BindKey(NamedTuple):
    link: str
    number: int


@dataclass(slots=True, frozen=True)
class Bind:
    """A row of `link_bind`. `bound_at`: when it was last known to be bound; `per_minute`: submit_sm of the last minute."""

    link: str
    number: int
    owner: str
    lease_until: datetime
    state: str
    since: datetime
    in_flight: int
    reason: str
    bound_at: datetime | None
    per_minute: int

    @property
    def key(self) -> BindKey:
        return BindKey(self.link, self.number)

    def bound(self, now: datetime) -> bool:
        return self.state == "bound" and self.lease_until > now


@dataclass(slots=True, frozen=True)
class Standing:
    """All binds at one moment by the clock of the database; `replicas`: processes that are alive, this one included."""

    now: datetime
    replicas: int
    binds: Sequence[Bind]


def share(binds: int, replicas: int) -> int:
    """How many of all binds one process has where they are spread evenly."""
    return -(-binds // max(1, replicas))


def wanted(standing: Standing, owner: str, usable: Collection[BindKey]) -> list[BindKey]:
    """Which free binds, of those that may be used now, this process should try to take.

    First binds of links of which it has the fewest, so that one process that dies takes no link down with it.
    """
    now = standing.now
    counted = [one for one in standing.binds if one.key in usable]
    of_link = Counter(one.link for one in counted if one.owner == owner and one.lease_until > now)
    own, most = of_link.total(), share(len(counted), standing.replicas)
    free = [one for one in counted if one.lease_until <= now]
    chosen: list[BindKey] = []
    while free:
        first = min(free, key=lambda one: (of_link[one.link], one.lease_until, one.key))
        free.remove(first)
        if own < most or now - first.lease_until >= LEFT_OVER:
            chosen.append(first.key)
            of_link[first.link] += 1
            own += 1
    return chosen


def surplus(standing: Standing, owner: str, usable: Collection[BindKey]) -> BindKey | None:
    """A bind that this process should hand on to one that has too few; one at a time."""
    counted = [one for one in standing.binds if one.key in usable]
    own = [one for one in counted if one.owner == owner and one.lease_until > standing.now]
    if len(own) <= share(len(counted), standing.replicas):
        return None
    of_link = Counter(one.link for one in own)
    return max(own, key=lambda one: (of_link[one.link], one.since, one.key)).key


class Fence:
    """Until when this process may use its binds, by a clock that nobody sets.

    The time is counted from before the renewal was asked for, so that it ends before the lease does, whenever the answer
    came. A process that was stalled finds the fence shut when it goes on.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._until = float("-inf")

    @property
    def open(self) -> bool:
        return self._monotonic() < self._until

    def now(self) -> float:
        """To be asked for before a renewal is."""
        return self._monotonic()

    def renewed(self, asked_at: float) -> None:
        self._until = max(self._until, asked_at + (LEASE - MARGIN).total_seconds())

    def shut(self) -> None:
        self._until = float("-inf")
