"""Where many messages come one by one, a batch waits a moment for more: it costs nearly the same for 300 as for 30."""

import time
from collections.abc import Callable, Sized

import eventlet

#: A batch waits where the one before it had so many at least and has only just ended: what comes slowly waits for nothing.
CROWD = 32
RECENT_SECONDS = 0.2
#: It goes when nothing came during a step, and at the latest after so many.
STEP_SECONDS = 0.015
MOST_STEPS = 10


class Gathering:
    """Of one loop that takes batches from a queue."""

    def __init__(
        self,
        sleep: Callable[[float], object] = eventlet.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sleep, self._monotonic = sleep, monotonic
        self._last, self._ended = 0, 0.0

    def wait(self, queue: Sized, most: int) -> None:
        """Before a batch of at most `most` is taken from the queue."""
        if self._last < CROWD or self._monotonic() - self._ended > RECENT_SECONDS:
            return
        for _ in range(MOST_STEPS):
            before = len(queue)
            if before >= most:
                return
            self._sleep(STEP_SECONDS)
            if len(queue) == before:
                return

    def ended(self, count: int) -> None:
        """A batch of so many was dealt with."""
        self._last, self._ended = count, self._monotonic()
