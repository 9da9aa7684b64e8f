"""The platform as people start it, in a folder and on ports of its own: started, stopped, killed, asked and looked into."""

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from contracts.smpp_gateway import FINAL_STATES
from golub.audit.databases import running_cluster
from golub.local import children
from golub.local.ports import LOOPBACK, free_port
from tests.support.folders import open_folder

ROOT = Path(__file__).resolve().parents[2]
#: Longer than the platform itself takes to give up.
START_SECONDS = 200.0
STOP_SECONDS = 25.0
MOST_RECIPIENTS = 1_000


def wait_until(condition: Callable[[], Any], limit_seconds: float, what: str, every_seconds: float = 0.2) -> None:
    """Until the condition is true; an AssertionError that says what did not come."""
    deadline = time.monotonic() + limit_seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not after {limit_seconds:.0f} seconds"
        time.sleep(every_seconds)


class Child:
    """`python -m golub ARGUMENTS` with its output in a file; it dies with the tests."""

    def __init__(self, output: Path, environment: dict[str, str], *arguments: str) -> None:
        self.output = output
        command = [sys.executable, "-m", "golub", *arguments]
        # Nothing of the caller's: the suite may itself have been given a broker and a database.
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        with output.open("wb") as log:
            self.process = children.spawn(
                command, log=log, env=kept | environment, death_signal=signal.SIGKILL, cwd=ROOT
            )

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def said(self) -> str:
        return self.output.read_text(errors="replace")

    def wait_for(self, words: str, limit_seconds: float) -> None:
        """Until it has printed these words; fails at once when it ended before."""
        deadline = time.monotonic() + limit_seconds
        while words not in self.said():
            assert not self.ended, f"it ended with {self.process.returncode}:\n{self.said()[-4000:]}"
            assert time.monotonic() < deadline, f"no {words!r} in {limit_seconds:.0f} s:\n{self.said()[-4000:]}"
            time.sleep(0.1)

    def end(self, number: signal.Signals, limit_seconds: float = STOP_SECONDS) -> float:
        """Send the signal and wait for the end; how many seconds it took."""
        started = time.monotonic()
        if not self.ended:
            self.process.send_signal(number)
        self.process.wait(limit_seconds)
        return time.monotonic() - started


class OutsideSmsc:
    """Our simulator as a program of its own, so that it outlives a platform that is killed and keeps a journal."""

    def __init__(self, folder: Path, receipt_delay_seconds: float = 0.2) -> None:
        self.port = free_port()
        self.journal = folder / "smsc.jsonl"
        self.url = f"smpp://golub:secret@{LOOPBACK}:{self.port}"
        options = ["--port", str(self.port), "--password", "secret", "--journal", str(self.journal)]
        delay = ["--receipt-delay", str(receipt_delay_seconds)]
        self._destinations: list[str] = []
        self._read = 0
        self._child = Child(folder / "smsc.out", {}, "simulator", *options, *delay)
        self._child.wait_for("listens on", 30.0)

    def destinations(self) -> list[str]:
        """The recipient of each submit_sm it took, in order. Only what is new is read: tests ask often, of long journals."""
        if self.journal.exists():
            with self.journal.open("rb") as lines:
                lines.seek(self._read)
                whole = lines.read().rpartition(b"\n")[0]
            self._read += len(whole) + 1 if whole else 0
            self._destinations += [json.loads(line)["destination"] for line in whole.splitlines()]
        return list(self._destinations)

    def stop(self) -> None:
        self._child.end(signal.SIGTERM)


