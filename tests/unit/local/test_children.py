"""Child processes that end with their owner."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from golub.local import children

# An owner that starts a child, tells its number, and waits to be killed.
_OWNER = """
import signal, sys, time
from golub.local import children
with open(sys.argv[1], "ab") as log:
    child = children.spawn(["/bin/sleep", "60"], log=log, env={}, death_signal=signal.SIGKILL)
print(child.pid, flush=True)
time.sleep(60)
"""


def _sleeper(log_path: Path, *argv: str) -> "subprocess.Popen[bytes]":
    with children.open_log(log_path) as log:
        return children.spawn(argv, log=log, env={"PATH": os.defpath}, death_signal=signal.SIGKILL)


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_a_child_ends_with_its_owner_however_the_owner_ends(tmp_path: Path, end: signal.Signals) -> None:
    owner = subprocess.Popen([sys.executable, "-c", _OWNER, tmp_path / "log"], stdout=subprocess.PIPE, cwd=Path.cwd())
    assert owner.stdout is not None
    child = int(owner.stdout.readline())
    assert _is_alive(child)
    owner.send_signal(end)
    owner.wait()
    deadline = time.monotonic() + 5
    while _is_alive(child) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not _is_alive(child)


def test_a_ctrl_c_at_the_terminal_does_not_reach_the_child(tmp_path: Path) -> None:
    child = _sleeper(tmp_path / "log", "/bin/sleep", "60")
    assert os.getsid(child.pid) == child.pid != os.getsid(0)
    children.stop(child, signal.SIGTERM, 5)


def test_a_child_that_does_not_obey_is_killed_after_the_limit(tmp_path: Path) -> None:
    child = _sleeper(tmp_path / "log", "/bin/sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done")
    while b"ready" not in (tmp_path / "log").read_bytes():
        time.sleep(0.01)
    children.stop(child, signal.SIGTERM, 0.2)
    assert child.returncode == -signal.SIGKILL


def test_a_log_that_has_grown_large_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "log" / "server.log"
    with children.open_log(path) as log:
        log.truncate(9 * 1024 * 1024)
    with children.open_log(path) as log:
        log.write(b"new\n")
    assert path.read_bytes() == b"new\n"
    assert (tmp_path / "log" / "server.log.1").stat().st_size == 9 * 1024 * 1024


def test_the_end_of_a_log_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert children.last_lines(tmp_path / "none") == ""
