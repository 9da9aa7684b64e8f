"""Consuming events: at least once, delayed retries, then a dead-letter queue. Nothing is acknowledged away.

On RabbitMQ a failed event goes to a queue with a time-to-live that dead-letters back; after `MOST_ATTEMPTS` it is parked
in `<queue>.dead`. On the in-process bus the outbox row itself stays until every consumer is done (kit.inproc).

These queues are quorum queues that dead-letter at least once: the broker keeps an event in the delay queue until its
own queue has confirmed it. That needs `reject-publish` as overflow, which nothing triggers without a length limit.
"""

import logging
from typing import Any

import eventlet
from kombu import Queue
from nameko.amqp.publish import Publisher
from nameko.constants import AMQP_URI_CONFIG_KEY
from nameko.events import BROADCAST, SERVICE_POOL, EventHandler
from nameko.exceptions import ContainerBeingKilled

from contracts.errors import Malformed
from contracts.events import open_envelope, type_of
from kit import inproc, metrics
from kit.container import SafeQueueConsumer
from kit.guard import within

log = logging.getLogger(__name__)

RETRY_DELAYS_SECONDS = (1, 5, 30, 120, 600)
MOST_ATTEMPTS = 20
ATTEMPT_HEADER = "golub-attempt"
DEAD_LETTERS_KEPT = 100_000
RETRY_PUBLISH_SECONDS = 10
#: A pause before an event that could not even be put into its delay queue is given back, else it would spin.
GIVE_BACK_AFTER_SECONDS = 1
AT_LEAST_ONCE = {"x-queue-type": "quorum", "x-dead-letter-strategy": "at-least-once", "x-overflow": "reject-publish"}


class EventConsumer(EventHandler):
    """`@on_event(Payload)` on a method `(self, envelope, payload)`; `broadcast=True`: every process, and it may be lost."""

    queue_consumer = SafeQueueConsumer()

    def __init__(self, payload: type, *, broadcast: bool = False, **kwargs: Any) -> None:
        kind = type_of(payload)
        self.payload: type[Any] = payload
        options = (
            {"handler_type": BROADCAST, "reliable_delivery": False} if broadcast else {"handler_type": SERVICE_POOL}
        )
        super().__init__(kind.source, kind.name, **options, **kwargs)

    def setup(self) -> None:
        super().setup()
        self.side_queues: tuple[Queue, ...] = ()
        if self.handler_type is SERVICE_POOL:
            dead = f"{self.queue.name}.dead"
            self.queue.queue_arguments = AT_LEAST_ONCE | {
                "x-dead-letter-exchange": "",
                "x-dead-letter-routing-key": dead,
            }
            kept = {"x-queue-type": "quorum", "x-max-length": DEAD_LETTERS_KEPT}
            self.side_queues = (
                Queue(dead, durable=True, queue_arguments=kept),
                *(self._delay_queue(seconds) for seconds in RETRY_DELAYS_SECONDS),
            )
        self._publisher = Publisher(self.container.config[AMQP_URI_CONFIG_KEY])

    def _delay_queue(self, seconds: float) -> Queue:
        arguments = AT_LEAST_ONCE | {
            "x-message-ttl": int(seconds * 1000),
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": self.queue.name,
        }
        return Queue(self._delay_name(seconds), durable=True, queue_arguments=arguments)

    def _delay_name(self, seconds: float) -> str:
        return f"{self.queue.name}.retry-{seconds:g}s"

    def handle_message(self, body: Any, message: Any) -> None:
        try:
            envelope, payload = open_envelope(self.payload, body)
        except Malformed as error:
            log.error(
                "%s.%s: an event that breaks its contract: %s", self.container.service_name, self.method_name, error
            )
            self._count("dead")
            self.queue_consumer.reject_message(message)
            inproc.settled(message.properties.get("message_id"), ok=self.handler_type is BROADCAST)
            return
        try:
            self.container.spawn_worker(
                self,
                (envelope, payload),
                {},
                handle_result=lambda ctx, result, exc: self._handled(body, message, result, exc),
            )
        except ContainerBeingKilled:
            self.queue_consumer.requeue_message(message)

    def _handled(self, body: Any, message: Any, result: Any, exc_info: Any) -> Any:
        inproc.settled(message.properties.get("message_id"), ok=exc_info is None or self.handler_type is BROADCAST)
        if (
            exc_info is None
            or self.handler_type is BROADCAST
            or self.container.config[AMQP_URI_CONFIG_KEY] == inproc.URI
        ):
            self.queue_consumer.ack_message(message)
            return result, exc_info
        try:
            within(RETRY_PUBLISH_SECONDS, lambda: self._again(body, message), "Putting an event back")
        except Exception as error:
            log.warning("an event could not be put back (%s); the broker redelivers it", error)
            eventlet.sleep(GIVE_BACK_AFTER_SECONDS)
            self.queue_consumer.requeue_message(message)
        else:
            self.queue_consumer.ack_message(message)
        return result, exc_info

    def _again(self, body: Any, message: Any) -> None:
        """Publish the event, confirmed, to the delay queue of its attempt, or park it."""
        attempt = int((message.headers or {}).get(ATTEMPT_HEADER, 0)) + 1
        parked = attempt >= MOST_ATTEMPTS
        delay = RETRY_DELAYS_SECONDS[min(attempt, len(RETRY_DELAYS_SECONDS)) - 1]
        target = f"{self.queue.name}.dead" if parked else self._delay_name(delay)
        self._publisher.publish(
            body,
            exchange="",
            routing_key=target,
            mandatory=True,
            message_id=message.properties.get("message_id"),
            headers={ATTEMPT_HEADER: attempt},
        )
        self._count("dead" if parked else "retried")

    def _count(self, fate: str) -> None:
        metrics.event_failures.labels(self.container.service_name, self.method_name, fate).inc()


on_event = EventConsumer.decorator
