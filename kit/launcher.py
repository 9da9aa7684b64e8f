"""Starts and stops service containers. Whoever calls this has monkey-patched first (`golub/__main__.py` does).

A container that dies takes the process with it, exit code 1: whatever runs the process starts it again.
"""

import logging
import signal
from typing import Any, TypeVar

import eventlet
import kombu.pools
from eventlet.event import Event
from nameko.extensions import iter_extensions

from contracts.client import Client
from kit import inproc
from kit.clock import Clock
from kit.container import Container
from kit.database import dispose_engines
from kit.rpc import Drain, RpcTo
from kit.settings import Settings

log = logging.getLogger(__name__)

C = TypeVar("C", bound=Client)

START_SECONDS = 60
STOP_SECONDS = 25
HEARTBEAT_SECONDS = 30


class Process:
    """The containers of one process: `start()`, then `wait()` until a signal or a death, `stop()`."""

    def __init__(self, services: list[type], settings: Settings, clock: Clock | None = None) -> None:
        inproc.register()
        workers = settings.number("workers")
        kombu.pools.set_limit(max(20, 2 * workers * len(services)))
        self.config: dict[Any, Any] = {
            "AMQP_URI": settings.amqp_uri,
            "HEARTBEAT": HEARTBEAT_SECONDS,
            "max_workers": workers,
            "serializer": "json",
            "settings": settings,
            "clock": clock,
        }
        self.containers = [drained(Container(service, self.config)) for service in services]
        self._ended = Event()

    def start(self) -> None:
        """All containers in parallel; raises what the first failing one raised."""
        threads = [eventlet.spawn(container.start) for container in self.containers]
        with eventlet.Timeout(START_SECONDS, TimeoutError(f"the services did not start in {START_SECONDS} seconds")):
            for thread in threads:
                thread.wait()
        for container in self.containers:
            eventlet.spawn(self._watch, container)

    def _watch(self, container: Container) -> None:
        try:
            container.wait()
        except Exception as error:
            log.exception("service %s died", container.service_name)
            self._end(error)

    def _end(self, outcome: Any) -> None:
        if not self._ended.ready():
            self._ended.send(outcome)

    def client(self, kind: type[C]) -> C:
        """A typed client through any container that has one; for seeding and tools that live in the process."""
        for container in self.containers:
            for provider in container.extensions:
                if type(provider) is RpcTo and provider.client_class is kind:
                    return provider.bound()  # type: ignore[return-value]
        raise LookupError(f"no service of this process calls {kind.service}")

    def end_on_signals(self) -> None:
        """SIGTERM and SIGINT end `wait()`; a second one changes nothing: the stop is bounded anyway."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._end(None))

    def wait(self) -> Exception | None:
        """None after a signal, the error after a death."""
        return self._ended.wait()

    def _stop_groups(self) -> list[list[Container]]:
        """Containers by the `stop_order` of their service class (default 0), highest first."""
        orders = sorted({_stop_order(container) for container in self.containers}, reverse=True)
        return [[one for one in self.containers if _stop_order(one) == order] for order in orders]

    def stop(self) -> None:
        """Graceful, bounded: no new work, what is at work ends and is acknowledged; then whatever is left is killed.

        A caller stops before the services it calls, else its last calls would wait for their deadlines.
        """
        try:
            with eventlet.Timeout(STOP_SECONDS, TimeoutError()):
                for group in self._stop_groups():
                    for thread in [eventlet.spawn(_stop, container) for container in group]:
                        thread.wait()
        except TimeoutError:
            log.warning("not everything stopped in %s seconds", STOP_SECONDS)
            for container in self.containers:
                eventlet.spawn(container.kill)
            eventlet.sleep(1)
        dispose_engines()


def _stop(container: Container) -> None:
    """One that stops badly, such as one that never came up, does not keep the others from stopping well."""
    try:
        container.stop()
    except Exception:
        log.exception("service %s did not stop in order", container.service_name)


def _stop_order(container: Container) -> int:
    return getattr(container.service_cls, "stop_order", 0)


def drained(container: Container) -> Container:
    """Give a container that calls nobody the provider that leaves last, so that no service can forget it (see `RpcTo`)."""
    if not any(isinstance(one, RpcTo) for one in container.dependencies):
        provider = Drain().bind(container.interface, "_drain")
        container.dependencies.add(provider)
        container.subextensions.update(iter_extensions(provider))
    return container
