"""One owner per folder of data."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from golub.local.errors import LocalServerError
from golub.local.lock import FolderLock

_HOLD = """
import sys, time
from pathlib import Path
from golub.local.lock import FolderLock
lock = FolderLock()
lock.take(Path(sys.argv[1]), "The database")
print("held", flush=True)
time.sleep(60)
"""


def test_a_second_owner_is_told_who_holds_the_folder(tmp_path: Path) -> None:
    first, second = FolderLock(), FolderLock()
    first.take(tmp_path, "The database")
    with pytest.raises(LocalServerError, match=f"The database is in use by process {os.getpid()}"):
        second.take(tmp_path, "The database")
    first.release()
    second.take(tmp_path, "The database")
    second.release()


def test_taking_it_twice_is_the_same_as_once(tmp_path: Path) -> None:
    lock = FolderLock()
    lock.take(tmp_path, "The database")
    lock.take(tmp_path, "The database")
    lock.release()
    lock.release()


def test_the_lock_of_a_killed_owner_is_free(tmp_path: Path) -> None:
    owner = subprocess.Popen([sys.executable, "-c", _HOLD, tmp_path], stdout=subprocess.PIPE, cwd=Path.cwd())
    assert owner.stdout is not None
    assert owner.stdout.readline() == b"held\n"
    with pytest.raises(LocalServerError, match=str(owner.pid)):
        FolderLock().take(tmp_path, "The database")
    owner.kill()
    owner.wait()
    lock = FolderLock()
    lock.take(tmp_path, "The database")
    lock.release()
