"""What goes wrong with the platform itself, one thing after another, in an order that the seed draws."""

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

import eventlet

from tests.chaos.storm_smsc import StormySmsc
from tests.e2e.platform import Platform, wait_until

#: The whole point of an outage: longer than every deadline of a call and every lease.
AWAY_SECONDS = 20.0
#: Within the lease of a bind, and beyond it.
FROZEN_SECONDS = (3.0, 9.0)
_BACK_SECONDS = 300.0
_STORM_REFUSALS = 100
_STORM_SECONDS = 3.0
GATEWAY = "smpp_gateway"
#: A PostgreSQL that is told so disconnects its clients and stops.
_POLITE = {"postgres": signal.SIGINT, "rabbitmq": signal.SIGTERM}


@dataclass(slots=True)
class Faults:
    """Each method does one thing, and returns when what it ended runs again."""

    platform: Platform
    smsc: StormySmsc
    draw: Random

    def kill_gateway(self) -> None:
        self._kill(GATEWAY)

    def freeze_gateway(self) -> None:
        pid = self._signal(GATEWAY, signal.SIGSTOP)["pid"]
        eventlet.sleep(self.draw.choice(FROZEN_SECONDS))
        os.kill(pid, signal.SIGCONT)

    def kill_billing(self) -> None:
        self._kill("billing")

    def postgres_away(self) -> None:
        self._away("postgres")

    def rabbitmq_away(self) -> None:
        self._away("rabbitmq")

    def drop_links(self) -> None:
        for _ in range(3):
            wait_until(self.smsc.drop, _BACK_SECONDS, "a link to be dropped")
            eventlet.sleep(1.0)

    def storm(self) -> None:
        """It rages for a while, and until enough has been refused that this was one."""
        before = self.smsc.counters()["in_storms"]
        self.smsc.storm(True)
        try:
            eventlet.sleep(_STORM_SECONDS)
            refused = lambda: self.smsc.counters()["in_storms"] - before >= _STORM_REFUSALS  # noqa: E731
            wait_until(refused, _BACK_SECONDS, "refusals in a storm")
        finally:
            self.smsc.storm(False)

    def by_name(self, name: str) -> Callable[[], None]:
        return getattr(self, name)

    def _signal(self, name: str, number: signal.Signals) -> dict[str, Any]:
        """What the supervisor tells of the process that got it; one that is just being started is waited for."""
        found: dict[str, Any] = {}

        def sent() -> bool:
            found.update(self.platform.processes[name])
            try:
                os.kill(found["pid"], number)
            except (TypeError, ProcessLookupError):
                return False
            return True

        wait_until(sent, _BACK_SECONDS, f"{name} running")
        return found

    def _kill(self, name: str) -> None:
        """As a power cut would, and wait until the supervisor has another one running."""
        before = self._signal(name, signal.SIGKILL)
        wait_until(lambda: self._other(name, before), _BACK_SECONDS, f"{name} back")

    def _other(self, name: str, before: dict[str, Any]) -> bool:
        now = self.platform.processes[name]
        return now["restarts"] > before["restarts"] and now["pid"] not in (None, before["pid"])

    def _away(self, name: str) -> None:
        """Killed or stopped, and nobody starts it again for a while: who would do it stands still."""
        # Before the one who would start it stands still: else there may be none to be killed.
        wait_until(lambda: self.platform.processes[name]["pid"], _BACK_SECONDS, f"{name} running")
        with self._unwatched():
            before = self._signal(name, self.draw.choice((signal.SIGKILL, _POLITE[name])))
            eventlet.sleep(AWAY_SECONDS)
        wait_until(lambda: self._other(name, before), _BACK_SECONDS, f"{name} back")

    @contextmanager
    def _unwatched(self) -> Iterator[None]:
        assert self.platform.child is not None
        supervisor = self.platform.child.process
        supervisor.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            with contextlib.suppress(ProcessLookupError):
                supervisor.send_signal(signal.SIGCONT)
