"""Jasmin from PyPI in a virtual environment of its own, with RabbitMQ and Redis from Debian."""

import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

from eventlet import tpool

from golub.bench.peer_base import LIMIT_SECONDS, Programs, connects, wait_for
from golub.bench.peer_generator import Order
from golub.bench.smsc import PASSWORD, SYSTEM_ID, Smsc
from golub.local.errors import LocalServerError
from golub.local.ports import LOOPBACK, free_port
from golub.local.rabbitmq import LocalRabbitMQ

VERSION = "0.11.1"
_INSTALL_SECONDS = 400
_CONNECTIONS = 32
_DAEMONS = ("jasmind", "dlrlookupd", "dlrd")
_CONSOLE_SECONDS = 15.0
#: Every TCP connection without Nagle's algorithm, which waits for acknowledgements that are delayed for 40 ms.
_NO_DELAY = """
import socket

_begin = socket.socket.__init__


def begin(self, *arguments, **named):
    _begin(self, *arguments, **named)
    if self.family == socket.AF_INET and self.type & socket.SOCK_STREAM:
        self.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


socket.socket.__init__ = begin
"""
_CONSOLE = """
group -a
gid bench
ok
user -a
username bench
password bench
gid bench
uid bench
ok
smppccm -a
cid smsc
host 127.0.0.1
port {port}
username {system_id}
password {password}
bind transceiver
submit_throughput 0
ok
smppccm -1 smsc
mtrouter -a
type defaultroute
connector smppc(smsc)
rate 0
ok
"""


class Jasmin:
    """As shipped, or with `no_delay` forced on all of its connections."""

    def __init__(self, environment: Path, *, no_delay: bool) -> None:
        self.name = "Jasmin, TCP_NODELAY" if no_delay else "Jasmin"
        how = "TCP_NODELAY forced on every connection" if no_delay else "as shipped"
        self.note = (
            f"{VERSION}, {how}; dlrlookupd and dlrd as processes of their own, users without a balance; mended where it looks for "
            "the response of a submit_sm in the wrong object, without which no receipt is told"
        )
        self._environment = environment
        self._no_delay = no_delay
        self._programs = Programs(Path())
        self._rabbitmq: LocalRabbitMQ | None = None

    def start(self, folder: Path, smsc: Smsc) -> None:
        python = install(self._environment)
        self._programs = Programs(folder)
        self._rabbitmq = LocalRabbitMQ(folder / "rabbitmq")
        self._rabbitmq.start()
        redis_port, self._http_port, console_port = free_port(), free_port(), free_port()
        redis = ["redis-server", "--port", str(redis_port), "--bind", LOOPBACK, "--save", "", "--appendonly", "no"]
        try:
            self._programs.start("redis", [*redis, "--dir", str(folder)], dict(os.environ))
        except OSError:
            raise LocalServerError("redis-server is missing: install Debian's package redis-server.") from None
        wait_for("Redis", folder / "redis.out", lambda: connects(redis_port))
        configuration = folder / "jasmin.cfg"
        configuration.write_text(_configuration(self._rabbitmq.uri, redis_port, self._http_port, console_port))
        environment = self._variables(folder, python)
        for daemon in _DAEMONS:
            argv = [str(python), str(python.parent / f"{daemon}.py"), "-c", str(configuration)]
            self._programs.start(daemon, argv, environment)
            if daemon == "jasmind":
                wait_for("Jasmin", folder / "jasmind.out", lambda: connects(console_port) and connects(self._http_port))
        tpool.execute(_console, console_port, _CONSOLE.format(port=smsc.port, system_id=SYSTEM_ID, password=PASSWORD))
        wait_for("Jasmin's bind", folder / "jasmind.out", lambda: bool(smsc.counters()["binds"][SYSTEM_ID]))

    def pids(self) -> dict[str, int]:
        rabbitmq = self._rabbitmq.pid if self._rabbitmq else None
        return self._programs.pids() | ({"rabbitmq": rabbitmq} if rabbitmq else {})

    def order(self, first: int, count: int) -> Order:
        query = {
            "username": "bench",
            "password": "bench",
            "dlr": "yes",
            "dlr-level": "2",
            "dlr-method": "GET",
            "content": "",
        }
        return Order(
            port=self._http_port,
            path="/send",
            query=query,
            callback="dlr-url",
            callback_query="",
            answer="ACK/Jasmin",
            first=first,
            count=count,
            connections=_CONNECTIONS,
            limit_seconds=LIMIT_SECONDS,
        )

    def stop(self) -> None:
        self._programs.stop()
        if self._rabbitmq is not None:
            self._rabbitmq.stop()

    def _variables(self, folder: Path, python: Path) -> dict[str, str]:
        for part in ("etc/jasmin/store", "etc/jasmin/resource", "var/log/jasmin", "modules"):
            (folder / part).mkdir(parents=True)
        # The description of AMQP that its source distribution puts into /etc comes with its own client library, too.
        specification = next(
            python.parents[1].glob("lib/python*/site-packages/txamqp/specs/standard/amqp0-9-1.stripped.xml")
        )
        (folder / "etc/jasmin/resource/amqp0-9-1.xml").write_bytes(specification.read_bytes())
        if self._no_delay:
            (folder / "modules" / "sitecustomize.py").write_text(_NO_DELAY)
        return {
            "PATH": os.environ["PATH"],
            "ROOT_PATH": str(folder),
            "PYTHONPATH": str(folder / "modules"),
            "PYTHONUNBUFFERED": "1",
        }


