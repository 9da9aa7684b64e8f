"""The outbox relay: leases due rows, publishes them as one confirmed batch, deletes what the bus has taken.

A published event is mandatory: one that reaches no queue stays in the outbox, except a hint for caches.
"""

import json
import logging
import socket
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
from kit.guard import within
from kit.loops import MOST_BACKOFF_SECONDS, WakeHandle

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
PUBLISH_SECONDS = 15
CONSUMER_SECONDS = 20


class AmqpPublisher:
    """Publishes to RabbitMQ with batched confirms: n publishes, then the broker's acks for all of them."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._connection: BusConnection | None = None

    def publish(self, rows: list[outbox.Due]) -> set[Any]:
        """Ids the broker has taken and routed. Bounded; on any trouble the connection is dropped and nothing counted."""
        try:
            return within(PUBLISH_SECONDS, lambda: self._publish(rows), "Publishing events")
        except Exception:
            self._drop()
            raise

    def _publish(self, rows: list[outbox.Due]) -> set[Any]:
        channel = self._channel()
        unconfirmed: dict[int, Any] = {}
        returned: set[str] = set()
        acked: set[Any] = set()

        def on_ack(tag: int, multiple: bool) -> None:
            for known in [one for one in unconfirmed if one == tag or (multiple and one < tag)]:
                acked.add(unconfirmed.pop(known))

        def on_nack(tag: int, multiple: bool) -> None:
            for known in [one for one in unconfirmed if one == tag or (multiple and one < tag)]:
                unconfirmed.pop(known)

        channel.events["basic_ack"] = {on_ack}
        channel.events["basic_nack"] = {on_nack}
        channel.events["basic_return"] = {lambda *args: returned.add(args[4].properties.get("message_id"))}
        for row in rows:
            exchange = Exchange(f"{row.source}.events", type="topic", durable=True)
            if exchange.name not in self._declared:
                exchange(channel).declare()
                self._declared.add(exchange.name)
            message = AmqpMessage(
                _json(row.envelope),
                content_type="application/json",
                content_encoding="utf-8",
                delivery_mode=2,
                message_id=str(row.id),
            )
            self._tag += 1
            unconfirmed[self._tag] = row.id
            channel._basic_publish(message, exchange=exchange.name, routing_key=row.name, mandatory=True)
        self._wait(channel, unconfirmed)
        hints = {str(row.id) for row in rows if is_hint(row.source, row.name)}
        return {row_id for row_id in acked if str(row_id) not in returned - hints}

    def _wait(self, channel: Any, unconfirmed: dict[int, Any]) -> None:
        give_up_at = time.monotonic() + PUBLISH_SECONDS
        while unconfirmed and time.monotonic() < give_up_at:
            try:
                channel.connection.drain_events(timeout=1)
            except (TimeoutError, socket.timeout):
                continue

    def _channel(self) -> Any:
        if self._connection is None:
            self._connection = BusConnection(self._uri, heartbeat=0, connect_timeout=5)
            self._connection.connect()
            self._opened = self._connection.channel()
            self._opened.confirm_select()
            self._tag = 0
            self._declared: set[str] = set()
        return self._opened

    def _drop(self) -> None:
        """Leave the broken connection to a greenlet of its own: closing may hang while a broker alarm lasts."""
        broken, self._connection = self._connection, None
        if broken is not None:
            eventlet.spawn(_close, broken)


class InprocPublisher:
    """Publishes on the in-process bus; an event counts as taken when every consumer has handled it."""

    def __init__(self, uri: str) -> None:
        self._uri = uri

    def publish(self, rows: list[outbox.Due]) -> set[Any]:
        deliveries = {}
        with BusConnection(self._uri) as connection:
            for row in rows:
                deliveries[row.id] = inproc.track(str(row.id))
                exchange = Exchange(f"{row.source}.events", type="topic", durable=True)
                producer = Producer(connection.channel(), exchange=exchange, auto_declare=True)
                producer.publish(row.envelope, routing_key=row.name, serializer="json", message_id=str(row.id))
        give_up_at = time.monotonic() + CONSUMER_SECONDS
        taken: set[Any] = set()
        hints = {row.id for row in rows if is_hint(row.source, row.name)}
        for row_id, delivery in deliveries.items():
            if not delivery.copies:
                taken |= {row_id} & hints
            elif delivery.done.wait(max(give_up_at - time.monotonic(), 0)) and not delivery.failed:
                taken.add(row_id)
            inproc.untrack(str(row_id))
        return taken


class Outbox(DependencyProvider):
    """`outbox = Outbox()`: `self.outbox.put(connection, event)` in the transaction; relayed by a managed greenlet."""

    def setup(self) -> None:
        settings = self.container.config["settings"]
        uri = self.container.config["AMQP_URI"]
        self._transactions = Transactions(engine_for(settings.of(self.container.service_name), settings.number("workers") + 8))
        self._publisher = InprocPublisher(uri) if uri == inproc.URI else AmqpPublisher(uri)
        self._wake = WakeHandle()
        self._writer = outbox.OutboxWriter(wake=self._wake.set)
        self._stopping = False

    def start(self) -> None:
        self._thread = self.container.spawn_managed_thread(self._run, identifier="outbox relay")

    def stop(self) -> None:
        self._stopping = True
        self._wake.set()
        self._thread.wait()

    def kill(self) -> None:
        self._thread.kill()

    def get_dependency(self, worker_ctx: Any) -> outbox.OutboxWriter:
        return self._writer

    def _run(self) -> None:
        backoff = POLL_SECONDS
        while not self._stopping:
            try:
                moved = self.relay_once()
                backoff = POLL_SECONDS
            except Exception as error:
                metrics.outbox_failures.labels(self.container.service_name).inc()
                log.warning("events of %s wait: %s", self.container.service_name, error)
                moved, backoff = False, min(backoff * 2, MOST_BACKOFF_SECONDS)
            if not moved and not self._stopping:
                self._wake.wait(backoff)

    def relay_once(self) -> bool:
        """Move one batch; whether a full one was there, so that more may be due."""
        with self._transactions.begin() as connection:
            rows = outbox.lease(connection)
        if not rows:
            return False
        try:
            taken = self._publisher.publish(rows)
        except Exception:
            with self._transactions.begin() as connection:
                outbox.postpone(connection, rows)
            raise
        failpoint("relay.published")
        with self._transactions.begin() as connection:
            outbox.published(connection, list(taken))
            outbox.postpone(connection, [row for row in rows if row.id not in taken])
        for row in rows:
            if row.id in taken:
                metrics.outbox_published.labels(row.source, row.name).inc()
        return len(rows) == outbox.BATCH


def _json(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _close(connection: BusConnection) -> None:
    try:
        connection.close()
    except Exception as error:
        log.debug("closing a broken bus connection: %s", error)
