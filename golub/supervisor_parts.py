"""What a supervisor keeps alive: a program of ours, and the two servers."""

import http.client
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import eventlet

from golub.local import children

ROOT = Path(__file__).resolve().parents[1]
#: A failpoint is for one life: the process that comes after is to show how things go on.
FIRST_LIFE_ONLY = "GOLUB_FAILPOINT"


class Program:
    """`python -m golub ARGUMENTS` with an environment of its own; its output goes to a log file.

    It is killed when the supervisor dies: everything it does survives that, and a polite end would wait for servers
    that are gone as well.
    """

    def __init__(
        self, name: str, arguments: Sequence[str], environment: dict[str, str], log: Path, metrics_port: int = 0
    ) -> None:
        self.name = name
        self.metrics_port = metrics_port
        self.facts: dict[str, Any] = {"metrics_port": metrics_port}
        self.log = log
        self._argv = [sys.executable, "-m", "golub", *arguments]
        self._environment = {**os.environ, "PYTHONUNBUFFERED": "1", **environment}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> None:
        with children.open_log(self.log) as log:
            self._process = children.spawn(
                self._argv, log=log, env=self._environment, death_signal=signal.SIGKILL, cwd=ROOT
            )
        self._environment.pop(FIRST_LIFE_ONLY, None)

    def stop(self, limit_seconds: float) -> None:
        if self._process is not None:
            children.stop(self._process, signal.SIGTERM, limit_seconds)

    def answers(self, host: str, port: int) -> bool:
        """Whether `/readyz` says 200."""
        connection = http.client.HTTPConnection(host, port, timeout=3)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


class LocalServer(Protocol):
    """`LocalPostgres` or `LocalRabbitMQ`."""

    @property
    def pid(self) -> int | None: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def kill(self) -> None: ...


class Server:
    """A local server as a part; its own polite stop may take longer than there is time, then it is killed."""

    def __init__(self, name: str, server: LocalServer) -> None:
        self.name = name
        self.facts: dict[str, Any] = {"metrics_port": 0}
        self._server = server

    @property
    def pid(self) -> int | None:
        return self._server.pid

    def start(self) -> None:
        self._server.start()

    def stop(self, limit_seconds: float) -> None:
        late = eventlet.spawn_after(limit_seconds, self._server.kill)
        self._server.stop()
        late.cancel()
