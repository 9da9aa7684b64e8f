"""How much processor time each process has used, from /proc."""

import os
from collections.abc import Mapping
from pathlib import Path

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pids: Mapping[str, int]) -> dict[str, float]:
    """User and system seconds of each named process with all its descendants, ended ones included."""
    times, children = _processes()
    return {name: _with_descendants(pid, times, children) for name, pid in pids.items()}


def _processes() -> tuple[dict[int, float], dict[int, list[int]]]:
    """(pid -> seconds, its ended children included), (pid -> children)."""
    times: dict[int, float] = {}
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text()
        except OSError:
            continue
        # The name in brackets may hold spaces (proc(5)): the fields are counted from behind it.
        fields = stat.rpartition(")")[2].split()
        pid = int(folder.name)
        times[pid] = sum(map(int, fields[11:15])) / _TICKS_PER_SECOND
        children.setdefault(int(fields[1]), []).append(pid)
    return times, children


def _with_descendants(pid: int, times: dict[int, float], children: dict[int, list[int]]) -> float:
    return times.get(pid, 0.0) + sum(_with_descendants(child, times, children) for child in children.get(pid, ()))
