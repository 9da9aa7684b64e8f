"""Runs service classes on a bus inside the test's process."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import eventlet

from contracts.client import Client
from contracts.errors import Conflict
from kit import inproc
from kit.launcher import Process
from kit.rpc import RpcTo
from kit.service import rpc
from kit.settings import Settings


class AnswererClient(Client):
    """Any method of the toy service `answerer`, over `call`."""

    service = "answerer"

    def call(self, method: str, timeout_seconds: float = 5.0, **arguments: Any) -> Any:
        self.timeout_seconds = timeout_seconds
        return self._call(method, **arguments)


class Asker:
    """Only the client side of a bus."""

    name = "asker"
    answerer = RpcTo(AnswererClient)


class Answerer:
    """Answers, refuses, dawdles and breaks on demand; `done` is what it has executed to the end."""

    name = "answerer"
    begun: list[Any] = []
    done: list[Any] = []

    @rpc
    def echo(self, value: Any = None) -> Any:
        Answerer.done.append(value)
        return value

    @rpc
    def dawdle(self, value: Any, seconds: float) -> Any:
        Answerer.begun.append(value)
        eventlet.sleep(seconds)
        Answerer.done.append(value)
        return value

    @rpc
    def refuse(self) -> None:
        raise Conflict("The login is taken.", {"login": "ivan"})

    @rpc
    def crash(self) -> None:
        raise ValueError("password=secret")

    @rpc
    def answer_no_json(self) -> Any:
        return object()

    @rpc
    def time_out(self) -> None:
        with eventlet.Timeout(0.01, eventlet.Timeout()):
            eventlet.sleep(5)


def settings(uri: str = inproc.URI, **fields: Any) -> Settings:
    return Settings(amqp_uri=uri, **{"workers": "8", **fields})


@contextmanager
def running(*services: type, uri: str = inproc.URI, same_bus: bool = False, **fields: Any) -> Iterator[Process]:
    """A started process of these service classes; stopped at the end, and the in-process bus emptied.

    `same_bus`: another process of the test still runs on that bus.
    """
    process = Process(list(services), settings(uri, **fields))
    process.start()
    try:
        yield process
    finally:
        process.stop()
        if uri == inproc.URI and not same_bus:
            inproc.reset()


def until(condition: Callable[[], Any], seconds: float = 30.0) -> Any:
    """Wait for the condition and return its value; fails the test after `seconds`."""
    give_up_at = monotonic() + seconds
    while not (value := condition()):
        assert monotonic() < give_up_at, "it did not happen in time"
        eventlet.sleep(0.02)
    return value


def dead(process: Process) -> bool:
    """Whether a container has died of an error."""
    return process._ended.ready()


def replies_of(process: Process) -> Any:
    """The reply listener of the process's first client."""
    return next(one.replies for one in process.containers[0].extensions if isinstance(one, RpcTo))
