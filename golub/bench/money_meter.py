"""One measurement: calls one after the other or several at once, their times, and what they cost."""

import gc
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eventlet.greenpool import GreenPool
from sqlalchemy import Engine, event

from golub.bench.money_base import MoneyBase

PERCENTILES = {"least": 0.0, "p50": 0.5, "p99": 0.99}


@dataclass(slots=True)
class Spent:
    """Of one call: statements, seconds in them and in commits, and how much of that somebody worked.

    `on_core_seconds` of the whole call, `database_on_core_seconds` within its statements and commits: processor time of this
    thread and of the PostgreSQL process of its connection. On a shared machine the rest is mostly waiting for a core.
    """

    statements: int = 0
    statement_seconds: float = 0.0
    commit_seconds: float = 0.0
    database_on_core_seconds: float = 0.0
    on_core_seconds: float = 0.0

    @property
    def database_seconds(self) -> float:
        return self.statement_seconds + self.commit_seconds


class StatementClock:
    """What this process waits for statements and commits of one engine.

    A statement counts from before the driver sends it until its first answer is there; BEGIN goes with the first one. A
    commit counts until the connection is back in the pool, the flush to disk included. Sums mean something only while
    one call is under way at a time.
    """

    def __init__(self, engine: Engine) -> None:
        self._spent = Spent()
        self._pid = 0
        self._on_core_seconds = 0.0
        self._started: tuple[float, float] | None = None
        event.listen(engine, "before_cursor_execute", self._sent)
        event.listen(engine, "after_cursor_execute", self._answered)
        event.listen(engine, "commit", self._committing)
        event.listen(engine, "checkin", self._returned)

    def taken(self) -> Spent:
        """Of everything since the last look."""
        seconds = on_core(self._pid)
        spent, self._spent = self._spent, Spent()
        spent.on_core_seconds, self._on_core_seconds = seconds - self._on_core_seconds, seconds
        return spent

    def _sent(self, connection: Any, *_: Any) -> None:
        pid = connection.connection.dbapi_connection.info.backend_pid
        if pid != self._pid:
            self._on_core_seconds += on_core(pid) - on_core(self._pid)
            self._pid = pid
        self._started = time.perf_counter(), on_core(pid)

    def _answered(self, *_: Any) -> None:
        self._spent.statements += 1
        self._spent.statement_seconds += self._since_start()

    def _committing(self, _connection: Any) -> None:
        self._started = time.perf_counter(), on_core(self._pid)

    def _returned(self, *_: Any) -> None:
        self._spent.commit_seconds += self._since_start()

    def _since_start(self) -> float:
        if self._started is None:
            return 0.0
        (started, seconds), self._started = self._started, None
        self._spent.database_on_core_seconds += on_core(self._pid) - seconds
        return time.perf_counter() - started


def on_core(pid: int) -> float:
    """Seconds that this thread and another process have worked so far (of that one Linux's schedstat, first field)."""
    try:
        nanoseconds = int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
    except (OSError, IndexError):
        # A process that has ended, or a kernel that does not tell.
        nanoseconds = 0
    return time.thread_time() + nanoseconds / 1e9


def measure(
    base: MoneyBase,
    calls: Sequence[Callable[[], Any]],
    items: int,
    *,
    at_once: int = 1,
    clock: StatementClock | None = None,
) -> dict[str, Any]:
    """Make the calls, of `items` each, `at_once` of them under way at a time; times in milliseconds per call.

    `items_per_second` is by the wall clock and falls with whatever else the machine does; `cpu_microseconds_per_item`, of
    this process and of PostgreSQL, hardly does. `clock`: also tell statements and commits apart, of one call at a time.
    """
    whole: list[float] = []
    looks: list[Spent] = []

    def one(call: Callable[[], Any]) -> None:
        started = time.perf_counter()
        call()
        whole.append(time.perf_counter() - started)
        if clock is not None:
            looks.append(clock.taken())

    # The batches that wait for their turn are a load of the bench's own: the collector must not walk them each time.
    gc.collect()
    gc.freeze()
    if clock is not None:
        clock.taken()
    load, before, started = os.getloadavg()[0], base.cpu_seconds(), time.perf_counter()
    for _ in GreenPool(at_once).imap(one, calls):
        pass
    wall, after = time.perf_counter() - started, base.cpu_seconds()
    gc.unfreeze()
    made = items * len(calls)
    found = {
        "calls": len(calls),
        "items": items,
        "at_once": at_once,
        "items_per_second": made / wall,
        "milliseconds": _percentiles(whole),
        "cpu_microseconds_per_item": {name: 1e6 * (after[name] - before[name]) / made for name in after},
        "load_average": [load, os.getloadavg()[0]],
    }
    return found if clock is None else found | _database(looks)


def _database(looks: Sequence[Spent]) -> dict[str, Any]:
    return {
        "statements": max(one.statements for one in looks),
        "on_core_milliseconds": _percentiles([one.on_core_seconds for one in looks]),
        "commit_milliseconds": _percentiles([one.commit_seconds for one in looks]),
        "database_milliseconds": _percentiles([one.database_seconds for one in looks]),
        "database_on_core_milliseconds": _percentiles([one.database_on_core_seconds for one in looks]),
    }


def _percentiles(seconds: Sequence[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {
        name: 1_000 * ordered[min(int(len(ordered) * share), len(ordered) - 1)] for name, share in PERCENTILES.items()
    }
