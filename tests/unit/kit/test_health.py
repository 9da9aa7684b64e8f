"""Liveness, readiness and the stall probe."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import eventlet
import pytest
from eventlet.event import Event

from contracts.errors import GolubError
from kit import health
from kit.health import Health
from kit.stall import StallProbe


@pytest.fixture
def watched() -> Iterator[Callable[[dict[str, Any]], Health]]:
    """Makes a Health whose stall probe ends with the test."""
    made: list[Health] = []

    def make(checks: dict[str, Any]) -> Health:
        made.append(Health(checks))
        return made[-1]

    yield make
    for one in made:
        one.probe.stop()


Watched = Callable[[dict[str, Any]], Health]


def get(checked: Health, path: str) -> tuple[str, bytes]:
    told: list[Any] = []
    body = b"".join(checked.wsgi({"PATH_INFO": path}, lambda status, headers: told.append(status)))
    return told[0], body


def test_all_is_well(watched: Watched) -> None:
    checked = watched({"database": lambda: None})
    assert get(checked, "/readyz") == ("200 OK", b"ok\n")
    assert get(checked, "/healthz")[0] == "200 OK"
    assert b"golub_stall_seconds" in get(checked, "/metrics")[1]
    assert get(checked, "/else")[0] == "404 Not Found"


def test_a_failed_check_is_a_sentence_without_secrets(watched: Watched) -> None:
    def away() -> None:
        raise GolubError("migrations are pending")

    def broken() -> None:
        raise ValueError("password=secret")

    status, body = get(watched({"database": away, "bus": broken}), "/readyz")
    assert status.startswith("503")
    assert body == b"database: migrations are pending\nbus: ValueError\n"


def test_a_stuck_check_is_an_answer_in_time_and_not_piled_upon(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "CHECK_SECONDS", 0.1)
    monkeypatch.setattr(health, "KEPT_SECONDS", 0.0)
    gate, asked = Event(), []

    def stuck() -> None:
        asked.append(1)
        gate.wait()

    checked = watched({"bus": stuck})
    for _ in range(3):
        started = time.monotonic()
        assert get(checked, "/readyz")[0].startswith("503")
        assert time.monotonic() - started < 5
    assert len(asked) == 1
    gate.send(None)
    eventlet.sleep(0.01)
    assert checked.ready() == {}


def test_a_process_that_stops_is_not_ready(watched: Watched) -> None:
    checked = watched({})
    checked.stopping = True
    assert checked.ready() == {"process": "is stopping"}


def test_the_probe_reports_how_long_the_hub_was_blocked() -> None:
    probe = StallProbe()
    eventlet.sleep(0.1)
    probe.take_worst()
    end = time.monotonic() + 0.3
    while time.monotonic() < end:
        pass
    eventlet.sleep(0.06)
    assert 0.2 < probe.take_worst() < 2
    eventlet.sleep(0.12)
    assert probe.take_worst() < 0.2
    probe.stop()
