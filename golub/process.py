"""A process of the distributed shape: some services, their health and metrics, until a signal."""

import dataclasses
import sys
from collections.abc import Sequence

from golub.registry import SERVICES, service_class
from kit import memory
from kit.health import Health, bus_check, database_check
from kit.http import WsgiServer, listen
from kit.launcher import Process
from kit.migrations import migrate as migrate_one
from kit.settings import Settings


def run(services: Sequence[str], settings: Settings) -> int:
    """Run until SIGTERM or SIGINT (0) or the death of a service (1)."""
    process = Process([service_class(name) for name in services], settings)
    process.end_on_signals()
    checks = {f"database of {name}": database_check(name, settings.of(name)) for name in services if name in SERVICES}
    health = Health(checks | {"bus": bus_check(settings.amqp_uri)})
    server = None
    if settings.number("metrics_port"):
        server = WsgiServer(health.wsgi, listen(settings.bind, settings.number("metrics_port")))
        server.start()
    process.start()
    memory.settle()
    error = process.wait()
    health.stopping = True
    process.stop()
    if server is not None:
        server.stop()
    return 1 if error else 0


def migrate(services: Sequence[str], settings: Settings) -> int:
    for name in services or SERVICES:
        migrate_one(name, settings.of(name))
        print(f"{name}: at the newest revision")
    return 0


def print_settings() -> int:
    for field in dataclasses.fields(Settings):
        if field.metadata["name"]:
            default = f" (default {field.default})" if field.default else ""
            sys.stdout.write(f"{field.metadata['name']}: {field.metadata['about']}{default}\n")
    return 0
