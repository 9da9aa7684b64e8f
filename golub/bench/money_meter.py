"""One measurement: calls one after the other or several at once, their times, and what they cost."""

import os
import time
from collections.abc import Callable, Sequence
from typing import Any

from eventlet.greenpool import GreenPool
from sqlalchemy import Engine, event

from golub.bench.money_base import MoneyBase

PERCENTILES = {"least": 0.0, "p50": 0.5, "p99": 0.99}


class StatementClock:
    """Seconds that this process has waited for statements and commits of one engine, and how many statements.

    A statement counts from before the driver sends it until its first answer is there; BEGIN goes with the first one. A
    commit counts until the connection is back in the pool, the flush to disk included. Sums mean something only while
    one call is under way at a time.
    """

    def __init__(self, engine: Engine) -> None:
        self.statements, self.statement_seconds, self.commit_seconds = 0, 0.0, 0.0
        event.listen(engine, "before_cursor_execute", self._sent)
        event.listen(engine, "after_cursor_execute", self._answered)
        event.listen(engine, "commit", self._committing)
        event.listen(engine, "checkin", self._returned)

    def taken(self) -> tuple[int, float, float]:
        """(statements, seconds in them, seconds in commits) since the last look."""
        taken = self.statements, self.statement_seconds, self.commit_seconds
        self.statements, self.statement_seconds, self.commit_seconds = 0, 0.0, 0.0
        return taken

    def _sent(self, connection: Any, *_: Any) -> None:
        connection.info["bench_sent"] = time.perf_counter()

    def _answered(self, connection: Any, *_: Any) -> None:
        self.statements += 1
        self.statement_seconds += time.perf_counter() - connection.info.pop("bench_sent")

    def _committing(self, connection: Any) -> None:
        connection.info["bench_committing"] = time.perf_counter()

    def _returned(self, _connection: Any, record: Any) -> None:
        started = record.info.pop("bench_committing", None)
        if started is not None:
            self.commit_seconds += time.perf_counter() - started


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
    looks: list[tuple[int, float, float]] = []

    def one(call: Callable[[], Any]) -> None:
        started = time.perf_counter()
        call()
        whole.append(time.perf_counter() - started)
        if clock is not None:
            looks.append(clock.taken())

    if clock is not None:
        clock.taken()
    load, before, started = os.getloadavg()[0], base.cpu_seconds(), time.perf_counter()
    for _ in GreenPool(at_once).imap(one, calls):
        pass
    wall, after = time.perf_counter() - started, base.cpu_seconds()
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


def _database(looks: Sequence[tuple[int, float, float]]) -> dict[str, Any]:
    return {
        "statements": max(count for count, _, _ in looks),
        "statement_milliseconds": _percentiles([seconds for _, seconds, _ in looks]),
        "commit_milliseconds": _percentiles([seconds for _, _, seconds in looks]),
        "database_milliseconds": _percentiles([statements + commit for _, statements, commit in looks]),
    }


def _percentiles(seconds: Sequence[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {
        name: 1_000 * ordered[min(int(len(ordered) * share), len(ordered) - 1)] for name, share in PERCENTILES.items()
    }
