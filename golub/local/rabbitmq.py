"""A private RabbitMQ node: the machine's `rabbitmq-server`, run as our own child process in a folder of its own."""

import shutil
import signal
import socket
import subprocess
import time
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

from golub.local import children
from golub.local.errors import LocalServerError
from golub.local.lock import FolderLock
from golub.local.ports import LOOPBACK, claim_or_explain, free_port
from golub.local.rabbitmq_node import USER, VHOST, Node
from golub.local.secrets import SecretsFile

_START_LIMIT_SECONDS = 60.0
_SETTLE_LIMIT_SECONDS = 3.0
_STOP_LIMIT_SECONDS = 20.0
_CTL_LIMIT_SECONDS = 60.0
_POLL_SECONDS = 0.05
# Debian's wrappers in /usr/sbin insist on the user `rabbitmq` and its home; the scripts behind them do not.
_SCRIPTS = (Path("/usr/lib/rabbitmq/bin"), Path("/usr/sbin"), Path("/usr/local/sbin"))


class LocalRabbitMQ:
    """One node with its data in `folder`, on loopback ports that stay the same for the life of this object.

    It has one virtual host whose queues are quorum queues unless declared otherwise, and one user with a random
    password. The node, its name service (epmd) and its cookie are its own: nothing of a system RabbitMQ is touched.
    """

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.folder = folder.absolute()
        self.port = port if port is not None else free_port()
        self.log_path = self.folder / "log" / "rabbitmq.log"
        self._wanted_port = port
        self._epmd: subprocess.Popen[bytes] | None = None
        self._beam: subprocess.Popen[bytes] | None = None
        self._lock = FolderLock()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """The process id of the node while it runs."""
        return self._beam.pid if self._beam and self._beam.poll() is None else None

    @cached_property
    def _node(self) -> Node:
        self.folder.mkdir(parents=True, exist_ok=True)
        password = SecretsFile(self.folder / "passwords.json").get(USER)
        return Node(self.folder, self.port, free_port(), free_port(), password)

    @property
    def uri(self) -> str:
        """The AMQP URI of the virtual host, its password included."""
        return f"amqp://{USER}:{self._node.password}@{LOOPBACK}:{self.port}/{VHOST}"

    def start(self) -> None:
        """Start the node with the data that is there and wait until it takes connections.

        Raises LocalServerError with one sentence when it cannot run.
        """
        if self.pid is not None:
            return
        scripts = _find_scripts()
        node = self._node
        if self._wanted_port is not None:
            claim_or_explain(self._wanted_port, "RabbitMQ", "GOLUB_AMQP_PORT")
        self._lock.take(self.folder, f"The RabbitMQ under {self.folder}")
        try:
            node.write_files()
            self._start_epmd()
            self._wait_until_ready(self._spawn(scripts))
        except BaseException:
            self.kill()
            self.stop()
            raise

    def stop(self) -> None:
        """Shut the node down in order, and its name service; killed if that takes over 20 seconds."""
        if self._beam is not None:
            children.stop(self._beam, signal.SIGTERM, _STOP_LIMIT_SECONDS)
            self._beam = None
        self._stop_epmd()
        self._lock.release()

    def kill(self) -> None:
        """End the node as a power cut would; `start` brings it back on the same ports with what was confirmed.

        RabbitMQ 3.10 loses the leader of a quorum queue that was first declared less than about three seconds ago.
        """
        if self._beam is not None:
            children.stop(self._beam, signal.SIGKILL, _STOP_LIMIT_SECONDS)
            self._beam = None

    def ctl(self, *args: str) -> str:
        """Run `rabbitmqctl` on this node and return its output; takes a second or two.

        Raises LocalServerError with what it printed when it fails.
        """
        result = subprocess.run(
            [_find_scripts() / "rabbitmqctl", "--quiet", *args],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=self._node.environment(),
            cwd=self.folder,
            timeout=_CTL_LIMIT_SECONDS,
            check=False,
        )
        if result.returncode != 0:
            told = (result.stdout + result.stderr).decode(errors="replace").strip()
            raise LocalServerError(f"rabbitmqctl {' '.join(args)} failed: {told}")
        return result.stdout.decode(errors="replace")

    def _start_epmd(self) -> None:
        """Erlang would start its name service as a daemon that outlives everybody; ours is a child like the node."""
        if self._epmd is not None and self._epmd.poll() is None:
            return
        program = shutil.which("epmd") or shutil.which("epmd", path="/usr/bin:/usr/local/bin:/usr/lib/erlang/bin")
        if program is None:
            raise LocalServerError("The program epmd is missing: install the Debian package erlang-base.")
        with children.open_log(self.folder / "log" / "epmd.log") as log:
            self._epmd = children.spawn(
                [program, "-port", str(self._node.epmd_port), "-address", LOOPBACK],
                log=log,
                env=self._node.environment(),
                death_signal=signal.SIGKILL,
                cwd=self.folder,
            )

    def _stop_epmd(self) -> None:
        if self._epmd is not None:
            children.stop(self._epmd, signal.SIGTERM, _STOP_LIMIT_SECONDS)
            self._epmd = None

    def _spawn(self, scripts: Path) -> int:
        """Start the node; returns where in the log its own lines begin, in bytes."""
        log_size = self.log_path.stat().st_size if self.log_path.exists() else 0
        with children.open_log(self.folder / "log" / "console.log") as log:
            self._beam = children.spawn(
                [scripts / "rabbitmq-server"],
                log=log,
                env=self._node.environment(),
                # Nobody would be left to notice an orderly end that hangs; what was confirmed is on disk.
                death_signal=signal.SIGKILL,
                cwd=self.folder,
            )
        return log_size

    def _wait_until_ready(self, log_size: int) -> None:
        """The port opens a moment before the start is over, and a node told to stop in that moment crashes."""
        deadline = time.monotonic() + _START_LIMIT_SECONDS
        while time.monotonic() < deadline and self.pid is not None:
            if _greets(self.port):
                self._wait_for_last_line(log_size)
                return
            time.sleep(_POLL_SECONDS)
        told = children.last_lines(self.folder / "log" / "console.log") or children.last_lines(self.log_path)
        raise LocalServerError(f"RabbitMQ did not start; the end of its log in {self.log_path.parent} says:\n{told}")

    def _wait_for_last_line(self, log_size: int) -> None:
        """Bounded and without complaint: a later version may word its log differently."""
        deadline = time.monotonic() + _SETTLE_LIMIT_SECONDS
        while time.monotonic() < deadline:
            with self.log_path.open("rb") as log:
                log.seek(log_size)
                if b"startup complete" in log.read():
                    return
            time.sleep(_POLL_SECONDS)


def _find_scripts() -> Path:
    for folder in _SCRIPTS:
        if (folder / "rabbitmq-server").exists():
            return folder
    found = shutil.which("rabbitmq-server")
    if found:
        return Path(found).parent
    raise LocalServerError("RabbitMQ is not installed: install the Debian package rabbitmq-server.")


def _greets(port: int) -> bool:
    """Whether an AMQP server answers the protocol header with its first frame (AMQP 0-9-1, 4.2.2)."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=2) as connection:
            connection.sendall(b"AMQP\x00\x00\x09\x01")
            return connection.recv(1) == b"\x01"
    except OSError:
        return False
