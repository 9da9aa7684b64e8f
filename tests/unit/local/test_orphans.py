"""What a pid file says and what it does not."""

import os
import subprocess
from pathlib import Path

from golub.local import orphans


def _pid_file(data: Path, pid: object, status: str = "ready   ") -> Path:
    data.mkdir(exist_ok=True)
    lines = [str(pid), str(data), "1795000000", "5432", "", "127.0.0.1", "  1234  5", status]
    (data / "postmaster.pid").write_text("\n".join(lines) + "\n")
    return data / "postmaster.pid"


def test_a_pid_file_of_a_process_that_is_gone_is_removed(tmp_path: Path) -> None:
    gone = subprocess.Popen(["/bin/true"])
    gone.wait()
    file = _pid_file(tmp_path, gone.pid)
    orphans.end_postmaster_of(tmp_path)
    assert not file.exists()


def test_a_pid_that_now_belongs_to_another_program_is_left_alone(tmp_path: Path) -> None:
    file = _pid_file(tmp_path, os.getpid())
    orphans.end_postmaster_of(tmp_path)
    assert not file.exists()


def test_a_folder_without_a_pid_file_needs_nothing(tmp_path: Path) -> None:
    orphans.end_postmaster_of(tmp_path)
    assert orphans.read_pid(tmp_path) is None


def test_an_empty_pid_file_has_no_pid(tmp_path: Path) -> None:
    (tmp_path / "postmaster.pid").touch()
    assert orphans.read_pid(tmp_path) is None


def test_a_server_is_ready_only_when_its_own_pid_file_says_so(tmp_path: Path) -> None:
    assert not orphans.is_ready(tmp_path, 77)
    _pid_file(tmp_path, 77, "starting")
    assert not orphans.is_ready(tmp_path, 77)
    _pid_file(tmp_path, 78)
    assert not orphans.is_ready(tmp_path, 77)
    _pid_file(tmp_path, 77)
    assert orphans.is_ready(tmp_path, 77)
