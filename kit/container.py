"""The service container: nameko's, with every entrypoint guarded and timed, and one queue consumer that loses nothing."""

import logging
from collections.abc import Iterable
from time import perf_counter
from typing import Any

import eventlet
from nameko.containers import ServiceContainer
from nameko.messaging import QueueConsumer

from kit import inproc, metrics
from kit.guard import exceptions_only

log = logging.getLogger(__name__)


class Container(ServiceContainer):
    def _inject_dependencies(self, worker_ctx: Any) -> None:
        super()._inject_dependencies(worker_ctx)
        name = worker_ctx.entrypoint.method_name
        service = worker_ctx.service
        setattr(service, name, self._timed(name, exceptions_only(getattr(service, name))))

    def _timed(self, name: str, method: Any) -> Any:
        def timed(*args: Any, **kwargs: Any) -> Any:
            started, outcome = perf_counter(), "error"
            try:
                result = method(*args, **kwargs)
                outcome = "ok"
                return result
            finally:
                metrics.entrypoint_seconds.labels(self.service_name, name, outcome).observe(perf_counter() - started)

        return timed


class SafeQueueConsumer(QueueConsumer):
    """Dead-letters what can't be decoded (kombu would acknowledge it away), and declares the providers' extra queues."""

    def on_decode_error(self, message: Any, exc: Exception) -> None:
        log.error("undecodable message on %s: %s", message.delivery_info.get("routing_key"), exc)
        metrics.undecodable.labels(self.container.service_name).inc()
        message.reject(requeue=False)

    def get_consumers(self, consumer_cls: Any, channel: Any) -> Iterable[Any]:
        for provider in list(self._providers):
            for queue in getattr(provider, "side_queues", ()):
                queue(channel).declare()
        return super().get_consumers(consumer_cls, channel)

    def unregister_provider(self, provider: Any) -> None:
        """The consumer greenlet does the removal; on the in-process bus it is woken, else it looks once a second."""
        eventlet.spawn_after(0.01, inproc.wake_all)
        super().unregister_provider(provider)

    def reject_message(self, message: Any) -> None:
        """To the dead-letter queue; a connection that broke meanwhile has given the message back already."""
        if message.channel is not None and message.channel.connection:
            message.reject(requeue=False)
