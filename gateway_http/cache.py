"""A bounded cache in memory, whose entries end after a fixed time."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class TimedCache(Generic[V]):
    """At most `most` entries of `seconds` each; the one that was put first leaves first.

    Nothing here yields to another greenlet, so no lock is needed.
    """

    def __init__(self, *, seconds: float, most: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._most, self._monotonic = seconds, most, monotonic
        self._entries: OrderedDict[Hashable, tuple[float, V]] = OrderedDict()

    def get(self, key: Hashable) -> V | None:
        found = self._entries.get(key)
        if found is None:
            return None
        if found[0] <= self._monotonic():
            del self._entries[key]
            return None
        return found[1]

    def put(self, key: Hashable, value: V) -> None:
        self._entries.pop(key, None)
        while len(self._entries) >= self._most:
            self._entries.popitem(last=False)
        self._entries[key] = (self._monotonic() + self._seconds, value)

    def drop(self, unwanted: Callable[[V], bool]) -> None:
        for key in [key for key, (_, value) in self._entries.items() if unwanted(value)]:
            del self._entries[key]

    def __len__(self) -> int:
        return len(self._entries)
