"""`python -m tests.chaos.money_lives`: lives of a process of billing, each to be ended at a failpoint or by its end.

Every life is a fork of one process that has imported everything and done nothing yet, so that a life costs some
milliseconds: it shares no connection, no greenlet and no memory with any other.
"""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # It says of itself that it is only maintained; the architecture knows.
    import eventlet

eventlet.monkey_patch()

# isort: split
import psycopg2  # noqa: F401  # It must be importable when eventlet makes it green.

# isort: split
import gc
import json
import signal
import subprocess
import sys
import traceback
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eventlet import patcher

from kit import failpoints
from kit.settings import Settings
from tests.chaos.money_relay import relay
from tests.chaos.money_stories import STORIES
from tests.service.billing.office import Office

#: A life that hangs ends itself.
MOST_SECONDS = 60
KILLED = 137
SECRET = "k" * 32

# The green ones would start the hub, and every life is to start its own.
_os = patcher.original("os")


@dataclass(slots=True, frozen=True)
class End:
    """The exit status of a life, and what it told before a good end."""

    status: int
    told: Any


class Lives:
    """The process that waits to be forked; started at the first life."""

    def __init__(self) -> None:
        self._parent: subprocess.Popen[str] | None = None

    def live(self, story: str, url: str, cast: dict[str, str], point: str = "") -> End:
        """Act the story (`relay`: the relay's) and die at `point`; without one, act it twice and tell both answers."""
        if self._parent is None:
            command, root = [sys.executable, "-m", "tests.chaos.money_lives"], Path(__file__).parents[2]
            pipe = subprocess.PIPE
            self._parent = subprocess.Popen(command, cwd=root, stdin=pipe, stdout=pipe, text=True)
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        order = {"story": story, "url": url, "cast": cast, "point": point}
        self._parent.stdin.write(json.dumps(order) + "\n")
        self._parent.stdin.flush()
        return End(**json.loads(self._parent.stdout.readline()))

    def stop(self) -> None:
        if self._parent is not None:
            self._parent.communicate(timeout=MOST_SECONDS)


def new_office(url: str) -> Office:
    """An office that can keep the passwords of payment systems."""
    office = Office(url)
    office.service.settings = Settings(secret_key=SECRET)
    return office


def as_json(answer: Any) -> Any:
    return json.loads(json.dumps(answer, default=asdict))


def _fork(order: dict[str, Any]) -> End:
    reading, writing = _os.pipe()
    pid = _os.fork()
    if pid == 0:
        _be_born(order, writing)
    _os.close(writing)
    with _os.fdopen(reading) as told:
        text = told.read()
    status = _os.waitstatus_to_exitcode(_os.waitpid(pid, 0)[1])
    return End(status, json.loads(text) if text else None)


def _be_born(order: dict[str, Any], writing: int) -> None:
    """Never returns."""
    try:
        signal.alarm(MOST_SECONDS)
        failpoints._name, failpoints._left = order["point"], 1
        told = _act(order["story"], order["url"], order["cast"], order["point"])
        _os.write(writing, json.dumps(told).encode())
    except BaseException:
        traceback.print_exc()
        _os._exit(1)
    _os._exit(0)


def _act(story: str, url: str, cast: dict[str, str], point: str) -> list[Any]:
    if story == "relay":
        return relay(url, refusing=point.startswith("relay.postpon"))
    office = new_office(url)
    return [as_json(STORIES[story].act(office, cast)) for _ in range(2)]


if __name__ == "__main__":
    # What is never collected is never written to, so the lives go on sharing it.
    gc.freeze()
    for line in sys.stdin:
        print(json.dumps(asdict(_fork(json.loads(line)))), flush=True)
