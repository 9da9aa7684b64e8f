"""Liveness and readiness of a process, and the small HTTP server that tells them where there is no gateway.

Live: the hub turns. Ready: the database answers, the bus takes and gives messages, migrations are done, no stop is under
way. A broker in alarm makes a process unready, since its publishes would hang.
"""

import time
from collections.abc import Callable
from typing import Any

from amqp import Message as AmqpMessage
from kombu import Connection as BusConnection
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text

from contracts.errors import GolubError
from kit import inproc
from kit.database import Transactions, engine_for
from kit.guard import within
from kit.migrations import pending
from kit.stall import StallProbe

CHECK_SECONDS = 2.0
KEPT_SECONDS = 1.0
STALLED_SECONDS = 10.0


class Health:
    """`ready()` runs the named checks, each bounded, at most once a second; a failed one is a sentence."""

    def __init__(self, checks: dict[str, Callable[[], Any]]) -> None:
        self.checks = checks
        self.stopping = False
        self.probe = StallProbe()
        self._kept: tuple[float, dict[str, str]] = (0.0, {})

    def live(self) -> bool:
        return time.monotonic() - self.probe.last_beat < STALLED_SECONDS

    def ready(self) -> dict[str, str]:
        """Name of each failed check and why; empty when all is well."""
        if self.stopping:
            return {"process": "is stopping"}
        until, faults = self._kept
        if time.monotonic() > until:
            faults = {name: why for name, check in self.checks.items() if (why := _fault(check))}
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


def _fault(check: Callable[[], Any]) -> str:
    try:
        within(CHECK_SECONDS, check, "The check")
    except GolubError as error:
        return error.detail
    except Exception as error:
        return f"{type(error).__name__}"
    return ""


def database_check(service: str, url: str) -> Callable[[], None]:
    """The database answers; on the first call also that no migration is pending."""
    transactions = Transactions(engine_for(url))
    migrated = []

    def check() -> None:
        if not migrated:
            if pending(service, url):
                raise GolubError("migrations are pending")
            migrated.append(True)
        with transactions.begin() as connection:
            connection.execute(text("SELECT 1"))

    return check


def bus_check(uri: str) -> Callable[[], None]:
    """The broker takes a message and confirms it; one in memory or disk alarm does not."""

    def check() -> None:
        if uri == inproc.URI:
            return
        with BusConnection(uri, connect_timeout=CHECK_SECONDS) as connection:
            connection.connect()
            channel = connection.channel()
            channel.confirm_select()
            channel.basic_publish_confirm(_probe_message(), exchange="", routing_key="golub.no-such-queue")

    return check


def _probe_message() -> Any:
    return AmqpMessage("", delivery_mode=1)
