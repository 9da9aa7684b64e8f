"""Receipts that wait for their moment, for a bind, or for the client's acknowledgement."""

import heapq
import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import eventlet

from kit.clock import Clock
from services.smpp_gateway import constants as c
from services.smpp_gateway.pdu import DeliverSm, SubmitSm
from services.smpp_gateway.receipt import format_receipt
from services.smpp_gateway.server import Outgoing
from services.smpp_gateway.session_signal import Signal

_ERROR_CODES = {"undelivered": "001", "expired": "027"}

_COLLECT_SECONDS = 0.01


@dataclass(slots=True, eq=False)
class WaitingReceipt:
    """One receipt of one submit_sm."""

    message_id: str
    state: str
    submit: SubmitSm
    submitted_at: datetime


class ReceiptQueue:
    """A heap by due time; `run` sends what is due in batches and waits for the next, in one greenlet.

    `room()` says how many `deliver(items)` would take now. A receipt stays here until it is acknowledged.
    """

    def __init__(
        self,
        room: Callable[[], int],
        deliver: Callable[[Sequence[Outgoing]], int],
        clock: Clock,
        *,
        retry_seconds: float,
        max_waiting: int,
    ) -> None:
        self._room = room
        self._deliver = deliver
        self._clock = clock
        self._retry_seconds = retry_seconds
        self._max_waiting = max_waiting
        # (due on the monotonic clock, number that keeps the order among equals, receipt)
        self._heap: list[tuple[float, int, WaitingReceipt]] = []
        self._numbers = itertools.count()
        self._unanswered = 0
        self._wake = Signal()
        self.sent = self.acknowledged = self.refused = self.discarded = 0

    @property
    def waiting(self) -> int:
        """Receipts that no client has acknowledged yet."""
        return len(self._heap) + self._unanswered

    def add(self, receipt: WaitingReceipt, delay_seconds: float) -> None:
        """Schedule a receipt; discards it where `max_waiting` wait already."""
        if self.waiting >= self._max_waiting:
            self.discarded += 1
        else:
            self._push(receipt, time.monotonic() + delay_seconds)

    def acknowledge(self, receipts: Sequence[WaitingReceipt]) -> None:
        self._unanswered -= len(receipts)
        self.acknowledged += len(receipts)
        self._wake.set()

    def send_again(self, receipts: Sequence[WaitingReceipt]) -> None:
        """Schedule receipts that were refused or got lost once more."""
        self._unanswered -= len(receipts)
        self.refused += len(receipts)
        due = time.monotonic() + self._retry_seconds
        for receipt in receipts:
            self._push(receipt, due)

    def wake(self) -> None:
        """Look again now: a client has come."""
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

    def _push(self, receipt: WaitingReceipt, due: float) -> None:
        if not self._heap or due < self._heap[0][0]:
            self._wake.set()
        heapq.heappush(self._heap, (due, next(self._numbers), receipt))

    def _send_due(self) -> None:
        now = time.monotonic()
        room = self._room()
        due: list[WaitingReceipt] = []
        while len(due) < room and self._heap and self._heap[0][0] <= now:
            due.append(heapq.heappop(self._heap)[2])
        if not due:
            return
        done_at = self._clock.now()
        taken = self._deliver([Outgoing(receipt, _pdu(receipt, done_at)) for receipt in due])
        self._unanswered += taken
        self.sent += taken
        for receipt in due[taken:]:
            self._push(receipt, now)


def _pdu(receipt: WaitingReceipt, done_at: datetime) -> DeliverSm:
    submit = receipt.submit
    short_message, tlvs = format_receipt(
        receipt.message_id, receipt.state, receipt.submitted_at, done_at, _ERROR_CODES.get(receipt.state, "")
    )
    return DeliverSm(
        0,
        source_addr_ton=submit.dest_addr_ton,
        source_addr_npi=submit.dest_addr_npi,
        source_addr=submit.destination_addr,
        dest_addr_ton=submit.source_addr_ton,
        dest_addr_npi=submit.source_addr_npi,
        # destination_addr is ASCII only, while a sender's name need not be.
        destination_addr=submit.source_addr if submit.source_addr.isascii() else "",
        esm_class=c.ESM_CLASS_DELIVERY_RECEIPT,
        short_message=short_message,
        tlvs=tlvs,
    )
