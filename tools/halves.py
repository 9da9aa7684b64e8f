"""Run the tests in two halves at once: most of the time of one is waiting for processes, servers, browsers and receipts.

`python tools/halves.py [pytest options]`. One half begins with what waits, the other with what computes, which goes on then
from the end of what the first has left: both end together, whatever becomes slower or quicker. The output of the half that
begins with what waits follows that of the other. Exit code 0: both passed.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
#: What either half runs, file by file: those that take longest are first.
SHARED = ("tests/chaos", "tests/e2e")
#: Where it is noted what is taken; the plugin below works where it is given.
TAKEN = "GOLUB_TESTS_TAKEN"
#: pytest's own code for "no test was selected", which a filter may well do to one half.
NOTHING_SELECTED = 5


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """As pytest's own, of what the other half has not taken."""
    if TAKEN not in os.environ or session.testsfailed or session.config.option.collectonly:
        return None
    for items in _mine(session.items, Path(os.environ[TAKEN])):
        # After the last one of a file all is taken down but what the session has.
        for item, following in zip(items, [*items[1:], session], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.shouldfail:
                raise session.Failed(session.shouldfail)
            if session.shouldstop:
                raise session.Interrupted(session.shouldstop)
    return True


def _mine(found: Sequence[pytest.Item], taken: Path) -> Iterator[list[pytest.Item]]:
    groups: dict[str, list[pytest.Item]] = {}
    for item in found:
        groups.setdefault(_group(item), []).append(item)
    own = [name for name in groups if not name.startswith(SHARED)]
    shared = [name for name in groups if name.startswith(SHARED)]
    for name in [*own, *reversed(shared)] if own else shared:
        if _takes(taken / name.replace("/", "-")):
            yield groups[name]


def _group(item: pytest.Item) -> str:
    """What is taken at once: a file, and all files that use the one broker of AMQP_URI; of what is not shared a folder."""
    path = item.path.relative_to(ROOT)
    if not path.as_posix().startswith(SHARED):
        return path.parent.as_posix()
    one_broker = "AMQP_URI" in os.environ and "rabbitmq" in getattr(item, "fixturenames", ())
    return f"{SHARED[0]}/with the broker" if one_broker else path.as_posix()


def _takes(note: Path) -> bool:
    try:
        note.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def folders() -> tuple[list[str], list[str]]:
    """What computes with what may be left of the rest, and what waits."""
    found = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").iterdir() if path.is_dir())
    own = [one for one in found if one not in SHARED and any((ROOT / one).rglob("test_*.py"))]
    return [*own, *SHARED], [*SHARED]


def started(folders: Sequence[str], options: Sequence[str], taken: str, **where: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "pytest", "-p", "tools.halves", *folders, *options]
    return subprocess.Popen(command, cwd=ROOT, env=os.environ | {TAKEN: taken}, **where)  # type: ignore[call-overload]


def main(options: list[str]) -> int:
    computing, waiting = folders()
    with tempfile.TemporaryDirectory() as taken, tempfile.TemporaryFile() as said:
        halves = [
            started(waiting, options, taken, stdout=said, stderr=subprocess.STDOUT),
            started(computing, options, taken),
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
