"""What only time brings about is looked for now and then, however often the stage that looks is woken."""

import time
from collections.abc import Callable

#: A little less than the second after which the stage runs by itself, so that each of those runs looks.
EVERY_SECONDS = 0.9


class Seldom:
    """Looks again at once where there may be more, else at the first call after `EVERY_SECONDS`."""

    def __init__(self, look: Callable[[], bool], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._look, self._monotonic = look, monotonic
        self._next = monotonic()

    def __call__(self) -> bool:
        """Whether there may be more. After a failed look the next call looks."""
        now = self._monotonic()
        if now < self._next:
            return False
        more = self._look()
        self._next = now if more else now + EVERY_SECONDS
        return more
