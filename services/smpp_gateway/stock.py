"""What was written down for one bind and waits in memory for room in its window, in the order in which it goes. Pure."""

from collections import deque
from collections.abc import Callable, Iterable
from typing import NamedTuple

from services.smpp_gateway.link_types import Submission
from services.smpp_gateway.work import PartKey, Work


class Prepared(NamedTuple):
    """A PDU whose try is written down, its place in the order of its bind, its message, and the moment (monotonic)."""

    submission: Submission
    ordinal: int
    work: Work
    since: float

    @property
    def keys(self) -> tuple[PartKey, ...]:
        return self.submission.keys  # type: ignore[return-value]


class Stock:
    def __init__(self) -> None:
        self._waiting: deque[Prepared] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, batch: Iterable[Prepared]) -> None:
        """Behind what is there."""
        self._waiting.extend(batch)

    def put_back(self, batch: Iterable[Prepared]) -> None:
        """To the front, in their order."""
        self._waiting.extendleft(reversed(list(batch)))

    def first(self, most: int) -> list[Prepared]:
        """The first ones, which stay."""
        return [self._waiting[place] for place in range(min(most, len(self._waiting)))]

    def drop(self, count: int) -> None:
        """The first ones are here no longer."""
        for _ in range(count):
            self._waiting.popleft()

    def take(self, which: Callable[[Prepared], bool] = lambda _: True) -> list[Prepared]:
        """Those of which that is true are here no longer."""
        taken = [one for one in self._waiting if which(one)]
        if taken:
            kept = [one for one in self._waiting if not which(one)]
            self._waiting = deque(kept)
        return taken

    def overtaken_by(self, priority: int | None, since: float) -> bool:
        """Whether something of this priority should go before some of it, which has been here since before that moment."""
        if priority is None or not self._waiting or self._waiting[0].since > since:
            return False
        return any(one.work.priority > priority for one in self._waiting)
