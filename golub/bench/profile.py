"""Where the processor time of one message goes, by py-spy: samples of the stacks of running processes.

Each sample counts for the innermost function of ours that is on the stack, with whatever the libraries do below it. py-spy also
sees threads that could run and have no processor, so samples give shares only; what they are shares of is the processor
time that the kernel has counted for the process.
"""

import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from golub.bench.load import Figure
from golub.local import children
from golub.local.errors import LocalServerError

RATE = 200
PROCESSES = ("smpp_gateway", "billing", "gateway_http", "tariffs", "senders", "stats")
#: Functions in the table of each process.
_SHOWN = 20
_LEAST_MICROSECONDS = 1.0
#: Where a process waits for something to do.
_WAITS = "Hub.do_poll"
_OURS = ("services/", "kit/", "contracts/", "gateway_http/", "golub/")
#: What the libraries below do, by a part of the path; the first that matches.
_LIBRARIES = (
    ("psycopg2", "PostgreSQL driver"),
    ("sqlalchemy", "SQLAlchemy"),
    ("kombu", "AMQP"),
    ("amqp", "AMQP"),
    ("nameko", "nameko"),
    ("eventlet", "eventlet"),
    ("greenlet", "eventlet"),
    ("json", "JSON"),
    ("marshmallow", "JSON"),
    ("werkzeug", "HTTP"),
    ("flask", "HTTP"),
)
_STOP_SECONDS = 20.0


@contextmanager
def recording(pids: Mapping[str, int], folder: Path) -> Iterator[dict[str, Path]]:
    """Record the processes of PROCESSES for as long as the block runs; yields where the stacks of each will be.

    Raises LocalServerError where py-spy is missing or may not look.
    """
    program = shutil.which("py-spy", path=str(Path(sys.executable).parent)) or shutil.which("py-spy")
    if program is None:
        raise LocalServerError("py-spy is not installed: it is among the tools of development (tools/bootstrap dev).")
    folder.mkdir(parents=True, exist_ok=True)
    files = {name: folder / f"profile-{name}.raw" for name in PROCESSES if name in pids}
    log = folder / "py-spy.log"
    log.unlink(missing_ok=True)
    recorders = []
    for name, path in files.items():
        path.unlink(missing_ok=True)
        options = ["--format", "raw", "--rate", str(RATE), "--nonblocking", "--output", str(path)]
        argv = [program, "record", "--pid", str(pids[name]), *options]
        with children.open_log(log) as output:
            recorders.append(children.spawn(argv, log=output, env={}, death_signal=signal.SIGKILL))
    try:
        yield files
    finally:
        _stop(recorders)
    missing = [name for name, path in files.items() if not path.exists()]
    if missing:
        raise LocalServerError(f"py-spy could not record {', '.join(missing)}:\n{children.last_lines(log)}")


def _stop(recorders: "Sequence[subprocess.Popen[bytes]]") -> None:
    for recorder in recorders:
        if recorder.poll() is None:
            # On this signal it writes what it has.
            recorder.send_signal(signal.SIGINT)
    for recorder in recorders:
        children.stop(recorder, signal.SIGINT, _STOP_SECONDS)


def profile(files: Mapping[str, Path], cpu_milliseconds: Mapping[str, float]) -> dict[str, Any]:
    """Microseconds per message of each function, from the recorded stacks and the processor time per message."""
    processes = {
        name: stacks(path.read_text().splitlines(), 1000 * cpu_milliseconds[name]) for name, path in files.items()
    }
    figures = []
    for name, found in processes.items():
        kinds = ", ".join(f"{kind} {cost:.0f}" for kind, cost in found["libraries"].items() if cost >= 1)
        figures.append(Figure(f"{name}, µs per message", f"{1000 * cpu_milliseconds[name]:.0f}  ({kinds})"))
        figures += [
            Figure(f"  {function}", f"{cost:.1f}")
            for function, cost in list(found["functions"].items())[:_SHOWN]
            if cost >= _LEAST_MICROSECONDS
        ]
    return {
        "how": f"py-spy looks at each process {RATE} times a second during the end-to-end run; a sample counts for the innermost "
        "function of ours with what libraries do below it, and all of them together for the processor time that the kernel "
        "counted. The stacks are in var/bench/profile-*.raw, for any viewer of folded stacks.",
        "processes": processes,
        "figures": figures,
    }


def stacks(lines: Iterable[str], microseconds: float) -> dict[str, dict[str, float]]:
    """Share out `microseconds` over functions, and over whose code is at work; lines are "frame;frame;… count"."""
    functions: Counter[str] = Counter()
    libraries: Counter[str] = Counter()
    for line in lines:
        stack, _, count = line.rpartition(" ")
        frames = stack.split(";")
        if _WAITS in frames[-1] or not count.isdigit():
            continue
        functions[_innermost(frames)] += int(count)
        libraries[_library(frames[-1])] += int(count)
    each = microseconds / max(functions.total(), 1)
    return {
        "functions": {name: count * each for name, count in functions.most_common()},
        "libraries": {name: count * each for name, count in libraries.most_common()},
    }


def _innermost(frames: Sequence[str]) -> str:
    """`file: function` of the last frame of ours; frames are "function (path:line)"."""
    for frame in reversed(frames):
        function, _, place = frame.partition(" (")
        path = place.rpartition(":")[0]
        if path.startswith(_OURS):
            return f"{path}: {function}"
    return f"{_library(frames[-1])}: {frames[-1].partition(' (')[0]}"


def _library(frame: str) -> str:
    """Whose code the leaf is."""
    path = frame.partition(" (")[2]
    if path.startswith(_OURS):
        return "ours"
    return next((name for part, name in _LIBRARIES if part in path), "others")
