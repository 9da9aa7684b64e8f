"""How many requests a key may make: a bucket of tokens per key, in the memory of this process.

A bucket holds twice what flows in during a second. Replicas count apart: the limit guards a process, it is no tariff.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

BURST_SECONDS = 2.0
MOST_BUCKETS = 10_000


class Rates:
    """Nothing here yields to another greenlet, so no lock is needed."""

    def __init__(
        self, per_second: int, *, most: int = MOST_BUCKETS, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_second, self._most, self._monotonic = per_second, most, monotonic
        #: Whose → (tokens, when there were so many); the one that was used longest ago comes first.
        self._buckets: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def wait_seconds(self, whose: Hashable) -> float:
        """Take a token: 0 where there was one, else the seconds until there will be."""
        now = self._monotonic()
        tokens = self._tokens(whose, now)
        self._buckets.pop(whose, None)
        granted = tokens >= 1.0
        # The one that leaves has been still for longest: its bucket is the likeliest to be full again anyway.
        if len(self._buckets) >= self._most:
            self._buckets.popitem(last=False)
        self._buckets[whose] = (tokens - 1.0 if granted else tokens, now)
        return 0.0 if granted else (1.0 - tokens) / self._per_second

    def has_token(self, whose: Hashable) -> bool:
        """Whether `wait_seconds` would grant one now; takes none."""
        return self._tokens(whose, self._monotonic()) >= 1.0

    def _tokens(self, whose: Hashable, now: float) -> float:
        full = self._per_second * BURST_SECONDS
        tokens, since = self._buckets.get(whose, (full, now))
        return min(full, tokens + (now - since) * self._per_second)

    def __len__(self) -> int:
        return len(self._buckets)
