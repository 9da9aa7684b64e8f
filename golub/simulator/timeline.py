"""Responses that are sent later: frames by due time, written by one greenlet."""

import heapq
import itertools
import time
from typing import TYPE_CHECKING

import eventlet

from services.smpp_gateway.session_signal import Signal

if TYPE_CHECKING:
    from golub.simulator.connection import Connection

_COLLECT_SECONDS = 0.001


class Timeline:
    """A connection owes the client what is in here: `Connection.owed` counts it."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Connection, bytes, bool]] = []
        self._numbers = itertools.count()
        self._wake = Signal()

    def add(self, due: float, connection: "Connection", frame: bytes, *, drop: bool = False) -> None:
        """Write the frame at `due` on the monotonic clock, and drop the connection then where that is wanted."""
        if not self._heap or due < self._heap[0][0]:
            self._wake.set()
        connection.owed += 1
        heapq.heappush(self._heap, (due, next(self._numbers), connection, frame, drop))

    def run(self) -> None:
        """Send for ever; to be killed."""
        while True:
            self._wake.clear()
            self._send_due()
            self._wake.wait(max(0.0, self._heap[0][0] - time.monotonic()) if self._heap else None)
            # What falls due together is cheaper together.
            eventlet.sleep(_COLLECT_SECONDS)

    def _send_due(self) -> None:
        now, heap = time.monotonic(), self._heap
        frames: dict[Connection, list[bytes]] = {}
        while heap and heap[0][0] <= now:
            _, _, connection, frame, drop = heapq.heappop(heap)
            connection.owed -= 1
            frames.setdefault(connection, []).append(frame)
            if drop:
                connection.write(frames.pop(connection))
                connection.drop()
        for connection, due in frames.items():
            connection.write(due)
