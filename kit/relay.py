"""The outbox relay: leases due rows, publishes them as one confirmed batch, deletes what the bus has taken.

A published event is mandatory: one that reaches no queue stays in the outbox, except a hint for caches.
"""

import json
import logging
import threading
import time
from typing import Any

import eventlet
from amqp import Message as AmqpMessage
from kombu import Connection as BusConnection
from kombu import Exchange, Producer
from nameko.extensions import DependencyProvider

from contracts.events import is_hint
from kit import inproc, metrics, outbox
from kit.database import Transactions, engine_for
from kit.failpoints import failpoint
from kit.guard import close_quietly, within
from kit.loops import MOST_BACKOFF_SECONDS, WakeHandle

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
#: Events wait so long for others to be relayed with them: they are news, and nothing is paid or sent by them.
GATHER_SECONDS = 0.05
CONNECT_SECONDS = 5
PUBLISH_SECONDS = 15
CONSUMER_SECONDS = 20
#: How often a wait for consumers looks whether the process stops.
LOOK_SECONDS = 0.2


class _Wire:
    """One connection to RabbitMQ with a confirming channel, and what belongs to it alone.

    An abandoned publish goes on with its own wire, so it can't disturb the numbering of the next one's confirms.
    """

    def __init__(self, uri: str) -> None:
        self.connection = BusConnection(uri, heartbeat=0, connect_timeout=CONNECT_SECONDS)
        self.connection.connect()
        self._channel = self.connection.channel()
        self._channel.confirm_select()
        self._tag = 0
        self._declared: set[str] = set()
        self._unconfirmed: dict[int, Any] = {}
        self._acked: set[Any] = set()
        self._returned: set[str] = set()
        self._channel.events["basic_ack"] = {lambda tag, multiple: self._acked.update(self._ended(tag, multiple))}
        self._channel.events["basic_nack"] = {self._ended}
        self._channel.events["basic_return"] = {lambda _error, _exchange, _key, message: self._on_return(message)}

    def publish(self, rows: list[outbox.Due]) -> set[Any]:
        """n publishes, then the broker's acks for all of them; `TimeoutError` where some did not come."""
        self._acked, self._returned = set(), set()
        for row in rows:
            self._send(row)
        give_up_at = time.monotonic() + PUBLISH_SECONDS
        while self._unconfirmed:
            if time.monotonic() > give_up_at:
                raise TimeoutError(f"the broker has not confirmed {len(self._unconfirmed)} of {len(rows)} events")
            try:
                self.connection.drain_events(timeout=1)
            except TimeoutError:
                continue
        hints = {str(row.id) for row in rows if is_hint(row.source, row.name)}
        return {row_id for row_id in self._acked if str(row_id) not in self._returned - hints}

    def _send(self, row: outbox.Due) -> None:
        exchange = f"{row.source}.events"
        if exchange not in self._declared:
            Exchange(exchange, type="topic", durable=True)(self._channel).declare()
            self._declared.add(exchange)
        message = AmqpMessage(
            _json(row.envelope),
            content_type="application/json",
            content_encoding="utf-8",
            delivery_mode=2,
            message_id=str(row.id),
        )
        self._tag += 1
        self._unconfirmed[self._tag] = row.id
        self._channel._basic_publish(message, exchange=exchange, routing_key=row.name, mandatory=True)

    def _ended(self, tag: int, multiple: bool) -> list[Any]:
        """Ids of the rows whose publish the broker has settled; confirms come in the order of their tags."""
        if not multiple:
            return [self._unconfirmed.pop(tag)] if tag in self._unconfirmed else []
        return [self._unconfirmed.pop(one) for one in list(self._unconfirmed) if one <= tag]

    def _on_return(self, message: Any) -> None:
        self._returned.add(message.properties.get("message_id"))


