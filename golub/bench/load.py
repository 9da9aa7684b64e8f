"""What the measurements share: a generator that runs, messages that are waited for, figures with their units."""

import dataclasses
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import eventlet
from eventlet import tpool
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from golub.bench.generator import Order
from golub.bench.shape import BenchShape
from golub.supervisor_parts import ROOT
from kit.ids import uuid7_floor

HTTP_GENERATOR, SMPP_GENERATOR = "golub.bench.generator", "golub.bench.smpp_generator"
#: The slowest rate that is still waited for.
LEAST_PER_SECOND = 150
GRACE_SECONDS = 60
_GENERATOR_SECONDS = 300


def _counted(condition: str) -> str:
    """Up to a thousand of each: what is asked for four times a second must cost nothing beside what is measured."""
    return (
        f"(SELECT count(*) FROM (SELECT FROM message WHERE due_at IS NOT NULL AND {condition} LIMIT 1000) AS counted)"
    )


# In the words of the indexes; by `_BY_INDEXES` they are read though nothing is known of a young table.
_PLACES = (
    "state IN ('accepted', 'charged')",
    "state IN ('submitting', 'submitted')",
    "state NOT IN ('accepted', 'charged', 'submitting', 'submitted')",
)
_LEFT = text(f"SELECT {' + '.join(map(_counted, _PLACES))} + (SELECT coalesce(sum(messages), 0) FROM accepted_order)")
_BY_INDEXES = text("SET enable_seqscan = off")
_LOGGED = text("SELECT coalesce(sum(messages), 0) FROM accepted_order")
_IN_STATE = text("SELECT count(*) FROM message WHERE id >= CAST(:since AS uuid) AND state = :state")


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the report; `asked` is what it should be, in words, or ""."""

    label: str
    value: str
    asked: str = ""


def since_now() -> str:
    """The least id of messages that are accepted from now on."""
    return str(uuid7_floor(datetime.now(UTC)))


def http_order(shape: BenchShape, count: int, *, batch: int, connections: int, per_second: int = 0) -> Order:
    demo = shape.demo
    return Order(
        port=shape.http_port,
        key=demo["api_key"],
        sender=demo["sender"],
        first=shape.take_numbers(count),
        count=count,
        batch=batch,
        connections=connections,
        per_second=per_second,
    )


def generate(module: str, order: Any) -> dict[str, Any]:
    """Run a generator, a program of its own, to its end. Raises TimeoutError where it fails."""
    command = [sys.executable, "-m", module]
    try:
        result = tpool.execute(
            subprocess.run,
            command,
            cwd=ROOT,
            input=json.dumps(dataclasses.asdict(order)),
            capture_output=True,
            text=True,
            check=False,
            timeout=_GENERATOR_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise TimeoutError(f"The generator was not done in {_GENERATOR_SECONDS} seconds.") from None
    if result.returncode != 0:
        raise TimeoutError(f"The generator failed:\n{result.stderr[-2000:]}")
    return json.loads(result.stdout)


@contextmanager
def database(shape: BenchShape, service: str = "smpp_gateway") -> Iterator[Connection]:
    """A connection that commits by itself."""
    engine = create_engine(shape.database_urls()[service], poolclass=NullPool)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield connection


def wait_until_settled(shape: BenchShape, messages: int) -> None:
    """Until every message is final and its money settled. Raises TimeoutError for less than LEAST_PER_SECOND."""
    with database(shape) as connection:
        connection.execute(_BY_INDEXES)
        _wait(lambda: connection.execute(_LEFT).scalar_one(), messages, "have not ended")


def wait_until_unpacked(shape: BenchShape, messages: int) -> None:
    """Until no message is in the order log any more."""
    with database(shape) as connection:
        _wait(lambda: connection.execute(_LOGGED).scalar_one(), messages, "are in the order log", every_seconds=0.05)


def wait_until_in(shape: BenchShape, state: str, since: str, messages: int) -> None:
    """Until so many of the messages from `since` on are in the state."""
    with database(shape) as connection:
        values = {"since": since, "state": state}
        _wait(lambda: messages - connection.execute(_IN_STATE, values).scalar_one(), messages, f"are not {state}")


def _wait(left: Callable[[], int], messages: int, what: str, every_seconds: float = 0.25) -> None:
    deadline = time.monotonic() + messages / LEAST_PER_SECOND + GRACE_SECONDS
    while count := left():
        if time.monotonic() > deadline:
            raise TimeoutError(f"At least {count} messages {what} in time.")
        eventlet.sleep(every_seconds)


def cpu_between(before: dict[str, float], after: dict[str, float], messages: int) -> dict[str, float]:
    """Milliseconds per message of each process."""
    return {name: 1000 * (after[name] - before.get(name, 0.0)) / messages for name in after}


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


def p50_p99(values: Sequence[float]) -> dict[str, float]:
    return {"p50": percentile(values, 0.5), "p99": percentile(values, 0.99)}
