"""When large orders may join the log, and when the log is worked through. Pure; seconds are monotonic."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter
from typing import NamedTuple

#: While large orders keep coming, accepting goes first: so long at most, and with so many messages in the log.
STANDS_BACK = timedelta(seconds=2)
MOST_STANDING_BACK = 60_000
#: Large orders keep coming as long as no such pause is between them: their sender has to read its answers in it.
LULL_SECONDS = 0.1
#: A log that holds more messages takes no more: orders then become messages at once, and are as slow as that is.
MOST_IN_LOG = 100_000
#: An order that could not be unpacked is left for so long, so that the others are.
LEFT_SECONDS = 30.0
#: How many orders a process offers to take: of these others may be taking some.
MOST_OFFERED = 16


class Seen(NamedTuple):
    """An order in the log, without its items. `id`: of its first message."""

    id: str
    advertiser_id: str
    priority: int
    messages: int
    accepted_at: datetime


@dataclass(slots=True)
class Pace:
    """What one process knows of the log. `messages`: in it at the last look, and what has joined it here since;
    `looks_again`: the next look is arranged for."""

    messages: int = 0
    looks_again: bool = False
    _under_way: int = 0
    _last: float = float("-inf")
    _turns: dict[str, int] = field(default_factory=dict)
    _turn: int = 0
    _left: dict[str, float] = field(default_factory=dict)

    def has_room(self, messages: int) -> bool:
        return self.messages + messages <= MOST_IN_LOG

    def begins(self) -> None:
        """A call with large orders is being worked on."""
        self._under_way += 1

    def ends(self, seconds: float, joined: int) -> None:
        """It is answered; so many messages have joined the log."""
        self._under_way -= 1
        self._last = seconds
        self.messages += joined

    def stands_back(self, seconds: float, now: datetime, seen: Sequence[Seen]) -> bool:
        """Whether what was seen is left there for now."""
        self.messages = sum(one.messages for one in seen)
        coming = self._under_way > 0 or seconds - self._last < LULL_SECONDS
        fresh = all(now - one.accepted_at < STANDS_BACK for one in seen[:1])
        return coming and fresh and self.messages <= MOST_STANDING_BACK

    def offered(self, seconds: float, seen: Iterable[Seen]) -> list[Seen]:
        """Which to take, best first: by priority, and of each priority the advertisers in turn, each's oldest first."""
        self._left = {key: until for key, until in self._left.items() if until > seconds}
        lines: dict[tuple[int, str], list[Seen]] = {}
        for one in sorted(seen, key=attrgetter("id")):
            if one.id not in self._left:
                lines.setdefault((one.priority, one.advertiser_id), []).append(one)
        placed = [
            (priority, place, self._turns.get(owner, 0), one.id, one)
            for (priority, owner), line in lines.items()
            for place, one in enumerate(line[:MOST_OFFERED])
        ]
        return [row[-1] for row in sorted(placed)[:MOST_OFFERED]]

    def took(self, advertiser_id: str, waiting: Iterable[Seen]) -> None:
        """It was this advertiser's turn; nothing is remembered of those that have nothing in the log."""
        self._turn += 1
        self._turns = {one.advertiser_id: self._turns.get(one.advertiser_id, 0) for one in waiting}
        self._turns[advertiser_id] = self._turn

    def leave(self, seconds: float, order_id: str) -> None:
        self._left[order_id] = seconds + LEFT_SECONDS
