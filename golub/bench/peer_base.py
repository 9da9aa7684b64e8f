"""Another gateway as a program to be measured."""

import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import eventlet

from golub.bench.peer_generator import Order
from golub.bench.smsc import Smsc
from golub.local import children
from golub.local.errors import LocalServerError
from golub.local.ports import LOOPBACK

START_SECONDS = 40.0
STOP_SECONDS = 8.0
#: How long a peer is measured at most.
LIMIT_SECONDS = 90.0


class Peer(Protocol):
    """Started once, in a folder of its own; `start` returns when its link to the simulator is bound."""

    name: str
    note: str

    def start(self, folder: Path, smsc: Smsc) -> None:
        """Raises LocalServerError with the reason where it can't run here."""

    def pids(self) -> dict[str, int]: ...

    def order(self, first: int, count: int) -> Order: ...

    def stop(self) -> None:
        """Also where it never came up."""


class Programs:
    """Child processes with a log each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._started: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, argv: Sequence[str], environment: dict[str, str]) -> None:
        with children.open_log(self._folder / f"{name}.out") as log:
            self._started[name] = children.spawn(
                list(argv), log=log, env=environment, death_signal=signal.SIGKILL, cwd=self._folder
            )

    def pids(self) -> dict[str, int]:
        return {name: process.pid for name, process in self._started.items()}

    def stop(self) -> None:
        for process in reversed(self._started.values()):
            children.stop(process, signal.SIGTERM, STOP_SECONDS)
        self._started.clear()


def wait_for(what: str, log: Path, condition: Callable[[], bool]) -> None:
    """Until the condition holds; LocalServerError with the end of a log where it does not in time."""
    deadline = time.monotonic() + START_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise LocalServerError(f"{what} did not come up:\n{children.last_lines(log, 10)}")
        eventlet.sleep(0.2)


def connects(port: int) -> bool:
    """Whether somebody listens."""
    try:
        eventlet.connect((LOOPBACK, port)).close()
    except OSError:
        return False
    return True
