"""tools/bootstrap and tools/need, with stand-ins for Python, pip and apt-get."""

import shutil
import subprocess
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[3]

# Stands for every Python: it is of the right version, makes a venv that holds itself, and notes what pip is told.
_PYTHON = """#!/bin/sh
case "$1 $2" in
"-c "*) exit "${FAKE_PYTHON_EXIT:-0}" ;;
"-m venv") mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && echo "venv" >>"$FAKE_LOG" ;;
"-m pip") shift 2 && echo "pip $*" >>"$FAKE_LOG" && exit "${FAKE_PIP_EXIT:-0}" ;;
esac
"""
# Stands for apt-get: it notes its call and whether services are forbidden to start, and "installs" a program.
_APT = """#!/bin/sh
echo "$DEBIAN_FRONTEND $(test -x "$GOLUB_POLICY_RC_D" && echo quiet) $*" >>"$FAKE_LOG"
case "$1" in
install) for last; do :; done; printf '#!/bin/sh\\n' >"$FAKE_BIN/$last"; chmod +x "$FAKE_BIN/$last" ;;
esac
"""


class Sandbox:
    """A folder with copies of the tools and a PATH that begins with stand-ins."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "clone"
        self.bin = folder / "bin"
        self.log = folder / "log"
        self.policy = folder / "policy-rc.d"
        self.bin.mkdir()
        self.log.touch()
        shutil.copytree(_ROOT / "tools", self.root / "tools")
        self.write_lock("requirements.lock", "nameko==2.14.1")
        self.write_lock("requirements-dev.lock", "nameko==2.14.1 pytest==9")
        self.environment = {
            "PATH": f"{self.bin}:/usr/bin:/bin",
            "FAKE_LOG": str(self.log),
            "FAKE_BIN": str(self.bin),
            "GOLUB_POLICY_RC_D": str(self.policy),
        }

    def write_lock(self, name: str, text: str) -> None:
        (self.root / name).write_text(text)

    def program(self, name: str, text: str) -> None:
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def run(self, *argv: str, **extra: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [self.root / "tools" / argv[0], *argv[1:]],
            env={**self.environment, **extra},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def calls(self) -> list[str]:
        """What was called since the last question."""
        lines = self.log.read_text().splitlines()
        self.log.write_text("")
        return lines


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    made = Sandbox(tmp_path)
    made.program("python3.11", _PYTHON)
    return made


def _pip(lock: str) -> str:
    return f"pip install -qq --disable-pip-version-check --require-hashes --no-deps -r {lock}"


def test_the_first_bootstrap_installs_the_lock_with_hashes_and_the_second_does_nothing(sandbox: Sandbox) -> None:
    assert sandbox.run("bootstrap").returncode == 0
    assert sandbox.calls() == ["venv", _pip("requirements.lock")]
    assert sandbox.run("bootstrap").returncode == 0
    assert sandbox.calls() == []


def test_dev_is_a_superset_so_a_later_run_install_does_nothing(sandbox: Sandbox) -> None:
    sandbox.run("bootstrap")
    sandbox.run("bootstrap", "dev")
    assert sandbox.calls()[-1] == _pip("requirements-dev.lock")
    sandbox.run("bootstrap", "dev")
    sandbox.run("bootstrap")
    assert sandbox.calls() == []


def test_a_changed_lock_is_installed_into_the_same_venv(sandbox: Sandbox) -> None:
    sandbox.run("bootstrap")
    sandbox.calls()
    sandbox.write_lock("requirements.lock", "nameko==2.14.1 flask==3.1.3")
    sandbox.run("bootstrap")
    assert sandbox.calls() == [_pip("requirements.lock")]


def test_a_changed_dev_lock_keeps_the_packages_of_the_tests(sandbox: Sandbox) -> None:
    sandbox.run("bootstrap", "dev")
    sandbox.calls()
    sandbox.write_lock("requirements-dev.lock", "nameko==2.14.1 pytest==10")
    sandbox.run("bootstrap")
    assert sandbox.calls() == [_pip("requirements-dev.lock")]


def test_an_install_that_failed_is_made_again(sandbox: Sandbox) -> None:
    assert sandbox.run("bootstrap", FAKE_PIP_EXIT="1").returncode != 0
    sandbox.calls()
    assert sandbox.run("bootstrap").returncode == 0
    assert sandbox.calls() == [_pip("requirements.lock")]


def test_without_python_3_11_one_sentence_says_so(sandbox: Sandbox) -> None:
    sandbox.program("python3", _PYTHON)
    result = sandbox.run("bootstrap", FAKE_PYTHON_EXIT="1")
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1].startswith("Golub needs Python 3.11")
    assert sandbox.calls() == []


def test_no_tool_names_a_package_index() -> None:
    # Python keeps a folder of its own beside the tool that is written in it.
    tools = [path for path in (_ROOT / "tools").iterdir() if path.is_file()]
    assert tools
    for path in [*tools, _ROOT / "Makefile", *_ROOT.glob("requirements*.lock")]:
        assert "index-url" not in path.read_text(), path
        assert "https://" not in path.read_text(), path


def test_nothing_is_installed_when_all_is_there(sandbox: Sandbox) -> None:
    sandbox.program("apt-get", _APT)
    sandbox.program("some-server", "#!/bin/sh\n")
    assert sandbox.run("need", "some-server").returncode == 0
    assert sandbox.calls() == []


def test_root_on_debian_installs_what_is_missing_without_starting_services(sandbox: Sandbox) -> None:
    sandbox.program("id", "#!/bin/sh\necho 0\n")
    sandbox.program("apt-get", _APT)
    result = sandbox.run("need", "some-server")
    assert result.returncode == 0, result.stderr
    assert sandbox.calls() == [
        "noninteractive quiet update -qq",
        "noninteractive quiet install -y -qq --no-install-recommends some-server",
    ]
    assert not sandbox.policy.exists()


def test_a_policy_of_the_machine_stays_as_it_is(sandbox: Sandbox) -> None:
    sandbox.policy.write_text("#!/bin/sh\nexit 101 # ours\n")
    sandbox.policy.chmod(0o755)
    sandbox.program("id", "#!/bin/sh\necho 0\n")
    sandbox.program("apt-get", _APT)
    assert sandbox.run("need", "some-server").returncode == 0
    assert "ours" in sandbox.policy.read_text()


@pytest.mark.parametrize("uid", ["0", "1000"])
def test_elsewhere_one_sentence_says_what_to_install(sandbox: Sandbox, uid: str) -> None:
    sandbox.program("id", f"#!/bin/sh\necho {uid}\n")
    if uid == "0":  # Root, but not on Debian: a PATH without apt-get.
        for name in ("sh", "cat"):
            (sandbox.bin / name).symlink_to(f"/bin/{name}")
        sandbox.environment["PATH"] = str(sandbox.bin)
    result = sandbox.run("need", "some-server", "some-browser")
    assert result.returncode == 1
    assert result.stderr == (
        "Missing: some-server some-browser. "
        "Install it (on Debian, as root: apt-get install some-server some-browser) and run this again.\n"
    )


def test_a_package_that_brings_no_program_is_an_error(sandbox: Sandbox) -> None:
    sandbox.program("id", "#!/bin/sh\necho 0\n")
    sandbox.program("apt-get", "#!/bin/sh\n")
    result = sandbox.run("need", "some-server")
    assert result.returncode == 1
    assert "some-server is installed, but its program is not where it is expected" in result.stderr
