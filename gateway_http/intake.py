"""Requests to send that come at the same time go to smpp_gateway in one call: a call costs nearly the same for a hundred."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

import eventlet
from eventlet.event import Event

from contracts.errors import DeadlineExceeded
from contracts.smpp_gateway import Accepted, AcceptItem, AcceptOrder, SmppGatewayClient

#: While one call is stored, what it answers next is read: so many are under way at once, and what comes meanwhile waits.
CALLS_AT_ONCE = 2
#: A call beside another begins where as many requests wait as the other has, so many at least.
LEAST_BESIDE = 8
#: Else it waits so long for company; beside a call of fewer than LEAST_BESIDE there is no crowd to expect.
GATHER_SECONDS, CROWD_GATHER_SECONDS = 0.005, 0.02
#: Items of one call; a request has 1,000 at most, and goes alone where it has that many.
MOST_ITEMS = 1_000


@dataclass(slots=True, eq=False)
class _Request:
    order: AcceptOrder
    items: list[AcceptItem]
    answered: Event = field(default_factory=Event)


class Intake:
    """Brings the requests of many greenlets together."""

    def __init__(self, client: SmppGatewayClient) -> None:
        self._client = client
        self._waiting: deque[_Request] = deque()
        #: Under way: calls, and requests in them.
        self._calls = self._asked = 0
        self._gathers = False

    def accept(self, order: AcceptOrder, items: list[AcceptItem]) -> list[Accepted]:
        """An answer per item, stored by then. Raises what `accept_orders` returns for the order, or raises."""
        request = _Request(order, items)
        self._waiting.append(request)
        # Whoever makes it enough makes the call. Another greenlet would have its turn only after all the others that have
        # something to read now; then these would wait for one call, and nobody would come while it is stored.
        self._go_on()
        answers: list[Accepted] = request.answered.wait()
        return answers

    def _enough(self) -> bool:
        """Whether those that wait are to be asked for now."""
        if not self._waiting or self._calls >= CALLS_AT_ONCE:
            return False
        alone = not self._calls or len(self._waiting[0].items) >= MOST_ITEMS
        return alone or len(self._waiting) >= max(LEAST_BESIDE, self._asked / self._calls)

    def _go_on(self) -> None:
        """Make a call of those that wait; where they are too few, look again soon."""
        if self._enough():
            self._call(self._next())
        elif self._waiting and self._calls < CALLS_AT_ONCE and not self._gathers:
            self._gathers = True
            seconds = CROWD_GATHER_SECONDS if self._asked >= LEAST_BESIDE else GATHER_SECONDS
            eventlet.spawn_after(seconds, self._gathered)

    def _gathered(self) -> None:
        self._gathers = False
        if self._waiting and self._calls < CALLS_AT_ONCE:
            self._call(self._next())

    def _next(self) -> list[_Request]:
        """The oldest request, and those behind it that fit into the same call: no more than its share of all that are here,
        so that the calls stay as large as each other."""
        batch = [self._waiting.popleft()]
        room = MOST_ITEMS - len(batch[0].items)
        share = max(LEAST_BESIDE, -(-(1 + len(self._waiting) + self._asked) // CALLS_AT_ONCE))
        while len(batch) < share and self._waiting and len(self._waiting[0].items) <= room:
            batch.append(self._waiting.popleft())
            room -= len(batch[-1].items)
        return batch

    def _call(self, batch: list[_Request]) -> None:
        """Whatever happens, everybody gets an answer."""
        self._calls += 1
        self._asked += len(batch)
        if self._waiting:
            eventlet.spawn(self._go_on)
        outcomes: list[Any] = []
        try:
            told = self._client.accept_orders([(one.order, one.items) for one in batch])
            outcomes = [outcome for _, outcome in zip(batch, told, strict=True)]
        except Exception as error:
            outcomes = [error] * len(batch)
        finally:
            self._calls -= 1
            self._asked -= len(batch)
            if self._waiting:
                eventlet.spawn(self._go_on)
            # None where this greenlet is killed, with the server: nobody knows what was stored.
            _tell(batch, outcomes or [DeadlineExceeded("The request was cut short.")] * len(batch))


def _tell(batch: list[_Request], outcomes: list[Any]) -> None:
    for request, outcome in zip(batch, outcomes, strict=True):
        if isinstance(outcome, Exception):
            request.answered.send_exception(outcome)
        else:
            request.answered.send(outcome)
