"""`inproc://`: a kombu transport inside one process, for the embedded shape and for tests.

kombu's own `memory://` polls once a second and its messages lack `properties["content_type"]`, which nameko reads. This
one wakes the waiting consumer on every put, ack and cancel, and it can tell a publisher when consumers are done with a
message: `track(message_id)` is to the outbox relay what a publisher confirm plus a durable queue is on RabbitMQ.
"""

import socket
import threading
from collections import defaultdict, deque
from queue import Empty
from time import monotonic
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, virtual

ALIAS = "inproc"
URI = "inproc://"

_queues: dict[str, deque] = {}
_listeners: dict[str, set[threading.Event]] = defaultdict(set)
_tracked: dict[str, "Delivery"] = {}


class Delivery:
    """What became of one tracked message: `copies` queues got it, `done` is set when every one was handled."""

    def __init__(self) -> None:
        self.copies = 0
        self.failed = 0
        self.done = threading.Event()
        self._open = 0

    def put(self) -> None:
        self.copies += 1
        self._open += 1

    def settled(self, ok: bool) -> None:
        self._open -= 1
        self.failed += not ok
        if self._open <= 0:
            self.done.set()


def track(message_id: str) -> Delivery:
    """Follow the copies of the message that is published next under this id; end with `untrack`."""
    _tracked[message_id] = Delivery()
    return _tracked[message_id]


def untrack(message_id: str) -> None:
    _tracked.pop(message_id, None)


def settled(message_id: str | None, *, ok: bool) -> None:
    """Called by a consumer that has handled (or failed to handle) its copy."""
    delivery = _tracked.get(message_id or "")
    if delivery is not None:
        delivery.settled(ok)


def wake_all() -> None:
    """Let every consumer look at its surroundings: one may have been asked to stop."""
    for listeners in list(_listeners.values()):
        for listener in listeners:
            listener.set()


def reset() -> None:
    """Forget all queues and bindings: a new broker. Only for tests, with nothing running."""
    _queues.clear()
    _listeners.clear()
    _tracked.clear()
    Transport.global_state.clear()


def depths() -> dict[str, int]:
    """Messages that wait in each queue."""
    return {name: len(queue) for name, queue in _queues.items()}


class Channel(virtual.Channel):
    do_restore = False

    def _new_queue(self, queue: str, **_options: Any) -> None:
        _queues.setdefault(queue, deque())

    def _has_queue(self, queue: str, **_options: Any) -> bool:
        return queue in _queues

    def _put(self, queue: str, message: dict[str, Any], **_options: Any) -> None:
        """Each queue gets its own copy: kombu changes delivery tags in place."""
        properties = message["properties"]
        delivery = _tracked.get(properties.get("message_id") or "")
        if delivery is not None:
            delivery.put()
        _queues.setdefault(queue, deque()).append({**message, "properties": {**properties}})
        for listener in _listeners.get(queue, ()):
            listener.set()

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        try:
            return _queues[queue].popleft()
        except (KeyError, IndexError):
            raise Empty from None

    def _size(self, queue: str) -> int:
        return len(_queues.get(queue, ()))

    def _delete(self, queue: str, *_args: Any, **_options: Any) -> None:
        _queues.pop(queue, None)
        _listeners.pop(queue, None)

    def _purge(self, queue: str) -> int:
        size = self._size(queue)
        _queues[queue] = deque()
        return size

    def prepare_message(self, body: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """nameko reads the content type among the properties."""
        message = super().prepare_message(body, *args, **kwargs)
        message["properties"]["content_type"] = message["content-type"]
        return message

    def basic_consume(self, queue: str, *args: Any, **kwargs: Any) -> None:
        super().basic_consume(queue, *args, **kwargs)
        _listeners[queue].add(self.connection.wakeup)
        self.connection.wakeup.set()

    def basic_cancel(self, consumer_tag: str) -> None:
        queue = self._tag_to_queue.get(consumer_tag)
        super().basic_cancel(consumer_tag)
        if queue is not None:
            _listeners[queue].discard(self.connection.wakeup)

    def basic_ack(self, delivery_tag: str, multiple: bool = False) -> None:
        super().basic_ack(delivery_tag, multiple)
        self._wake()

    def basic_reject(self, delivery_tag: str, requeue: bool = False) -> None:
        super().basic_reject(delivery_tag, requeue=requeue)
        self._wake()

    def close(self) -> None:
        connection = self.connection
        for listeners in _listeners.values():
            listeners.discard(getattr(connection, "wakeup", None))
        super().close()

    def _wake(self) -> None:
        if self.connection is not None:
            self.connection.wakeup.set()


class Transport(virtual.Transport):
    Channel = Channel
    global_state = virtual.BrokerState()
    driver_type = ALIAS
    driver_name = ALIAS

    def __init__(self, client: Any, **kwargs: Any) -> None:
        super().__init__(client, **kwargs)
        self.state = self.global_state
        self.wakeup = threading.Event()

    def driver_version(self) -> str:
        return "1"

    def drain_events(self, connection: Any, timeout: float | None = None) -> None:
        """Deliver one message; wait at most `timeout` seconds for it, then raise `socket.timeout`."""
        deadline = None if timeout is None else monotonic() + timeout
        while True:
            self.wakeup.clear()
            try:
                self.cycle.get(self._deliver, timeout=timeout)
                return
            except Empty:
                left = None if deadline is None else deadline - monotonic()
                if left is not None and left <= 0:
                    raise socket.timeout from None
                if self.wakeup.wait(left):
                    deadline = monotonic()


def register() -> None:
    """Make `inproc://` known to kombu; harmless to call twice."""
    TRANSPORT_ALIASES[ALIAS] = "kit.inproc:Transport"
