"""The private PostgreSQL: as root, as an ordinary user, behind a closed folder, after a kill -9.

A run as root proves all of it, also what an ordinary user gets, in a child process that gives root up; a run as an
ordinary user proves what that user gets.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import pytest

from golub.local import placement
from golub.local.children import Account
from golub.local.errors import LocalServerError
from golub.local.postgres import LocalPostgres
from tests.support.folders import open_folder, remove_tree

_ROOT = Path(__file__).resolve().parents[2]
_IS_ROOT = os.geteuid() == 0

# An owner that starts the server, writes a row, tells the server's process id and waits; without eventlet's patches.
_OWNER = """
import os, sys, time
from pathlib import Path
from golub.local.postgres import LocalPostgres
server = LocalPostgres(Path(sys.argv[1]), durable=False)
server.start()
server.create_service_databases(["billing"])
connection = server.connect("golub_billing")
connection.cursor().execute("CREATE TABLE IF NOT EXISTS note (text text); INSERT INTO note VALUES ('kept')")
print(server.pid, flush=True)
sys.stdin.readline()
server.stop()
"""


@pytest.fixture(scope="module")
def made_cluster() -> Iterator[Path]:
    """A var folder with a cluster, made once, as making one takes longer than all that is asked of it."""
    with open_folder("made") as folder:
        with LocalPostgres(folder / "var", durable=False):
            pass
        yield folder / "var"


@pytest.fixture
def var(made_cluster: Path) -> Iterator[Path]:
    """A var folder with a cluster of its own, which other accounts can enter."""
    with open_folder("var") as folder:
        subprocess.run(["cp", "-a", made_cluster, folder / "var"], check=True)
        yield folder / "var"


@pytest.fixture
def empty_var() -> Iterator[Path]:
    """A var folder that is not there yet."""
    with open_folder("var") as folder:
        yield folder / "var"
        remove_tree(folder / "var")


@pytest.fixture(scope="module")
def server(made_cluster: Path) -> Iterator[LocalPostgres]:
    """A running server for tests that neither stop it nor look at its first start."""
    with open_folder("var") as folder:
        subprocess.run(["cp", "-a", made_cluster, folder / "var"], check=True)
        with LocalPostgres(folder / "var", durable=False) as running:
            yield running


def _ask(url: str, question: str) -> object:
    connection = psycopg2.connect(url.replace("+psycopg2", ""))
    try:
        with connection.cursor() as cursor:
            cursor.execute(question)
            row = cursor.fetchone()
            return row[0] if row else None
    finally:
        connection.close()


def _command(url: str, command: str) -> None:
    connection = psycopg2.connect(url.replace("+psycopg2", ""))
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(command)
    finally:
        connection.close()


#: Where a test that needs one keeps a copy of the wheel, beside its `var`.
_WHEEL_COPY = "wheel"


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def _start_owner(var: Path, *prefix: str) -> tuple["subprocess.Popen[bytes]", int]:
    owner = subprocess.Popen(
        [*prefix, sys.executable, "-c", _OWNER, str(var)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": f"{var.parent / _WHEEL_COPY}{os.pathsep}{_ROOT}", "PATH": os.defpath},
        cwd="/",
    )
    assert owner.stdout is not None
    line = owner.stdout.readline()
    assert line, "The owner could not start its server."
    return owner, int(line)


def test_a_second_start_keeps_the_data_and_the_passwords(var: Path) -> None:
    with LocalPostgres(var) as server:
        server.create_service_databases(["billing"])
        password = server.service_url("billing").split("@")[0]
        _command(server.service_url("billing"), "CREATE TABLE note (text text)")
        _command(server.service_url("billing"), "INSERT INTO note VALUES ('Голубь')")
    with LocalPostgres(var) as server:
        server.create_service_databases(["billing"])
        assert server.service_url("billing").split("@")[0] == password
        assert _ask(server.service_url("billing"), "SELECT lower(text) FROM note") == "голубь"


def test_what_is_acknowledged_is_on_disk_unless_a_test_asks_otherwise(var: Path) -> None:
    with LocalPostgres(var) as server:
        assert _ask(server.url(), "SELECT current_setting('fsync') || current_setting('synchronous_commit')") == "onon"
    with LocalPostgres(var, durable=False) as server:
        assert _ask(server.url(), "SELECT current_setting('fsync')") == "off"


def test_nobody_gets_in_without_a_password(server: LocalPostgres) -> None:
    place = server.url().partition("@")[2]
    with pytest.raises(psycopg2.OperationalError, match="password"):
        _ask(f"postgresql://postgres:wrong@{place}", "SELECT 1")
    home = server.var / "postgres"
    assert (home / "passwords.json").stat().st_mode & 0o777 == 0o600
    assert (home / "data").stat().st_mode & 0o777 == 0o700


def test_a_service_cannot_enter_the_database_of_another(server: LocalPostgres) -> None:
    server.create_service_databases(["billing", "accounts"])
    assert _ask(server.service_url("billing"), "SELECT current_user::text") == "golub_billing"
    with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
        _ask(server.url("golub_accounts", "golub_billing"), "SELECT 1")


def test_making_the_databases_again_changes_nothing_and_mends_what_is_half_made(server: LocalPostgres) -> None:
    server.create_service_databases(["billing"])
    before = server.service_url("billing")
    _command(before, "CREATE TABLE note (text text)")
    _command(server.url(), "GRANT CONNECT ON DATABASE golub_billing TO PUBLIC")
    server.create_service_databases(["billing", "tariffs"])
    assert server.service_url("billing") == before
    assert _ask(before, "SELECT count(*) FROM note") == 0
    assert _ask(server.url(), "SELECT has_database_privilege('public', 'golub_billing', 'CONNECT')") is False


def test_a_killed_server_comes_back_on_the_same_port_with_its_data(var: Path) -> None:
    with LocalPostgres(var) as server:
        server.create_service_databases(["billing"])
        url = server.service_url("billing")
        _command(url, "CREATE TABLE note (text text)")
        server.kill()
        assert server.pid is None
        server.start()
        assert server.service_url("billing") == url
        assert _ask(url, "SELECT count(*) FROM note") == 0


def test_the_server_ends_with_a_killed_owner_and_the_next_start_goes_on(var: Path) -> None:
    owner, server_pid = _start_owner(var)
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    with LocalPostgres(var, durable=False) as server:  # At once: the old server may still be on its way out.
        assert not _is_running(server_pid)
        assert _ask(server.url("golub_billing"), "SELECT text FROM note") == "kept"


def test_a_folder_in_use_is_one_sentence(var: Path) -> None:
    owner, server_pid = _start_owner(var)
    with pytest.raises(LocalServerError, match=f"in use by process {owner.pid}: stop it or set GOLUB_VAR"):
        LocalPostgres(var).start()
    owner.communicate(b"\n")
    assert not _is_running(server_pid)


def test_a_taken_port_is_one_sentence(var: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(LocalServerError, match=f"Port {port} for PostgreSQL is already in use"):
            LocalPostgres(var, port, durable=False).start()
    with LocalPostgres(var, port, durable=False) as server:
        assert server.port == port


def test_data_of_another_major_version_is_refused_in_words(var: Path) -> None:
    (var / "postgres" / "data" / "PG_VERSION").write_text("17\n")
    with pytest.raises(LocalServerError, match="is of PostgreSQL 17, the installed server is"):
        LocalPostgres(var, durable=False).start()


def test_a_start_that_was_interrupted_while_making_the_data_is_made_again(empty_var: Path) -> None:
    (empty_var / "postgres" / "data-new" / "base").mkdir(parents=True)
    (empty_var / "postgres" / "password-new").write_text("old")
    with LocalPostgres(empty_var, durable=False) as server:
        assert _ask(server.url(), "SELECT 1") == 1
    assert not (empty_var / "postgres" / "password-new").exists()


if _IS_ROOT:

    @pytest.fixture
    def closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
        """A var folder inside a folder of mode 0700, as root's home is, with the wheel inside it too."""
        with open_folder("outside") as outside, open_folder("home") as home:
            home.chmod(0o700)
            monkeypatch.setattr(placement, "OUTSIDE", outside / "golub")
            yield home / "var"

    def _modes(*folders: Path) -> list[int]:
        return [folder.stat().st_mode & 0o7777 for folder in folders]

    def test_as_root_the_server_is_an_unprivileged_account_that_existed_before(var: Path) -> None:
        users = Path("/etc/passwd").read_text()
        with LocalPostgres(var, durable=False) as server:
            assert server.pid is not None
            assert Path(f"/proc/{server.pid}").stat().st_uid != 0
        assert Path("/etc/passwd").read_text() == users

    def test_behind_a_closed_folder_the_server_lives_outside_and_no_folder_is_opened(
        closed: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        wheel = placement.wheel_folder()
        inside = closed.parent / "site-packages"
        for folder in (wheel, wheel.with_name(f"{wheel.name}.libs")):
            shutil.copytree(folder, inside / folder.name)
        monkeypatch.setattr(placement, "wheel_folder", lambda: inside / wheel.name)
        above = [closed.parent, closed.parent.parent]
        before = _modes(*above)
        with LocalPostgres(closed, durable=False) as server:
            server.create_service_databases(["billing"])
            _command(server.service_url("billing"), "CREATE TABLE note (text text)")
        assert _modes(*above) == before
        assert (closed / "postgres").is_symlink()
        (copied,) = (closed / "postgres").glob("programs-*")
        made = copied.stat().st_mtime_ns
        with LocalPostgres(closed, durable=False) as server:
            assert _ask(server.service_url("billing"), "SELECT count(*) FROM note") == 0
        assert copied.stat().st_mtime_ns == made

    def test_a_deleted_var_means_a_new_cluster_and_the_old_one_is_set_aside(closed: Path) -> None:
        with LocalPostgres(closed, durable=False) as server:
            server.create_service_databases(["billing"])
        home = (closed / "postgres").resolve()
        shutil.rmtree(closed)
        with LocalPostgres(closed, durable=False) as server:
            assert _ask(server.url(), "SELECT count(*) FROM pg_database WHERE datname = 'golub_billing'") == 0
        assert (home.with_name(f"{home.name}.abandoned") / "data").exists()

    def test_a_cluster_keeps_its_account(var: Path) -> None:
        stranger = Account("stranger", 54321, 54321)
        for folder, _, files in os.walk(var / "postgres" / "data"):
            for path in (Path(folder), *(Path(folder, name) for name in files)):
                os.chown(path, stranger.uid, stranger.gid)
        with LocalPostgres(var, durable=False) as server:
            assert Path(f"/proc/{server.pid}").stat().st_uid == stranger.uid

    def test_an_ordinary_user_keeps_everything_under_var(ordinary_user: Callable[[Path], tuple[str, ...]]) -> None:
        with open_folder("user") as folder:
            for _ in range(2):
                owner, server_pid = _start_owner(folder / "var", *ordinary_user(folder))
                assert Path(f"/proc/{server_pid}").stat().st_uid == Path(f"/proc/{owner.pid}").stat().st_uid != 0
                owner.communicate(b"\n")
                assert owner.returncode == 0
                assert not _is_running(server_pid)
            assert not (folder / "var" / "postgres").is_symlink()

    @pytest.fixture
    def ordinary_user() -> Callable[[Path], tuple[str, ...]]:
        """Gives a folder to the account `nobody` and returns what to put before a command that runs as it.

        Where our own Python or clone lies in a closed home, the account may read there, and nothing more; the programs
        of PostgreSQL ask the kernel as their real account and get a copy that it can reach.
        """
        account = Account.of_uid(pwd.getpwnam("nobody").pw_uid)

        def become(folder: Path) -> tuple[str, ...]:
            os.chown(folder, account.uid, account.gid)
            wheel = placement.wheel_folder()
            if not (placement.can_enter(account, wheel) or (folder / _WHEEL_COPY).exists()):
                for part in wheel.parent.glob(f"{wheel.name}*"):
                    shutil.copytree(part, folder / _WHEEL_COPY / part.name)
            prefix = ("setpriv", f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups")
            places = (Path(sys.executable).resolve().parent, _ROOT, placement.wheel_folder())
            if all(placement.can_enter(account, place) for place in places):
                return prefix
            return (*prefix, "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")

        return become
