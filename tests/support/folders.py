"""Temporary folders for servers that run as another account."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def open_folder(name: str) -> Iterator[Path]:
    """A new temporary folder that is deleted at the end; as root, others may pass through it.

    pytest's own temporary folders are closed to others, and a PostgreSQL started by root is another account.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"golub-test-{name}-"))
    try:
        if os.geteuid() == 0:
            folder.chmod(0o755)
        yield folder
    finally:
        remove_tree(folder)


def remove_tree(folder: Path) -> None:
    """Delete the folder, and the cluster outside of it that its `postgres` may be a link to."""
    link = folder / "postgres"
    if link.is_symlink():
        shutil.rmtree(link.resolve(), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
