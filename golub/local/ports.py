"""TCP ports of the loopback interface."""

import random
import socket
from pathlib import Path

from golub.local.errors import LocalServerError

LOOPBACK = "127.0.0.1"
_LOWEST = 15_000
_HIGHEST = 32_767  # Where Linux begins to give ports to outgoing connections, unless told otherwise.
_ATTEMPTS = 100


def free_port() -> int:
    """A TCP port that nobody listens on now; another program may still take it before the caller does.

    It is never one that the kernel gives to outgoing connections: while a server is down, a client that keeps
    calling its port could otherwise be given that very port, connect to itself and keep the server from coming back.
    """
    numbers = random.SystemRandom()
    highest = min(_HIGHEST, _first_outgoing_port() - 1)
    for _ in range(_ATTEMPTS):
        port = numbers.randint(_LOWEST, highest) if highest > _LOWEST else 0
        with socket.socket() as probe:
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise LocalServerError(f"No free TCP port between {_LOWEST} and {highest} after {_ATTEMPTS} attempts.")


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether a server could listen on the port; connections of an earlier server that linger do not count."""
    return _bind_error(port, host) is None


def claim_or_explain(port: int, what: str, env_name: str, host: str = LOOPBACK) -> int:
    """The port itself when it can be listened on.

    Raises LocalServerError with one sentence that names the port, what wanted it and the variable that moves it.
    """
    if not 0 < port < 65536:
        raise LocalServerError(f"{env_name}={port} is not a TCP port: give a number from 1 to 65535 for {what}.")
    error = _bind_error(port, host)
    if isinstance(error, PermissionError):
        raise LocalServerError(f"Port {port} for {what} needs root: set {env_name} to a port above 1023.")
    if error is not None:
        raise LocalServerError(
            f"Port {port} for {what} is already in use: stop the program that holds it or set {env_name} to a free port."
        )
    return port


def _bind_error(port: int, host: str) -> OSError | None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error
    return None


def _first_outgoing_port() -> int:
    try:
        return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return _HIGHEST + 1
