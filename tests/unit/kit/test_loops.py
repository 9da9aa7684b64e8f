"""Loops: on time or woken, one run at a time, errors back off, a stop does not wait for the back-off."""

import time

import eventlet
import pytest

from contracts.errors import Unavailable
from kit import loops
from kit.loops import wake_of
from kit.service import Wake, loop
from tests.unit.kit.running import dead, running, until


class Ticker:
    name = "ticker"
    tick_wake = Wake()
    runs: list[float] = []
    results: list[object] = []
    at_work = 0
    most = 0

    @loop(every_seconds=60.0, wake="tick_wake")
    def tick(self) -> object:
        Ticker.runs.append(time.monotonic())
        Ticker.at_work += 1
        Ticker.most = max(Ticker.most, Ticker.at_work)
        eventlet.sleep(0.01)
        Ticker.at_work -= 1
        result = Ticker.results.pop(0) if Ticker.results else None
        if isinstance(result, Exception):
            raise result
        return result


class Gatherer:
    name = "gatherer"
    tick_wake = Wake()

    @loop(every_seconds=60.0, wake="tick_wake", gather_seconds=0.5)
    def tick(self) -> None:
        Ticker.runs.append(time.monotonic())


@pytest.fixture(autouse=True)
def _forget() -> None:
    Ticker.runs, Ticker.results, Ticker.most = [], [], 0


def test_a_wake_runs_it_now_and_a_wake_during_a_run_once_more() -> None:
    with running(Ticker) as process:
        until(lambda: len(Ticker.runs) == 1)
        handle = wake_of(process.containers[0], "tick_wake")
        eventlet.sleep(0.05)
        handle.set()
        until(lambda: len(Ticker.runs) == 2)
        for _ in range(5):
            handle.set()
        until(lambda: len(Ticker.runs) == 3)
        eventlet.sleep(0.1)
        assert (len(Ticker.runs), Ticker.most) == (3, 1)


def test_one_run_does_the_work_of_all_wakes_of_the_time_in_which_it_gathers() -> None:
    with running(Gatherer) as process:
        until(lambda: len(Ticker.runs) == 1)
        handle = wake_of(process.containers[0], "tick_wake")
        eventlet.sleep(0.05)
        for _ in range(5):
            handle.set()
            eventlet.sleep(0)
        until(lambda: len(Ticker.runs) == 2)
        eventlet.sleep(0.6)
        assert len(Ticker.runs) == 2


def test_a_truthy_result_runs_it_again_at_once() -> None:
    Ticker.results = [True, 1, ["more"], None]
    with running(Ticker):
        until(lambda: len(Ticker.runs) == 4)
        eventlet.sleep(0.05)
    assert len(Ticker.runs) == 4


@pytest.mark.parametrize("error", [Unavailable("away"), ValueError("a defect")])
def test_an_error_backs_off_longer_each_time_and_kills_nothing(error: Exception) -> None:
    Ticker.results = [error, error, None]
    with running(Ticker) as process:
        until(lambda: len(Ticker.runs) == 3)
        assert not dead(process)
    first, second = (later - sooner for sooner, later in zip(Ticker.runs, Ticker.runs[1:], strict=False))
    assert first >= loops.LEAST_BACKOFF_SECONDS
    assert second >= 2 * loops.LEAST_BACKOFF_SECONDS


def test_a_stop_does_not_wait_for_the_back_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "LEAST_BACKOFF_SECONDS", 8.0)
    Ticker.results = [Unavailable("away")]
    with running(Ticker) as process:
        until(lambda: Ticker.runs)
        eventlet.sleep(0.05)
        started = time.monotonic()
        process.stop()
        assert time.monotonic() - started < 7
