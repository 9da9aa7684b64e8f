"""Child processes that end with their owner, even when the owner is killed."""

import ctypes
import os
import pwd
import signal
import subprocess
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_LOG_LIMIT_BYTES = 8 * 1024 * 1024

# PyDLL keeps the interpreter's lock during the call: a forked child must not wait for another thread to give it back.
_libc = ctypes.PyDLL(None)


@dataclass(frozen=True)
class Account:
    """The system user a child runs as."""

    name: str
    uid: int
    gid: int

    @classmethod
    def of_uid(cls, uid: int) -> "Account":
        """The account that has this uid; a uid without an entry in the user table gets the gid of the same number."""
        try:
            entry = pwd.getpwuid(uid)
        except KeyError:
            return cls(str(uid), uid, uid)
        return cls(entry.pw_name, uid, entry.pw_gid)


def identity(account: Account | None) -> dict[str, Any]:
    """The arguments of `subprocess` that make a child run as the account, or as ourselves for None."""
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def spawn(
    argv: Sequence[str | Path],
    *,
    log: IO[bytes],
    env: Mapping[str, str],
    death_signal: signal.Signals,
    account: Account | None = None,
    cwd: Path | None = None,
) -> "subprocess.Popen[bytes]":
    """Start a server that receives `death_signal` when the calling thread ends, so call it from the main thread.

    The child gets a session of its own: a Ctrl-C at the terminal reaches the owner alone, which then stops its
    servers in the right order. Output goes to `log`, standard input is empty.
    """
    with warnings.catch_warnings():
        # eventlet warns of every fork; this child runs nothing of it before its exec.
        warnings.filterwarnings("ignore", "Using fork", DeprecationWarning)
        return subprocess.Popen(
            [str(arg) for arg in argv],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,
            # Safe although there may be threads: it makes two system calls and takes no lock.
            preexec_fn=_die_with(os.getpid(), death_signal),  # noqa: PLW1509
            **identity(account),
        )


def _die_with(owner: int, death_signal: signal.Signals) -> Callable[[], None]:
    """The last step before exec: it runs after the change of user, which would have cleared the setting."""

    def arm() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != owner:  # The owner died before the setting took hold.
            os._exit(1)

    return arm


def stop(child: "subprocess.Popen[bytes]", polite: signal.Signals, limit_seconds: float) -> None:
    """Ask the child to end, wait at most `limit_seconds`, then kill it."""
    if child.poll() is None:
        child.send_signal(polite)
    try:
        child.wait(limit_seconds)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def open_log(path: Path) -> IO[bytes]:
    """The log file for appending; one that has grown past 8 MiB is set aside as `.1` first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > _LOG_LIMIT_BYTES:
        path.replace(path.with_name(path.name + ".1"))
    return path.open("ab")


def last_lines(path: Path, count: int = 5) -> str:
    """The end of a log, for the sentence that explains a failed start."""
    try:
        lines = path.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    return "\n".join(lines[-count:])
