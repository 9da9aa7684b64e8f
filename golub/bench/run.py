"""`golub bench`: what the distributed shape does on this machine, part by part, and at what cost."""

import dataclasses
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import eventlet

from golub.bench.accepting import http_accept, smpp_accept
from golub.bench.bursts import receipts
from golub.bench.load import Figure
from golub.bench.measure import end_to_end
from golub.bench.pace import pace
from golub.bench.profile import profile, recording
from golub.bench.report import table
from golub.bench.scaling import scaling
from golub.bench.shape import WINDOW, BenchShape
from golub.bench.smsc_delay import WINDOW as DELAY_WINDOW
from golub.bench.smsc_delay import smsc_delay
from golub.local.errors import LocalServerError
from kit.settings import Settings

MESSAGES = 60_000
LIMIT_SECONDS = 14 * 60

#: Part -> (window of the link, share of the messages that it sends, how).
_MEASUREMENTS: dict[str, tuple[int, float, Callable[[BenchShape, int], dict[str, Any]]]] = {
    "end_to_end": (WINDOW, 1.0, end_to_end),
    "pace": (WINDOW, 1 / 30, pace),
    "receipts": (WINDOW, 0.15, receipts),
    "http_accept": (WINDOW, 0.5, http_accept),
    "smpp_accept": (WINDOW, 0.5, smpp_accept),
    "smsc_delay": (DELAY_WINDOW, 0.25, smsc_delay),
}
#: `scaling` sends nothing: it is arithmetic over end_to_end.
PARTS = (*_MEASUREMENTS, "scaling")


def run(settings: Settings, messages: int = MESSAGES, only: Sequence[str] = (), *, profiled: bool = False) -> int:
    """Start a platform in a temporary folder, measure the parts named (all without names), print the report and keep it in
    var/bench/report.json; parts that were done before something went wrong are in it too. `profiled` records the processes
    during end_to_end, which takes a little of their time.

    0; 1 where it can't start, where messages do not end in time, or where the audit finds something.
    """
    wanted = [name for name in PARTS if name in only or not only]
    if ("scaling" in wanted or profiled) and "end_to_end" not in wanted:
        wanted.insert(0, "end_to_end")
    document: dict[str, Any] = {"parts": {}, "duplicates": 0, "restarts": {}, "audit": [], "problem": ""}
    try:
        with eventlet.Timeout(LIMIT_SECONDS, TimeoutError(f"It is not done after {LIMIT_SECONDS // 60} minutes.")):
            _measure(wanted, messages, document, _folder(settings) if profiled else None)
    except (LocalServerError, TimeoutError) as error:
        document["problem"] = str(error)
        sys.stderr.write(f"{error}\n")
        if not document["parts"]:
            return 1
    keep(settings, "report.json", document)
    print(table(document))
    print(f"The same is in {settings.var}/bench/report.json.")
    return 1 if document["duplicates"] or document["audit"] or document["problem"] else 0


def keep(settings: Settings, name: str, document: dict[str, Any]) -> None:
    """Write a report to var/bench."""
    folder = _folder(settings)
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document, ensure_ascii=False, indent=1, default=_plain)
    (folder / name).write_text(text + "\n")


def _folder(settings: Settings) -> Path:
    return Path(settings.var).absolute() / "bench"


def _plain(value: object) -> object:
    if isinstance(value, Figure):
        return dataclasses.asdict(value)
    raise TypeError(f"{value!r} has no place in a report")


def _measure(wanted: Sequence[str], messages: int, document: dict[str, Any], profiles: Path | None) -> None:
    """Fill the document, with a shape for each window that is asked for; with `profiles` end_to_end is recorded there."""
    for window in (WINDOW, DELAY_WINDOW):
        names = [name for name in wanted if name in _MEASUREMENTS and _MEASUREMENTS[name][0] == window]
        if not names:
            continue
        with BenchShape(window) as shape:
            for name in names:
                _, share, measurement = _MEASUREMENTS[name]
                _say(name)
                count = max(int(messages * share), 200)
                if profiles is None or name != "end_to_end":
                    document["parts"][name] = measurement(shape, count)
                else:
                    pids = {process: one["pid"] for process, one in shape.processes().items()}
                    with recording(pids, profiles) as files:
                        document["parts"][name] = measurement(shape, count)
                    cpu = document["parts"][name]["cpu_milliseconds_per_message"]
                    document["parts"]["profile"] = profile(files, cpu)
            document["duplicates"] += shape.smsc.duplicates()
            document["restarts"] |= shape.restarts()
            document["audit"] += shape.audit()
    if "scaling" in wanted:
        cpu = document["parts"]["end_to_end"]["cpu_milliseconds_per_message"]
        document["parts"]["scaling"] = scaling(cpu)


def _say(name: str) -> None:
    """Where somebody watches, what is going on."""
    if sys.stderr.isatty():
        sys.stderr.write(f"measuring {name}…\n")
