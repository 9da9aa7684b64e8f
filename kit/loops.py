"""Background loops as entrypoints: dependencies injected, one run at a time, woken or on time, errors back off."""

import logging
import threading
from typing import Any

import eventlet
from eventlet.event import Event
from nameko.exceptions import ContainerBeingKilled
from nameko.extensions import DependencyProvider, Entrypoint

from contracts.errors import Unavailable
from kit import metrics

log = logging.getLogger(__name__)

LEAST_BACKOFF_SECONDS = 0.2
MOST_BACKOFF_SECONDS = 10.0


class WakeHandle:
    """`set()` makes the loop that waits on it run now; setting it while the loop runs makes it run once more."""

    def __init__(self) -> None:
        self._flag = False
        self._event = Event()

    def set(self) -> None:
        self._flag = True
        if not self._event.ready():
            self._event.send(None)

    def wait(self, seconds: float, gather_seconds: float = 0.0) -> None:
        """Until set, at most `seconds`, and then so long again for what else may set it; clears the flag."""
        if not self._flag:
            self._event.wait(timeout=max(seconds, 0.001))
        if self._flag and gather_seconds:
            eventlet.sleep(gather_seconds)
        self._flag = False
        self._event = Event()


class Wake(DependencyProvider):
    """`charge_wake = Wake()`; `self.charge_wake.set()`; `@loop(wake="charge_wake")`."""

    def setup(self) -> None:
        self.handle = wake_of(self.container, self.attr_name)

    def get_dependency(self, worker_ctx: Any) -> WakeHandle:
        return self.handle


def wake_of(container: Any, name: str) -> WakeHandle:
    """The container's wake handle of that name, made at first use."""
    handles = container.config.setdefault(("wakes", container.service_name), {})
    return handles.setdefault(name, WakeHandle())


class Loop(Entrypoint):
    """`@loop(every_seconds=1.0, wake="name")`: a truthy result runs the method again at once.

    `gather_seconds`: how long it waits after it was woken, so that one run does the work of many wakes.
    `Unavailable` (a database or service that is away) backs off quietly; any other error backs off and is logged.
    """

    def __init__(
        self, *, every_seconds: float, wake: str | None = None, gather_seconds: float = 0.0, **kwargs: Any
    ) -> None:
        self.every_seconds = every_seconds
        self.gather_seconds = gather_seconds
        self.wake = wake
        super().__init__(expected_exceptions=(Unavailable,), **kwargs)

    def setup(self) -> None:
        self._handle = wake_of(self.container, self.wake or f"loop.{self.method_name}")
        self._stopping = threading.Event()
        self._thread = None

    def start(self) -> None:
        self._thread = self.container.spawn_managed_thread(self._run, identifier=f"loop {self.method_name}")

    def stop(self) -> None:
        self._stopping.set()
        self._handle.set()
        if self._thread is not None:
            self._thread.wait()

    def kill(self) -> None:
        if self._thread is not None:
            self._thread.kill()

    def _run(self) -> None:
        backoff = LEAST_BACKOFF_SECONDS
        while not self._stopping.is_set():
            try:
                result, exc_info = self._once()
            except ContainerBeingKilled:
                return
            if exc_info is not None:
                self._report(exc_info[1])
                self._stopping.wait(backoff)
                backoff = min(backoff * 2, MOST_BACKOFF_SECONDS)
                continue
            backoff = LEAST_BACKOFF_SECONDS
            if result:
                eventlet.sleep(0)
            elif not self._stopping.is_set():
                self._handle.wait(self.every_seconds, self.gather_seconds)

    def _once(self) -> tuple[Any, Any]:
        done = Event()

        def finished(_context: Any, result: Any, exc_info: Any) -> Any:
            done.send((result, exc_info))
            return result, exc_info

        self.container.spawn_worker(self, (), {}, handle_result=finished)
        return done.wait()

    def _report(self, error: BaseException) -> None:
        metrics.loop_failures.labels(self.container.service_name, self.method_name).inc()
        if isinstance(error, Unavailable):
            log.info("%s.%s waits: %s", self.container.service_name, self.method_name, error)


loop = Loop.decorator
