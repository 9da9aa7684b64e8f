"""The data folder of a PostgreSQL cluster: made once, and refused when another major version made it."""

import os
import shutil
import subprocess
from pathlib import Path

from golub.local.children import identity
from golub.local.errors import LocalServerError
from golub.local.placement import Placement

ADMIN = "postgres"


def server_environment() -> dict[str, str]:
    """Nothing of the caller's: PG* and LC_* variables there would change what the server does."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def prepare(placement: Placement, admin_password: str, *, durable: bool) -> Path:
    """The data folder, made first if there is none; raises LocalServerError where another version made it."""
    data = placement.home / "data"
    if data.exists():
        _check_version(placement, data)
    else:
        _initialise(placement, admin_password, durable=durable)
    return data


def _initialise(placement: Placement, admin_password: str, *, durable: bool) -> None:
    """Run initdb beside the final name, so that an interrupted one is simply made again."""
    fresh = placement.home / "data-new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    _give_to_server(placement, fresh)
    password_file = placement.home / "password-new"
    try:
        _write_private(password_file, admin_password)
        _give_to_server(placement, password_file)
        _run_initdb(placement, fresh, password_file, durable=durable)
    finally:
        password_file.unlink(missing_ok=True)
    fresh.rename(placement.home / "data")


def _run_initdb(placement: Placement, data: Path, password_file: Path, *, durable: bool) -> None:
    """Text is UTF-8 and sorts by code point whatever the machine's locale is, so that data can move."""
    result = subprocess.run(
        [
            placement.programs / "initdb",
            f"--pgdata={data}",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--auth=scram-sha-256",
            f"--username={ADMIN}",
            f"--pwfile={password_file}",
            "--no-instructions",
            *([] if durable else ["--no-sync", "--wal-segsize=1"]),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=server_environment(),
        cwd=placement.home,
        check=False,
        **identity(placement.account),
    )
    if result.returncode != 0:
        reason = result.stderr.decode(errors="replace").strip()
        raise LocalServerError(f"PostgreSQL could not make its data folder in {placement.home}: {reason}")


def _check_version(placement: Placement, data: Path) -> None:
    made_by = (data / "PG_VERSION").read_text().strip()
    banner = subprocess.run(
        [placement.programs / "postgres", "--version"], capture_output=True, check=True, env=server_environment()
    )
    ours = banner.stdout.decode().split()[-1].split(".")[0]
    if made_by != ours:
        raise LocalServerError(
            f"The data in {placement.home} is of PostgreSQL {made_by}, the installed server is {ours}: "
            "dump it with the old version and load it into a new folder (GOLUB_VAR)."
        )


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)


def _give_to_server(placement: Placement, path: Path) -> None:
    if placement.account is not None:
        os.chown(path, placement.account.uid, placement.account.gid)