def install(environment: Path) -> Path:
    """The Python of a virtual environment with Jasmin in it, made where it is not there yet.

    Raises LocalServerError with what pip said where it can't be installed.
    """
    python = environment / "bin" / "python"
    if (environment / "bin" / "jasmind.py").exists():
        return python
    environment.parent.mkdir(parents=True, exist_ok=True)
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(environment)],
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"jasmin=={VERSION}"],
    ):
        result = tpool.execute(
            subprocess.run, command, capture_output=True, text=True, check=False, timeout=_INSTALL_SECONDS
        )
        if result.returncode != 0:
            said = "\n".join((result.stdout + result.stderr).splitlines()[-8:])
            version = f"{sys.version_info.major}.{sys.version_info.minor}"
            raise LocalServerError(f"Jasmin {VERSION} can't be installed on Python {version}:\n{said}")
    _mend(environment)
    return python


def _mend(environment: Path) -> None:
    """This release looks for the response of a submit_sm in the wrong object and tells nobody of any receipt then."""
    listeners = next(environment.glob("lib/python*/site-packages/jasmin/managers/listeners.py"))
    listeners.write_text(listeners.read_text().replace("_pdu.response.", "r.response."))


def _configuration(amqp_uri: str, redis_port: int, http_port: int, console_port: int) -> str:
    broker = urlsplit(amqp_uri)
    ports = {section: free_port() for section in ("smpp-server", "smpp-server-pb", "client-management", "router")}
    return "\n".join(
        (
            "[amqp-broker]",
            f"host = {broker.hostname}",
            f"port = {broker.port}",
            f"username = {broker.username}",
            f"password = {unquote(broker.password or '')}",
            f"vhost = {unquote(broker.path.removeprefix('/')) or '/'}",
            "[redis-client]",
            f"port = {redis_port}",
            "[http-api]",
            f"bind = {LOOPBACK}",
            f"port = {http_port}",
            "[jcli]",
            f"port = {console_port}",
            "authentication = false",
            *(f"[{section}]\nbind = {LOOPBACK}\nport = {port}" for section, port in ports.items()),
            "[smpp-server-pb-client]",
            f"port = {ports['smpp-server-pb']}",
            "",
        )
    )


def _console(port: int, commands: str) -> None:
    """Type commands at its console, each after the prompt that the one before has brought."""
    with socket.create_connection((LOOPBACK, port), timeout=_CONSOLE_SECONDS) as connection:
        # The first prompt comes after a first line.
        connection.sendall(b"\r\n")
        _prompt(connection)
        for line in commands.strip().splitlines():
            connection.sendall(line.encode() + b"\r\n")
            told = _prompt(connection)
            if re.search(rb"error|unknown|invalid|failed", told, re.IGNORECASE):
                raise LocalServerError(f"Jasmin's console refused {line!r}: {told.decode(errors='replace')}")


def _prompt(connection: socket.socket) -> bytes:
    told, deadline = b"", time.monotonic() + _CONSOLE_SECONDS
    while not re.search(rb"(jcli :|> )\s*$", re.sub(rb"\x1b\[[0-9;]*[A-Za-z]", b"", told)):
        try:
            part = connection.recv(4096)
        except TimeoutError:
            part = b""
        if not part or time.monotonic() > deadline:
            raise LocalServerError(f"Jasmin's console said no prompt: {told.decode(errors='replace')}")
        told += part
    return told
