"""TCP ports of the loopback interface."""

import socket

from golub.local.errors import LocalServerError

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """A TCP port that nobody listens on now; another program may still take it before the caller does."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether a server could listen on the port; connections of an earlier server that linger do not count."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def claim_or_explain(port: int, what: str, env_name: str, host: str = LOOPBACK) -> int:
    """The port itself when it can be listened on.

    Raises LocalServerError with one sentence that names the port, what wanted it and the variable that moves it.
    """
    if not 0 < port < 65536:
        raise LocalServerError(f"{env_name}={port} is not a TCP port: give a number from 1 to 65535 for {what}.")
    if port < 1024 and not _may_bind(port, host):
        raise LocalServerError(f"Port {port} for {what} needs root: set {env_name} to a port above 1023.")
    if not is_free(port, host):
        raise LocalServerError(
            f"Port {port} for {what} is already in use: stop the program that holds it or set {env_name} to a free port."
        )
    return port


def _may_bind(port: int, host: str) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            return False
        except OSError:
            return True
    return True
