"""Liveness and readiness of a process, and the small HTTP server that tells them where there is no gateway.

Live: the hub turns. Ready: the database answers, the bus takes and gives messages, migrations are done, no stop is under
way. A broker in alarm makes a process unready, since its publishes would hang.
"""

import time
from collections.abc import Callable
from typing import Any

import eventlet
from amqp import Message as AmqpMessage
from eventlet.event import Event
from kombu import Connection as BusConnection
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text

from contracts.errors import GolubError
from kit import inproc
from kit.database import Transactions, engine_for
from kit.guard import close_quietly
from kit.migrations import pending
from kit.stall import StallProbe

CHECK_SECONDS = 2.0
KEPT_SECONDS = 1.0
STALLED_SECONDS = 10.0


class Check:
    """A named question with a bounded wait. One attempt at a time: a stuck one is not piled upon, it is the answer."""

    def __init__(self, ask: Callable[[], Any]) -> None:
        self._ask = ask
        self._ended: Event | None = None

    def fault(self) -> str:
        """Why it failed, as a sentence; empty when all is well."""
        if self._ended is None:
            self._ended = Event()
            eventlet.spawn(self._run, self._ended)
        told = self._ended.wait(timeout=CHECK_SECONDS)
        return f"no answer in {CHECK_SECONDS:g} seconds" if told is None else told

    def _run(self, ended: Event) -> None:
        try:
            self._ask()
            told = ""
        except GolubError as error:
            told = error.detail
        except Exception as error:
            told = type(error).__name__
        self._ended = None
        ended.send(told)


class Health:
    """`ready()` runs the named checks, each bounded, at most once a second; a failed one is a sentence."""

    def __init__(self, checks: dict[str, Callable[[], Any]]) -> None:
        self.checks = {name: Check(ask) for name, ask in checks.items()}
        self.stopping = False
        self.probe = StallProbe()
        self._kept: tuple[float, dict[str, str]] = (0.0, {})

    def live(self) -> bool:
        """Whether the hub has turned lately. While it stands still nobody can ask, and the asker's timeout tells."""
        return time.monotonic() - self.probe.last_beat < STALLED_SECONDS

    def ready(self) -> dict[str, str]:
        """Name of each failed check and why; empty when all is well."""
        if self.stopping:
            return {"process": "is stopping"}
        until, faults = self._kept
        if time.monotonic() > until:
            asked = [(name, eventlet.spawn(check.fault)) for name, check in self.checks.items()]
            faults = {name: why for name, thread in asked if (why := thread.wait())}
            self._kept = (time.monotonic() + KEPT_SECONDS, faults)
        return faults

    def wsgi(self, environ: dict[str, Any], start_response: Callable) -> list[bytes]:
        """`/healthz`, `/readyz`, `/metrics`, anything else 404."""
        path = environ.get("PATH_INFO")
        if path == "/metrics":
            start_response("200 OK", [("Content-Type", CONTENT_TYPE_LATEST)])
            return [generate_latest()]
        if path == "/healthz":
            return _answer(start_response, {} if self.live() else {"hub": "stands still"})
        if path == "/readyz":
            return _answer(start_response, self.ready())
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"not found\n"]


def _answer(start_response: Callable, faults: dict[str, str]) -> list[bytes]:
    start_response("503 Service Unavailable" if faults else "200 OK", [("Content-Type", "text/plain; charset=utf-8")])
    return ["".join(f"{name}: {why}\n" for name, why in faults.items()).encode() or b"ok\n"]


def database_check(service: str, url: str) -> Callable[[], None]:
    """The database answers; until that was so once, also that no migration is pending.

    It has a connection of its own: a service whose pool is busy is slow, not away.
    """
    migrated: list[bool] = []

    def check() -> None:
        if not migrated:
            if pending(service, url):
                raise GolubError("migrations are pending")
            migrated.append(True)
        with Transactions(engine_for(url, 1, purpose="health")).begin() as connection:
            connection.execute(text("SELECT 1"))

    return check


def bus_check(uri: str) -> Callable[[], None]:
    """The broker takes two messages and confirms them; one in memory or disk alarm does not.

    RabbitMQ blocks a connection after its first publish during an alarm, and confirms that one still.
    """
    kept: list[BusConnection] = []

    def check() -> None:
        if uri == inproc.URI:
            return
        try:
            if not kept:
                kept.append(_confirming(uri))
            channel: Any = kept[0].default_channel
            for _ in range(2):
                probe = AmqpMessage("", delivery_mode=1)
                channel.basic_publish_confirm(probe, exchange="", routing_key="golub.no-such-queue")
        except Exception:
            broken, kept[:] = kept[:], []
            for connection in broken:
                eventlet.spawn(close_quietly, connection)
            raise

    return check


def _confirming(uri: str) -> BusConnection:
    connection = BusConnection(uri, connect_timeout=CHECK_SECONDS)
    connection.connect()
    channel: Any = connection.default_channel
    channel.confirm_select()
    return connection
