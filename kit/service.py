"""What a service class is made of, in one import."""

from typing import Any

from nameko.extensions import DependencyProvider

from kit.clock import SystemClock
from kit.database import Database
from kit.events import on_event
from kit.loops import Wake, loop
from kit.relay import Outbox
from kit.rpc import Drain, RpcTo, rpc

__all__ = [
    "ClockProvider",
    "Database",
    "Drain",
    "Outbox",
    "RpcTo",
    "SettingsProvider",
    "Wake",
    "loop",
    "on_event",
    "rpc",
]


class ClockProvider(DependencyProvider):
    """`clock = ClockProvider()`: `self.clock.now()`."""

    def get_dependency(self, worker_ctx: Any) -> Any:
        return self.container.config.get("clock") or _SYSTEM_CLOCK


class SettingsProvider(DependencyProvider):
    """`settings = SettingsProvider()`: the process's `kit.settings.Settings`."""

    def get_dependency(self, worker_ctx: Any) -> Any:
        return self.container.config["settings"]


_SYSTEM_CLOCK = SystemClock()
