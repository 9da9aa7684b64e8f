"""Ended messages whose money this process is to settle, kept in memory so that nobody needs to look for them.

They are leased in the database: a process that dies, or has no room for them, leaves them to whoever looks next.
"""

from collections import deque
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from services.smpp_gateway.work import Work


class Ended(NamedTuple):
    """`outcomes`: how its parts ended, in the letters of `contracts.billing.SettleItem`."""

    work: Work
    outcomes: str


class EndedQueue:
    """At most `most`; what comes beyond that is not kept. Pure."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._waiting: deque[Ended] = deque()
        #: Others have ended meanwhile, which are to be looked for.
        self.look = True

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def room(self) -> int:
        return max(0, self._most - len(self._waiting))

    def put(self, ended: Iterable[Ended]) -> None:
        for one in ended:
            if len(self._waiting) < self._most:
                self._waiting.append(one)

    def take(self, most: int, now: datetime) -> list[Ended]:
        """The first ones; whose lease is over is not this process's any more."""
        taken: list[Ended] = []
        while self._waiting and len(taken) < most:
            one = self._waiting.popleft()
            if one.work.due_at is not None and one.work.due_at > now:
                taken.append(one)
        return taken