class Platform:
    """`golub up` or `golub up --distributed` on a folder; `environment` adds to what it is started with."""

    def __init__(self, folder: Path, *, distributed: bool = False, **environment: str) -> None:
        self.var = folder / "var"
        self.distributed = distributed
        self.http_port, self.smpp_port, self.sim_port = free_port(), free_port(), free_port()
        self.environment = {
            "GOLUB_VAR": str(self.var),
            "GOLUB_HTTP_PORT": str(self.http_port),
            "GOLUB_SMPP_PORT": str(self.smpp_port),
            "GOLUB_SIM_PORT": str(self.sim_port),
            # What is waited for longest in these tests, and where nothing but a time limit can help.
            "GOLUB_RECEIPT_TIMEOUT_SECONDS": "12",
            "GOLUB_UNRESOLVED_SECONDS": "6",
            **environment,
        }
        self._folder = folder
        self._lives = 0
        self.child: Child | None = None

    def start(self, **environment: str) -> "Platform":
        """Start and wait until it says how to come in; `environment` is for this life only."""
        self.launch(**environment).wait_for("Golub is running", START_SECONDS)
        wait_until(lambda: self.status("/readyz") == 200, 30.0, "/readyz")
        return self

    def launch(self, **environment: str) -> Child:
        self._lives += 1
        arguments = ["up", "--distributed"] if self.distributed else ["up"]
        output = self._folder / f"platform-{self._lives}.out"
        self.child = Child(output, self.environment | environment, *arguments)
        return self.child

    def stop(self) -> float:
        """Ctrl-C; how many seconds it took."""
        return self.child.end(signal.SIGINT) if self.child else 0.0

    def kill(self) -> None:
        """As a power cut would; what is left of its servers is on its way out afterwards."""
        if self.child:
            self.child.end(signal.SIGKILL)

    @property
    def demo(self) -> dict[str, Any]:
        return json.loads((self.var / "demo.json").read_text())

    @property
    def processes(self) -> dict[str, dict[str, Any]]:
        """The distributed shape's processes: pid, metrics_port and restarts of each."""
        return json.loads((self.var / "processes.json").read_text())

    def leftovers(self) -> list[str]:
        """Command lines of processes that work on this folder."""
        return [line for pid, line in _command_lines() if str(self.var) in line + _variables(pid)]

    def status(self, path: str) -> int:
        """The status of a GET, 0 where nobody answers."""
        try:
            return self._request("GET", path, None, {})[0]
        except OSError:
            return 0

    def api(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        """(status, document) of a call with the demo's key."""
        authorization = {"Authorization": f"Bearer {self.demo['api_key']}"}
        status, answer = self._request(method, f"/api/v1{path}", body, authorization | (headers or {}))
        return status, json.loads(answer)

    def _request(self, method: str, path: str, body: Any, headers: dict[str, str]) -> tuple[int, bytes]:
        connection = HTTPConnection(LOOPBACK, self.http_port, timeout=40)
        with contextlib.closing(connection):
            content = None if body is None else json.dumps(body)
            connection.request(method, path, content, {"Content-Type": "application/json", **headers})
            response = connection.getresponse()
            return response.status, response.read()

    def send(self, recipients: Sequence[str], text: str = "Hello", limit_seconds: float = 60.0) -> list[dict[str, Any]]:
        """Send to up to 1,000 recipients and return what was acknowledged.

        Repeats under one idempotency key while the answer is no answer, as a careful client does.
        """
        key = secrets.token_hex(8)
        body = {"sender": self.demo["sender"], "text": text, "recipients": list(recipients)}
        deadline = time.monotonic() + limit_seconds
        while True:
            try:
                status, document = self.api("POST", "/messages", body, {"Idempotency-Key": key})
            except (OSError, ValueError):
                status, document = 0, {}
            if status == 202:
                return document["messages"]
            assert status in (0, 429, 500, 502, 503, 504), (status, document)
            assert time.monotonic() < deadline, f"not accepted in {limit_seconds:.0f} s: {status} {document}"
            time.sleep(0.3)

    def rows(self, service: str, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        """What a query finds in a service's database, while its server runs."""
        engine = sa.create_engine(running_cluster(self.var)[service], poolclass=NullPool)
        with engine.begin() as connection:
            return [tuple(row) for row in connection.execute(sa.text(statement), values)]

    def unfinished(self) -> int:
        """Messages that are not final, or final with money still to be settled."""
        statement = (
            "SELECT (SELECT count(*) FROM message WHERE NOT state = ANY(:final) OR due_at IS NOT NULL) "
            "+ (SELECT count(*) FROM accepted_order)"
        )
        return self.rows("smpp_gateway", statement, final=list(FINAL_STATES))[0][0]

    def wait_until_final(self, limit_seconds: float = 60.0) -> None:
        wait_until(self._all_final, limit_seconds, "every message final", every_seconds=0.5)

    def _all_final(self) -> bool:
        """A database that is away for a moment is no answer."""
        try:
            return self.unfinished() == 0
        except (KeyError, sa.exc.OperationalError):
            return False

    def states(self) -> dict[str, int]:
        return dict(self.rows("smpp_gateway", "SELECT state, count(*) FROM message GROUP BY state"))

    def audit(self) -> tuple[int, str]:
        """(exit status, output) of `golub audit`."""
        result = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "golub", "audit"],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "GOLUB_VAR": str(self.var)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return result.returncode, result.stdout + result.stderr


@contextlib.contextmanager
def running(name: str, *, distributed: bool = False, **environment: str) -> Iterator[Platform]:
    """A platform in a new folder, started; stopped and deleted at the end."""
    with open_folder(name) as folder:
        platform = Platform(folder, distributed=distributed, **environment)
        try:
            yield platform.start()
        finally:
            platform.stop()


def numbers(count: int, *, prefix: str = "7916", endings: Sequence[int] = tuple(range(60))) -> list[str]:
    """Different recipients; their last two digits, in turn from `endings`, are their fate at the simulator."""
    width = 11 - len(prefix) - 2
    return [f"{prefix}{n // len(endings):0{width}d}{endings[n % len(endings)]:02d}" for n in range(count)]


def _command_lines() -> Iterator[tuple[int, str]]:
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            yield int(folder.name), (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")


def _variables(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace")
    return ""
