"""A bounded queue between the greenlet that reads a socket and the handler that stores what came."""

import logging
from collections import deque
from collections.abc import Callable
from typing import Any

import eventlet
from eventlet.greenthread import GreenThread

from services.smpp_gateway.session_signal import Signal

_log = logging.getLogger(__name__)


class WorkQueue:
    """Hands over in batches of one kind, and makes `put` wait while it is full.

    `handle(kind, items)` runs in one of `workers` greenlets. Items of one kind keep their order; the `kinds` take
    turns, so that a flood of one starves no other. With `linger_seconds` a worker waits that long for a batch to grow
    towards `max_batch`, and so long again while it does grow, `patience_seconds` in all; a peer that sends nothing more
    before it is answered is not waited for. What comes while the handler works is batched without any wait.
    """

    def __init__(
        self,
        handle: Callable[[str, list[Any]], None],
        kinds: tuple[str, ...],
        *,
        max_queued: int,
        max_batch: int,
        linger_seconds: float = 0.0,
        patience_seconds: float = 0.0,
        workers: int = 1,
    ) -> None:
        self._handle = handle
        self._queues: dict[str, deque[Any]] = {kind: deque() for kind in kinds}
        self._turns = deque(kinds)
        #: What workers have in their hands.
        self._held: dict[int, tuple[str, list[Any]]] = {}
        self._length = 0
        self._max_queued = max_queued
        self._max_batch = max_batch
        self._linger_seconds = linger_seconds
        self._lingers = max(1, round(patience_seconds / linger_seconds)) if linger_seconds else 0
        self._filled, self._batch_full, self._room, self._ended = Signal(), Signal(), Signal(), Signal()
        self._stopping = False
        self._at_work = workers
        self._workers: list[GreenThread] = [eventlet.spawn(self._work) for _ in range(workers)]

    def __len__(self) -> int:
        return self._length

    def put(self, kind: str, items: list[Any], wait: bool = True) -> None:
        """Queue the items; waits first while the queue is full, so it may exceed its bound by one batch.

        With `wait` false it never waits: for news whose number is bounded elsewhere and that must not hold a timer up.
        """
        while wait and self._length >= self._max_queued:
            self._room.clear()
            self._room.wait()
        self._queues[kind].extend(items)
        self._length += len(items)
        self._filled.set()
        if self._length >= self._max_batch:
            self._batch_full.set()

    def stop(self, timeout_seconds: float) -> bool:
        """Let the workers finish what is queued; True when they did in time, else they are killed."""
        self._stopping = True
        self._filled.set()
        self._batch_full.set()
        done = self._ended.wait(timeout_seconds)
        for worker in self._workers:
            worker.kill()
        return done

    def left(self, kind: str) -> list[Any]:
        """What of a kind was not handled when it was stopped, in its order. A killed worker may have handled what it had."""
        held = [item for one, items in self._held.values() if one == kind for item in items]
        return [*held, *self._queues[kind]]

    def _work(self) -> None:
        try:
            while self._wait_for_items():
                kind, items = self._take()
                self._held[id(items)] = kind, items
                try:
                    self._handle(kind, items)
                except Exception:
                    # The handler answers for its own failures; this keeps a mistake in it from stopping the queue.
                    _log.exception("A handler of %s failed with %d items.", kind, len(items))
                del self._held[id(items)]
        finally:
            self._at_work -= 1
            if not self._at_work:
                self._ended.set()

    def _wait_for_items(self) -> bool:
        while True:
            while not self._length:
                if self._stopping:
                    return False
                self._filled.clear()
                self._filled.wait()
            self._linger()
            # Another worker may have taken everything meanwhile.
            if self._length:
                return True

    def _linger(self) -> None:
        for _ in range(self._lingers):
            before = self._length
            if before >= self._max_batch or self._stopping:
                return
            self._batch_full.clear()
            self._batch_full.wait(self._linger_seconds)
            if self._length <= before:
                return

    def _take(self) -> tuple[str, list[Any]]:
        while not self._queues[self._turns[0]]:
            self._turns.rotate(-1)
        kind = self._turns[0]
        self._turns.rotate(-1)
        queue = self._queues[kind]
        items = [queue.popleft() for _ in range(min(len(queue), self._max_batch))]
        self._length -= len(items)
        if self._length < self._max_queued:
            self._room.set()
        return kind, items
