"""How long to wait before the next attempt."""

import random
from collections.abc import Callable


class Backoff:
    """Doubles from `minimum_seconds` to `maximum_seconds`, each time cut by up to a half at random.

    The random part keeps many links from knocking at the same moment after an outage of the SMSC.
    """

    def __init__(
        self, minimum_seconds: float, maximum_seconds: float, uniform: Callable[[float, float], float] = random.uniform
    ) -> None:
        self._minimum_seconds = minimum_seconds
        self._maximum_seconds = maximum_seconds
        self._uniform = uniform
        self._next_seconds = minimum_seconds

    def reset(self) -> None:
        self._next_seconds = self._minimum_seconds

    def next_seconds(self) -> float:
        seconds = self._next_seconds
        self._next_seconds = min(self._maximum_seconds, seconds * 2)
        return seconds * self._uniform(0.5, 1.0)

    def longest_seconds(self) -> float:
        """For a failure that only a person can repair."""
        self._next_seconds = self._maximum_seconds
        return self._maximum_seconds * self._uniform(0.5, 1.0)
