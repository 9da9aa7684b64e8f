"""What keeps the distributed shape alive: restarts that never spin, and an end in order."""

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import eventlet
import pytest

from golub import supervisor
from golub.local.errors import LocalServerError
from golub.supervisor import Supervisor
from golub.supervisor_parts import Program, Server


class FakePart:
    """Dies when told to; `starts` are the moments of its starts."""

    def __init__(self, name: str, log: list[str] | None = None) -> None:
        self.name = name
        self.facts: dict[str, Any] = {"metrics_port": 7}
        self.starts: list[float] = []
        self.alive = False
        self.refuses = 0
        self._log = log if log is not None else []

    @property
    def pid(self) -> int | None:
        return 4242 if self.alive else None

    def start(self) -> None:
        self.starts.append(time.monotonic())
        if self.refuses:
            self.refuses -= 1
            raise LocalServerError("the port is taken")
        self.alive = True

    def stop(self, limit_seconds: float) -> None:
        self._log.append(self.name)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "processes.json"


def test_a_part_that_died_is_started_again_and_counted(file: Path) -> None:
    part, watching = FakePart("one"), Supervisor(file)
    watching.start(part)
    assert json.loads(file.read_text()) == {"one": {"pid": 4242, "metrics_port": 7, "restarts": 0}}
    assert file.stat().st_mode & 0o777 == 0o600
    part.alive = False
    eventlet.sleep(0.9)
    assert len(part.starts) == 2
    assert json.loads(file.read_text())["one"]["restarts"] == 1
    watching.stop(())
    assert not file.exists()


def test_the_pauses_grow_while_a_part_keeps_dying(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "LEAST_PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(supervisor, "MOST_PAUSE_SECONDS", 0.4)
    monkeypatch.setattr(supervisor, "LOOK_SECONDS", 0.005)
    part, watching = FakePart("one"), Supervisor(file)
    watching.start(part)
    part.alive, part.refuses = False, 1000
    eventlet.sleep(1.6)
    # After 0.05, 0.1, 0.2, 0.4, 0.4 … seconds: a part that can't start does not keep a core busy.
    assert 4 <= len(part.starts) <= 7
    assert part.starts[-1] - part.starts[-2] > 0.35
    watching.stop(())


def test_parts_end_group_after_group_and_are_not_started_again(file: Path) -> None:
    log: list[str] = []
    parts, watching = [FakePart(name, log) for name in ("database", "bus", "left", "right")], Supervisor(file)
    watching.start(*parts)
    watching.stop(((("left", "right"), 1.0), (("bus", "never there"), 1.0), (("database",), 1.0)))
    assert log == ["left", "right", "bus", "database"]
    for part in parts:
        part.alive = False
    eventlet.sleep(0.8)
    assert [len(part.starts) for part in parts] == [1, 1, 1, 1]


def test_waiting_tells_who_is_not_ready(file: Path) -> None:
    parts, watching = [FakePart("quick"), FakePart("slow")], Supervisor(file)
    assert watching.wait_until(lambda part: part.name == "quick", parts, 0.3) == ["slow"]


def test_a_failpoint_is_for_the_first_life_of_a_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLUB_FAILPOINT", "accept.committed")
    program = Program("settings", ["settings"], {}, tmp_path / "settings.log")
    environments = []
    monkeypatch.setattr("golub.local.children.spawn", lambda *_, env, **__: environments.append(dict(env)))
    program.start()
    program.start()
    assert ["GOLUB_FAILPOINT" in one for one in environments] == [True, False]


def test_a_program_that_does_not_end_politely_is_killed(tmp_path: Path) -> None:
    program = Program("stubborn", [], {}, tmp_path / "stubborn.log")
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    program._argv = [sys.executable, "-c", code]
    program.start()
    while "up" not in program.log.read_text():
        eventlet.sleep(0.05)
    started, pid = time.monotonic(), program.pid
    assert pid is not None
    program.stop(0.3)
    assert 0.3 <= time.monotonic() - started < 30.0
    assert program.pid is None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)


class SlowServer:
    """Stops politely in ten seconds, or at once when it is killed."""

    def __init__(self) -> None:
        self.killed = False
        self.pid: int | None = 1

    def start(self) -> None: ...

    def stop(self) -> None:
        deadline = time.monotonic() + 10.0
        while not self.killed and time.monotonic() < deadline:
            eventlet.sleep(0.02)

    def kill(self) -> None:
        self.killed = True


def test_a_server_that_takes_too_long_to_stop_is_killed() -> None:
    server, started = SlowServer(), time.monotonic()
    Server("slow", server).stop(0.3)
    assert server.killed
    assert time.monotonic() - started < 8.0
