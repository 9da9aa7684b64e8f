"""`inproc://`: a kombu transport inside one process, for the embedded shape and for tests.

kombu's own `memory://` polls once a second and its messages lack `properties["content_type"]`, which nameko reads. This
one wakes the waiting consumer on every put, ack and cancel, and it can tell a publisher when consumers are done with a
message: `track(message_id)` is to the outbox relay what a publisher confirm plus a durable queue is on RabbitMQ. It
does what nameko needs of RabbitMQ and kombu's base does not: a prefetch per consumer, a return of what is mandatory and
has no queue, auto-deleted queues.
"""

import threading
from collections import Counter, defaultdict, deque
from queue import Empty
from time import monotonic
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, virtual
from kombu.utils.uuid import uuid
from nameko.amqp.publish import UndeliverableMessage

ALIAS = "inproc"
URI = "inproc://"

_queues: dict[str, deque] = {}
_auto_delete: set[str] = set()
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
    """Follow the copies of the message that is published next under this id; end with `untrack`.

    The id must be new: a late consumer of an earlier attempt would otherwise count for this one.
    """
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
        for listener in list(listeners):
            listener.set()


def reset() -> None:
    """Forget all queues and bindings: a new broker. Only for tests, with nothing running."""
    _queues.clear()
    _auto_delete.clear()
    _listeners.clear()
    _tracked.clear()
    Transport.global_state.clear()


def depths() -> dict[str, int]:
    """Messages that wait in each queue."""
    return {name: len(queue) for name, queue in _queues.items()}


class Channel(virtual.Channel):
    do_restore = False

    def __init__(self, connection: Any, **kwargs: Any) -> None:
        super().__init__(connection, **kwargs)
        self._prefetch = 0
        self._windows: dict[str, int] = {}
        self._taken_from: dict[str, str] = {}
        self._unacknowledged: Counter[str] = Counter()

    def basic_qos(self, prefetch_size: int = 0, prefetch_count: int = 0, apply_global: bool = False) -> None:
        """The limit of each consumer that is made from now on, as RabbitMQ has it.

        With one limit for the channel a service whose workers all wait for answers could never get an answer.
        """
        self._prefetch = prefetch_count

    def _new_queue(self, queue: str, auto_delete: bool = False, **_options: Any) -> None:
        _queues.setdefault(queue, deque())
        if auto_delete:
            _auto_delete.add(queue)

    def _has_queue(self, queue: str, **_options: Any) -> bool:
        return queue in _queues

    def basic_publish(
        self, message: Any, exchange: str, routing_key: str, mandatory: bool = False, **kwargs: Any
    ) -> None:
        """What is mandatory and reaches no queue is refused, by the error nameko makes of RabbitMQ's return."""
        known = self._lookup(exchange, routing_key) if exchange else [routing_key] if routing_key in _queues else []
        if mandatory and not known:
            raise UndeliverableMessage
        super().basic_publish(message, exchange, routing_key, **kwargs)

    def _put(self, queue: str, message: dict[str, Any], **_options: Any) -> None:
        """Each queue gets its own copy under its own delivery tag: kombu keeps one table of tags for a channel."""
        properties = {**message["properties"], "delivery_tag": uuid()}
        delivery = _tracked.get(properties.get("message_id") or "")
        if delivery is not None:
            delivery.put()
        _queues.setdefault(queue, deque()).append({**message, "properties": properties})
        _wake(queue)

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        window = self._windows.get(queue)
        if window and self._unacknowledged[queue] >= window:
            raise Empty
        try:
            message = _queues[queue].popleft()
        except (KeyError, IndexError):
            raise Empty from None
        self._taken_from[message["properties"]["delivery_tag"]] = queue
        self._unacknowledged[queue] += 1
        return message

    def _size(self, queue: str) -> int:
        return len(_queues.get(queue, ()))

    def _delete(self, queue: str, exchange: str, *_args: Any, **_options: Any) -> None:
        table = self.get_table(exchange)
        table[:] = [binding for binding in table if binding[-1] != queue]

    def queue_delete(self, queue: str, if_unused: bool = False, if_empty: bool = False, **kwargs: Any) -> None:
        super().queue_delete(queue, if_unused, if_empty, **kwargs)
        _queues.pop(queue, None)
        _listeners.pop(queue, None)
        _auto_delete.discard(queue)

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
        self._windows[queue] = self._prefetch
        _listeners[queue].add(self.connection.wakeup)
        self.connection.wakeup.set()

    def basic_cancel(self, consumer_tag: str) -> None:
        queue = self._tag_to_queue.get(consumer_tag)
        super().basic_cancel(consumer_tag)
        if queue is None:
            return
        _listeners[queue].discard(self.connection.wakeup)
        if queue in _auto_delete and not _listeners[queue]:
            self.queue_delete(queue)

    def basic_ack(self, delivery_tag: str, multiple: bool = False) -> None:
        super().basic_ack(delivery_tag, multiple)
        self._settled(delivery_tag)

    def basic_reject(self, delivery_tag: str, requeue: bool = False) -> None:
        """A requeued message goes back to the front of its own queue alone; kombu would route it to all again."""
        raw = self.qos.get(delivery_tag).serializable() if requeue else None
        super().basic_reject(delivery_tag, requeue=False)
        queue = self._settled(delivery_tag)
        if raw is not None and queue in _queues:
            _queues[queue].appendleft({**raw, "redelivered": True})
            _wake(queue)

    def _settled(self, delivery_tag: str) -> str:
        queue = self._taken_from.pop(delivery_tag, "")
        self._unacknowledged[queue] -= 1
        if self.connection is not None:
            self.connection.wakeup.set()
        return queue

    def close(self) -> None:
        connection = self.connection
        for listeners in _listeners.values():
            listeners.discard(getattr(connection, "wakeup", None))
        super().close()


def _wake(queue: str) -> None:
    for listener in _listeners.get(queue, ()):
        listener.set()


class Transport(virtual.Transport):
    Channel = Channel
    global_state = virtual.BrokerState()
    driver_type = ALIAS
    driver_name = ALIAS

    cycle: Any

    def __init__(self, client: Any, **kwargs: Any) -> None:
        super().__init__(client, **kwargs)
        self.state = self.global_state
        self.wakeup = threading.Event()

    def driver_version(self) -> str:
        return "1"

    def drain_events(self, connection: Any, timeout: float | None = None, **_options: Any) -> None:
        """Deliver one message; wait at most `timeout` seconds for it, then raise `TimeoutError`."""
        deadline = None if timeout is None else monotonic() + timeout
        while True:
            self.wakeup.clear()
            try:
                self.cycle.get(self._deliver, timeout=timeout)
                return
            except Empty:
                left = None if deadline is None else deadline - monotonic()
                if left is not None and left <= 0:
                    raise TimeoutError from None
                if self.wakeup.wait(left):
                    deadline = monotonic()


def register() -> None:
    """Make `inproc://` known to kombu; harmless to call twice."""
    TRANSPORT_ALIASES[ALIAS] = "kit.inproc:Transport"
