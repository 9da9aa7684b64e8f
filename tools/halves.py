"""Run the tests in two halves at once: most of one is waiting for processes, servers, browsers and receipts.

`python tools/halves.py [pytest options]`. The output of the second half follows that of the first. Exit code 0: both passed.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
#: About as long as each other. Tests that share the broker of AMQP_URI are in one half.
WITH_PROCESSES = ("tests/chaos", "tests/e2e")
#: Of these folders, files that the other half runs, which is the shorter one without them.
IN_THE_OTHER_HALF = (
    "tests/e2e/test_simulator.py",
    "tests/e2e/test_simulator_scenario.py",
    "tests/e2e/test_local_servers.py",
)
#: pytest's own code for "no test was selected", which a filter may well do to one half.
NOTHING_SELECTED = 5


def folders_of_the_rest() -> list[str]:
    found = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").iterdir() if path.is_dir())
    own = [one for one in found if one not in WITH_PROCESSES and any((ROOT / one).rglob("test_*.py"))]
    return [*own, *IN_THE_OTHER_HALF]


def pytest(folders: tuple[str, ...] | list[str], options: list[str], **where: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "pytest", *folders, *options], cwd=ROOT, **where)  # type: ignore[call-overload]


def main(options: list[str]) -> int:
    ignored = [f"--ignore={one}" for one in IN_THE_OTHER_HALF]
    with tempfile.TemporaryFile() as said:
        halves = [
            pytest(folders_of_the_rest(), options),
            pytest(WITH_PROCESSES, [*ignored, *options], stdout=said, stderr=subprocess.STDOUT),
        ]
        try:
            codes = [half.wait() for half in halves]
        except KeyboardInterrupt:
            # Ctrl-C reached both; they stop their servers themselves.
            codes = [half.wait() for half in halves]
        said.seek(0)
        sys.stdout.buffer.write(said.read())
    return max((abs(code) for code in codes if code != NOTHING_SELECTED), default=0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
