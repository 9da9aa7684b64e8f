"""One owner at a time for a folder of data."""

import fcntl
import os
from pathlib import Path
from typing import IO

from golub.local.errors import LocalServerError


class FolderLock:
    """Held from `take` to `release`; the kernel gives it back when the owner dies, however it dies."""

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None

    def take(self, folder: Path, what: str) -> None:
        """Take the lock of `folder`, at once or not at all; a second call by the holder does nothing.

        Raises LocalServerError with one sentence that names `what` and the process that holds it.
        """
        if self._file is not None:
            return
        file = (folder / "owner.lock").open("a+b")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            owner = file.read().decode(errors="replace").strip() or "unknown"
            file.close()
            raise LocalServerError(
                f"{what} is in use by process {owner}: stop it or set GOLUB_VAR to another folder."
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n".encode())
        file.flush()
        self._file = file

    def release(self) -> None:
        """Give the lock back; nothing happens when it is not held."""
        if self._file is not None:
            self._file.close()
            self._file = None
