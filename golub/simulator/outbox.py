"""What waits for its moment, for a bind, or for the client's acknowledgement: receipts and incoming SMS."""

import heapq
import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import eventlet

from services.smpp_gateway.pdu import DataSm, DeliverSm, SubmitSm
from services.smpp_gateway.session_signal import Signal

_COLLECT_SECONDS = 0.01


@dataclass(slots=True, eq=False)
class WaitingReceipt:
    """One receipt of one submit_sm; `message_id` is the receipt's own."""

    message_id: str
    state: str
    submit: SubmitSm | DataSm
    submitted_at: datetime


@dataclass(slots=True, eq=False)
class IncomingSms:
    """An SMS from a subscriber; one deliver_sm."""

    pdu: DeliverSm


Delivery = WaitingReceipt | IncomingSms


class Receiver(Protocol):
    """A session that takes deliver_sm."""

    @property
    def room(self) -> int: ...

    def deliver(self, items: Sequence[Delivery], pdus: Sequence[DeliverSm]) -> None: ...


class Outbox:
    """Of one account: a heap by due time; `run` sends what is due in batches and waits for the next, in one greenlet.

    `write` makes the PDUs. A delivery stays here until it is acknowledged. While `held` nothing is sent.
    """

    def __init__(
        self, write: Callable[[Sequence[Delivery]], list[DeliverSm]], *, retry_seconds: float, max_waiting: int
    ) -> None:
        self.receivers: list[Receiver] = []
        self.held = False
        self.sent = self.acknowledged = self.refused = self.discarded = 0
        self._write = write
        self._retry_seconds = retry_seconds
        self._max_waiting = max_waiting
        # (due on the monotonic clock, number that keeps the order among equals, delivery)
        self._heap: list[tuple[float, int, Delivery]] = []
        self._numbers = itertools.count()
        self._unanswered = 0
        self._wake = Signal()

    @property
    def waiting(self) -> int:
        """Deliveries that no client has acknowledged yet."""
        return len(self._heap) + self._unanswered

    def add(self, delivery: Delivery, delay_seconds: float) -> None:
        """Schedule a delivery; discards it where `max_waiting` wait already."""
        if self.waiting >= self._max_waiting:
            self.discarded += 1
        else:
            self._push(delivery, time.monotonic() + delay_seconds)

    def acknowledge(self, count: int) -> None:
        self._unanswered -= count
        self.acknowledged += count
        if self._heap:
            self._wake.set()

    def send_again(self, deliveries: Sequence[Delivery]) -> None:
        """Schedule what was refused or got lost once more."""
        self._unanswered -= len(deliveries)
        self.refused += len(deliveries)
        due = time.monotonic() + self._retry_seconds
        for delivery in deliveries:
            self._push(delivery, due)

    def wake(self) -> None:
        """Look again now: a client has come, or what was held is released."""
        self._wake.set()

    def run(self) -> None:
        """Send for ever; to be killed."""
        while True:
            self._wake.clear()
            self._send_due()
            self._wake.wait(self._wait_seconds())
            # Receipts fall due one by one; sent a few at a time they cost a fraction.
            eventlet.sleep(_COLLECT_SECONDS)

    def _wait_seconds(self) -> float | None:
        if not self._heap:
            return None
        left = self._heap[0][0] - time.monotonic()
        # Due and still here: nobody has room. An acknowledgement or a bind wakes us, the time is a safety net.
        return left if left > 0 else self._retry_seconds

    def _push(self, delivery: Delivery, due: float) -> None:
        if not self._heap or due < self._heap[0][0]:
            self._wake.set()
        heapq.heappush(self._heap, (due, next(self._numbers), delivery))

    def _send_due(self) -> None:
        if self.held:
            return
        now, heap = time.monotonic(), self._heap
        for receiver in self.receivers[:]:
            room = receiver.room
            due: list[Delivery] = []
            while len(due) < room and heap and heap[0][0] <= now:
                due.append(heapq.heappop(heap)[2])
            if not due:
                continue
            self._unanswered += len(due)
            self.sent += len(due)
            receiver.deliver(due, self._write(due))
        if len(self.receivers) > 1:
            # The next batch begins with another session: all of them get their share.
            self.receivers.append(self.receivers.pop(0))
