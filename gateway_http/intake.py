"""Requests to send that come at the same time go to smpp_gateway in one call: a call costs nearly the same for a hundred."""

from collections import deque
from dataclasses import dataclass, field

import eventlet
from eventlet.event import Event

from contracts.errors import GolubError
from contracts.smpp_gateway import Accepted, AcceptItem, AcceptOrder, SmppGatewayClient

#: What comes while so many calls are under way goes together in the next one.
CALLS_AT_ONCE = 2
#: A call that is not the only one waits so long for company: those whom the last call answered are about to ask again.
GATHER_SECONDS = 0.005
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
        self._calls = 0

    def accept(self, order: AcceptOrder, items: list[AcceptItem]) -> list[Accepted]:
        """An answer per item, stored by then. Raises what `accept_orders` returns for the order, or raises."""
        request = _Request(order, items)
        self._waiting.append(request)
        if self._calls < CALLS_AT_ONCE:
            self._calls += 1
            eventlet.spawn(self._work)
        answers: list[Accepted] = request.answered.wait()
        return answers

    def _work(self) -> None:
        try:
            while self._waiting:
                if self._calls > 1 and len(self._waiting[0].items) < MOST_ITEMS:
                    eventlet.sleep(GATHER_SECONDS)
                # The other worker may have taken all of them meanwhile.
                if self._waiting:
                    self._call(self._next())
        finally:
            self._calls -= 1

    def _next(self) -> list[_Request]:
        """The oldest request, and those behind it that fit into the same call."""
        batch = [self._waiting.popleft()]
        room = MOST_ITEMS - len(batch[0].items)
        while self._waiting and len(self._waiting[0].items) <= room:
            batch.append(self._waiting.popleft())
            room -= len(batch[-1].items)
        return batch

    def _call(self, batch: list[_Request]) -> None:
        """Whatever happens, everybody gets an answer."""
        try:
            outcomes = self._client.accept_orders([(one.order, one.items) for one in batch])
            pairs = list(zip(batch, outcomes, strict=True))
        except Exception as error:
            for request in batch:
                request.answered.send_exception(error)
            return
        for request, outcome in pairs:
            if isinstance(outcome, GolubError):
                request.answered.send_exception(outcome)
            else:
                request.answered.send(outcome)
