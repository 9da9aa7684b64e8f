"""The service container: nameko's, with every entrypoint guarded and timed, and one queue consumer that loses nothing."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any

import eventlet
from amqp.exceptions import AMQPError, PreconditionFailed
from nameko.containers import ServiceContainer
from nameko.messaging import QueueConsumer

from contracts.errors import DeadlineExceeded
from kit import inproc, metrics
from kit.guard import exceptions_only

log = logging.getLogger(__name__)

DEADLINE = "deadline"
#: How often the consumer looks whether it shall stop; kombu's own second adds up over the steps of a stop.
LOOK_SECONDS = 0.2
RECONNECT_FIRST_SECONDS = 1
RECONNECT_MOST_SECONDS = 5


class Container(ServiceContainer):
    def stop(self) -> None:
        """What serves people ends before the listener of its answers does."""
        for provider in self.dependencies:
            if hasattr(provider, "stop_serving"):
                provider.stop_serving()
        super().stop()

    def _inject_dependencies(self, worker_ctx: Any) -> None:
        super()._inject_dependencies(worker_ctx)
        name = worker_ctx.entrypoint.method_name
        service = worker_ctx.service
        method = exceptions_only(getattr(service, name))
        setattr(service, name, self._timed(name, method, worker_ctx.data.get(DEADLINE)))

    def _timed(self, name: str, method: Any, deadline: Any) -> Any:
        def timed(*args: Any, **kwargs: Any) -> Any:
            started, outcome = perf_counter(), "error"
            try:
                refuse_late(deadline)
                result = method(*args, **kwargs)
                outcome = "ok"
                return result
            finally:
                metrics.entrypoint_seconds.labels(self.service_name, name, outcome).observe(perf_counter() - started)

        return timed


def refuse_late(deadline: Any) -> None:
    """A call whose caller has given up is not begun: checked on arrival, and again when a worker is free for it."""
    if isinstance(deadline, int | float) and time.time() > deadline:
        raise DeadlineExceeded("The call came after its deadline.")


class StopAsked(Exception):
    """The consumer has nothing left to do, or the broker is away, so that there is nothing to acknowledge."""


class SafeQueueConsumer(QueueConsumer):
    """Dead-letters what can't be decoded (kombu would acknowledge it away), and declares the providers' extra queues."""

    _pending_remove_providers: dict[Any, Any]

    def on_decode_error(self, message: Any, exc: Exception) -> None:
        log.error("undecodable message on %s: %s", message.delivery_info.get("routing_key"), exc)
        metrics.undecodable.labels(self.container.service_name).inc()
        self.reject_message(message)

    def get_consumers(self, consumer_cls: Any, channel: Any) -> Iterable[Any]:
        for provider in list(self._providers):
            for queue in getattr(provider, "side_queues", ()):
                queue(channel).declare()
            for queue in getattr(provider, "replaceable_queues", ()):
                self._make_replaceable(channel, queue)
        return list(super().get_consumers(consumer_cls, channel))

    def _make_replaceable(self, channel: Any, queue: Any) -> None:
        """Declare it; where it is there with other arguments, delete that one first. An error closes a channel, so each
        of these steps has its own."""
        if self.amqp_uri == inproc.URI:
            return
        probe = channel.connection.channel()
        try:
            queue(probe).declare()
        except PreconditionFailed as error:
            log.warning("queue %s is made anew: %s", queue.name, error)
            with channel.connection.channel() as deleting:
                deleting.queue_delete(queue.name)
        else:
            probe.close()

    def wait_ready(self, seconds: float) -> bool:
        """Whether the queues are declared and consumed from, waiting at most so long for the first time."""
        if not self._consumers_ready.ready():
            self._consumers_ready.wait(timeout=seconds)
        return bool(self._consumers_ready.ready())

    def run(self, _tokens: int = 1, **kwargs: Any) -> None:
        while not self.should_stop:
            try:
                super().run(_tokens, safety_interval=LOOK_SECONDS, **kwargs)
            except StopAsked:
                self._release_providers()

    @contextmanager
    def establish_connection(self) -> Iterator[Any]:
        """As kombu's, but it comes back within seconds of the broker, and a stop does not wait for the broker."""
        with self.create_connection() as connection:
            connection.ensure_connection(
                self.on_connection_error,
                self.connect_max_retries,
                RECONNECT_FIRST_SECONDS,
                RECONNECT_FIRST_SECONDS,
                RECONNECT_MOST_SECONDS,
                callback=self._give_up_when_asked,
            )
            yield connection

    def on_iteration(self) -> None:
        """After the last consumer was cancelled kombu would wait for messages once more, a second long."""
        super().on_iteration()
        if self.should_stop:
            raise StopAsked

    def _give_up_when_asked(self) -> None:
        if self.should_stop or self._pending_remove_providers:
            raise StopAsked

    def _release_providers(self) -> None:
        asked, self._pending_remove_providers = self._pending_remove_providers, {}
        for provider, removed in asked.items():
            self._consumers.pop(provider, None)
            removed.send()
        if not self._consumers:
            self.should_stop = True
        eventlet.sleep(0)

    def unregister_provider(self, provider: Any) -> None:
        """The consumer greenlet does the removal; on the in-process bus it is woken, else it looks now and then.

        Where it never came up there is nothing to remove; nameko would tell that twice, which is an error.
        """
        if not self._consumers_ready.ready():
            self._providers.discard(provider)
            if not self._last_provider_unregistered.ready():
                self._last_provider_unregistered.send()
            return
        eventlet.spawn_after(0.01, inproc.wake_all)
        super().unregister_provider(provider)

    def ack_message(self, message: Any) -> None:
        self._settle(message, message.ack)

    def requeue_message(self, message: Any) -> None:
        self._settle(message, message.requeue)

    def reject_message(self, message: Any) -> None:
        """To the dead-letter queue."""
        self._settle(message, message.reject)

    def _settle(self, message: Any, action: Callable[[], Any]) -> None:
        """A connection that broke meanwhile has given the message back to the broker already."""
        if message.channel is None or not message.channel.connection:
            return
        try:
            action()
        except (AMQPError, OSError) as error:
            log.info("a message could not be settled, the broker gives it again: %r", error)
