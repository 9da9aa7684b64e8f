"""Keeps the parts of a laptop run alive: a part that died is started again, after a pause that grows while it keeps dying.

`var/processes.json` tells which process is what: `{name: {"pid", "metrics_port", "restarts"}}`, and `uri` for the broker.
"""

import json
import logging
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import eventlet
from eventlet.greenthread import GreenThread

from golub.local.errors import LocalServerError

log = logging.getLogger(__name__)

LEAST_PAUSE_SECONDS = 0.5
MOST_PAUSE_SECONDS = 10.0
#: A life that lasted this long was no failed start: the next pause is the least one again.
SETTLED_SECONDS = 30.0
LOOK_SECONDS = 0.1


class Part(Protocol):
    """A process that can be started more than once. `facts` goes into the file of processes beside the pid."""

    name: str
    facts: dict[str, Any]

    @property
    def pid(self) -> int | None:
        """None when it does not run."""

    def start(self) -> None: ...

    def stop(self, limit_seconds: float) -> None:
        """Politely, then by force; does nothing to one that does not run."""


class Supervisor:
    """`start(part)` starts and watches; `stop(groups)` ends the parts group after group."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._parts: dict[str, Part] = {}
        self._restarts: dict[str, int] = {}
        self._watchers: list[GreenThread] = []

    def start(self, *parts: Part) -> None:
        """Start these parts and keep them running; raises what the start of one raised."""
        for part in parts:
            part.start()
            self._parts[part.name] = part
            self._restarts[part.name] = 0
            self._watchers.append(eventlet.spawn(self._watch, part))
        self._write()

    def wait_until(self, ready: Callable[[Part], bool], parts: Sequence[Part], limit_seconds: float) -> list[str]:
        """Wait until all of these are ready; the names of those that are not after the limit."""
        waiting, deadline = list(parts), time.monotonic() + limit_seconds
        while waiting and time.monotonic() < deadline:
            waiting = [part for part in waiting if not ready(part)]
            eventlet.sleep(LOOK_SECONDS)
        return [part.name for part in waiting]

    def stop(self, groups: Sequence[tuple[Sequence[str], float]]) -> None:
        """Each group at once, (names, seconds they get); the file of processes is gone afterwards."""
        for watcher in self._watchers:
            watcher.kill()
        for names, limit_seconds in groups:
            parts = [self._parts[name] for name in names if name in self._parts]
            for thread in [eventlet.spawn(part.stop, limit_seconds) for part in parts]:
                thread.wait()
        self._file.unlink(missing_ok=True)

    def _watch(self, part: Part) -> None:
        pause = LEAST_PAUSE_SECONDS
        while True:
            born = time.monotonic()
            while part.pid is not None:
                eventlet.sleep(LOOK_SECONDS)
            if time.monotonic() - born > SETTLED_SECONDS:
                pause = LEAST_PAUSE_SECONDS
            log.warning("%s ended; it starts again in %.1f s", part.name, pause)
            eventlet.sleep(pause)
            pause = min(pause * 2, MOST_PAUSE_SECONDS)
            self._start_again(part)

    def _start_again(self, part: Part) -> None:
        try:
            part.start()
        except (LocalServerError, OSError) as error:
            log.warning("%s does not start: %s", part.name, error)
            return
        self._restarts[part.name] += 1
        self._write()

    def _write(self) -> None:
        """For its owner alone, as the broker's URI has a password in it; replaced as a whole."""
        document = {
            name: {"pid": part.pid, **part.facts, "restarts": self._restarts[name]}
            for name, part in self._parts.items()
        }
        fresh = self._file.with_suffix(".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(document, file, indent=1)
        fresh.replace(self._file)