class AmqpPublisher:
    """Publishes to RabbitMQ in confirmed batches over one connection that is kept until something goes wrong."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._wire: _Wire | None = None

    def publish(self, rows: list[outbox.Due]) -> set[Any]:
        """Ids the broker has taken and routed. Bounded; on any trouble the connection is dropped and nothing counted."""
        try:
            return within(PUBLISH_SECONDS + CONNECT_SECONDS, lambda: self._open().publish(rows), "Publishing events")
        except Exception:
            self.close()
            raise

    def _open(self) -> _Wire:
        if self._wire is None:
            self._wire = _Wire(self._uri)
        return self._wire

    def close(self) -> None:
        """In a greenlet of its own: closing may hang while a broker alarm lasts."""
        broken, self._wire = self._wire, None
        if broken is not None:
            eventlet.spawn(close_quietly, broken.connection)


class InprocPublisher:
    """Publishes on the in-process bus; an event counts as taken when every consumer has handled it."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._closed = False

    def publish(self, rows: list[outbox.Due]) -> set[Any]:
        """Waits `CONSUMER_SECONDS` for the consumers of all rows together, or until `close`."""
        names = {row.id: f"{row.id}/{row.attempts}" for row in rows}
        deliveries = {row.id: inproc.track(names[row.id]) for row in rows}
        with BusConnection(self._uri) as connection:
            producer = Producer(connection.channel())
            for row in rows:
                exchange = Exchange(f"{row.source}.events", type="topic", durable=True)
                producer.publish(
                    row.envelope,
                    exchange=exchange,
                    declare=[exchange],
                    routing_key=row.name,
                    serializer="json",
                    message_id=names[row.id],
                )
        give_up_at = time.monotonic() + CONSUMER_SECONDS
        taken: set[Any] = set()
        hints = {row.id for row in rows if is_hint(row.source, row.name)}
        for row_id, delivery in deliveries.items():
            if not delivery.copies:
                taken |= {row_id} & hints
            elif self._handled(delivery, give_up_at):
                taken.add(row_id)
            inproc.untrack(names[row_id])
        return taken

    def _handled(self, delivery: inproc.Delivery, give_up_at: float) -> bool:
        while not self._closed and time.monotonic() < give_up_at:
            if delivery.done.wait(min(LOOK_SECONDS, max(give_up_at - time.monotonic(), 0))):
                break
        return delivery.done.is_set() and not delivery.failed

    def close(self) -> None:
        """The process stops: consumers may be gone. What they have not handled stays in the outbox."""
        self._closed = True


class Outbox(DependencyProvider):
    """`outbox = Outbox()`: `self.outbox.put(connection, event)` in the transaction; relayed by a managed greenlet."""

    def setup(self) -> None:
        settings = self.container.config["settings"]
        uri = self.container.config["AMQP_URI"]
        self._transactions = Transactions(
            engine_for(settings.of(self.container.service_name), settings.number("workers") + 8)
        )
        self._publisher = InprocPublisher(uri) if uri == inproc.URI else AmqpPublisher(uri)
        self._wake = WakeHandle()
        self._writer = outbox.OutboxWriter(wake=self._wake.set)
        self._stopping = threading.Event()

    def start(self) -> None:
        self._thread = self.container.spawn_managed_thread(self._run, identifier="outbox relay")

    def stop(self) -> None:
        """What the bus has not taken by now goes on from the outbox at the next start."""
        self._stopping.set()
        self._wake.set()
        if isinstance(self._publisher, InprocPublisher):
            self._publisher.close()
        self._thread.wait()
        self._publisher.close()

    def kill(self) -> None:
        self._thread.kill()

    def get_dependency(self, worker_ctx: Any) -> outbox.OutboxWriter:
        return self._writer

    def _run(self) -> None:
        backoff = POLL_SECONDS
        while not self._stopping.is_set():
            try:
                moved = self.relay_once()
            except Exception as error:
                metrics.outbox_failures.labels(self.container.service_name).inc()
                log.warning("events of %s wait: %s", self.container.service_name, error)
                self._stopping.wait(backoff)
                backoff = min(backoff * 2, MOST_BACKOFF_SECONDS)
                continue
            backoff = POLL_SECONDS
            if not moved and not self._stopping.is_set():
                self._wake.wait(POLL_SECONDS, GATHER_SECONDS)

    def relay_once(self) -> bool:
        """Move one batch; whether a full one was there, so that more may be due."""
        with self._transactions.begin() as connection:
            rows = outbox.lease(connection)
            failpoint("relay.leasing")
        if not rows:
            return False
        failpoint("relay.leased")
        try:
            taken = self._publisher.publish(rows)
        except Exception:
            with self._transactions.begin() as connection:
                outbox.postpone(connection, rows)
                failpoint("relay.postponing")
            failpoint("relay.postponed")
            raise
        failpoint("relay.published")
        with self._transactions.begin() as connection:
            outbox.published(connection, [row.id for row in rows if row.id in taken])
            outbox.postpone(connection, [row for row in rows if row.id not in taken])
            failpoint("relay.deleting")
        failpoint("relay.deleted")
        for row in rows:
            if row.id in taken:
                metrics.outbox_published.labels(row.source, row.name).inc()
        return len(rows) == outbox.BATCH


def _json(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
