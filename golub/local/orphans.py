"""PostgreSQL servers whose owner is gone: found by their pid file, waited for, and ended."""

import os
import signal
import time
from pathlib import Path

from golub.local.errors import LocalServerError

_WAIT_SECONDS = {signal.SIGINT: 15.0, signal.SIGQUIT: 5.0, signal.SIGKILL: 5.0}
_POLL_SECONDS = 0.02


def end_postmaster_of(data: Path) -> None:
    """Make sure that no server works on the data folder, and that no pid file claims one does.

    The caller holds the owner's lock, so a server found here has lost its owner and is on its way out; it gets
    time to finish, then is told more firmly. A pid file may also name a process that has since got the number
    (after a restart of the machine or of a container); the server would refuse to start because of it.
    """
    pid = read_pid(data)
    if pid is None:
        return
    for order, limit_seconds in _WAIT_SECONDS.items():
        if not _is_postmaster_of(pid, data):
            (data / "postmaster.pid").unlink(missing_ok=True)
            return
        os.kill(pid, order)
        _wait_for_end(pid, data, limit_seconds)
    if _is_postmaster_of(pid, data):
        raise LocalServerError(f"An earlier PostgreSQL (process {pid}) does not end: stop it by hand.")


def read_pid(data: Path) -> int | None:
    """The process id in the pid file, None where there is no file or no number in it."""
    try:
        return int((data / "postmaster.pid").read_text().splitlines()[0])
    except (OSError, IndexError, ValueError):
        return None


def is_ready(data: Path, pid: int) -> bool:
    """Whether the server `pid` has written into its pid file that it takes connections."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"


def _is_postmaster_of(pid: int, data: Path) -> bool:
    """Whether the process is a PostgreSQL that works in this folder: it makes the folder its current one.

    A process of another user hides its current folder; it is then not the server that we run as ourselves.
    """
    try:
        program = Path(f"/proc/{pid}/comm").read_text().strip()
        folder = Path(f"/proc/{pid}/cwd").resolve(strict=True)
    except OSError:
        return False
    return program == "postgres" and folder == data.resolve()


def _wait_for_end(pid: int, data: Path, limit_seconds: float) -> None:
    deadline = time.monotonic() + limit_seconds
    while time.monotonic() < deadline and _is_postmaster_of(pid, data):
        time.sleep(_POLL_SECONDS)
