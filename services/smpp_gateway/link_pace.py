"""How many messages for a link are worth having in memory, and how many written down: what it sends in a time. Pure."""

import time
from collections.abc import Callable

SECONDS = 10.0
LEAST = 50
#: How long a link is looked at before its speed is believed.
LOOK_SECONDS = 5
#: Over which time a bind's speed is counted.
SPEED_SECONDS = 1.0


class Pace:
    """Told each second how much went out and whether more waited. `most` is what memory holds for one link at all."""

    def __init__(self, most: int) -> None:
        self._largest = most
        self._seconds = 0
        self._from = 0
        self._measured = most

    def second_passed(self, submitted: int, waits: bool) -> None:
        """`submitted` in all so far. Only a time in which it always had something to send tells how fast it is."""
        if not waits:
            self._seconds, self._from = 0, submitted
            self._measured = self._largest
            return
        self._seconds += 1
        if self._seconds == LOOK_SECONDS:
            self._measured = int((submitted - self._from) / LOOK_SECONDS * SECONDS)
            self._seconds, self._from = 0, submitted

    def depth(self, per_second: float) -> int:
        """`per_second`: the link's rate here, 0 for none."""
        by_rate = int(per_second * SECONDS) if per_second else self._largest
        return max(LEAST, min(self._largest, by_rate, self._measured))


class Speed:
    """How fast a bind sends at the moment: counted over one to two seconds, at first over a quarter of one."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._since = monotonic()
        self._count = 0
        self._before: float | None = None

    def note(self, count: int) -> None:
        self._turn()
        self._count += count

    @property
    def per_second(self) -> float:
        self._turn()
        passed = self._monotonic() - self._since
        if self._before is not None:
            return (self._before + self._count) / (SPEED_SECONDS + passed)
        return self._count / passed if passed >= SPEED_SECONDS / 4 else 0.0

    def _turn(self) -> None:
        """Begin a new second when this one is over; the one before counts no longer when two are."""
        passed = self._monotonic() - self._since
        if passed >= SPEED_SECONDS:
            self._before = float(self._count) if passed < 2 * SPEED_SECONDS else 0.0
            self._since += SPEED_SECONDS * (passed // SPEED_SECONDS)
            self._count = 0
