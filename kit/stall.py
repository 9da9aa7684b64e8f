"""The stall probe: a greenlet that sleeps and measures how late it wakes. A blocked hub starves heartbeats and peers."""

import logging
import time

import eventlet

from kit import metrics

log = logging.getLogger(__name__)

INTERVAL_SECONDS = 0.05
WARN_SECONDS = 0.5


class StallProbe:
    """`worst_seconds` is the longest stall since it was last read by `take_worst`."""

    def __init__(self) -> None:
        self.last_beat = time.monotonic()
        self._worst = 0.0
        self._thread = eventlet.spawn(self._run)

    def stop(self) -> None:
        self._thread.kill()

    def take_worst(self) -> float:
        worst, self._worst = self._worst, 0.0
        return worst

    def _run(self) -> None:
        while True:
            started = time.monotonic()
            eventlet.sleep(INTERVAL_SECONDS)
            self.last_beat = time.monotonic()
            late = max(self.last_beat - started - INTERVAL_SECONDS, 0.0)
            self._worst = max(self._worst, late)
            metrics.stall_seconds.observe(late)
            metrics.last_stall_seconds.set(late)
            if late > WARN_SECONDS:
                log.warning("the process stood still for %.2f s", late)
