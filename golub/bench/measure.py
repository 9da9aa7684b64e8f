"""One measured run: the generator sends, and the message table tells when each message was what."""

import dataclasses
import json
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import Any

import eventlet
from eventlet import tpool
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from golub.bench.cpu import cpu_seconds
from golub.bench.generator import Order
from golub.bench.shape import BenchShape
from golub.supervisor_parts import ROOT
from kit.ids import uuid7_floor

LOAD_BATCH, PACED_BATCH = 1_000, 10
CONNECTIONS = 4
#: The slowest rate that is still waited for.
LEAST_PER_SECOND = 50
GRACE_SECONDS = 60
_SEEN = {"first": 0}

_FIGURES = text(
    "SELECT count(*), min(accepted_at), max(accepted_at), max(final_at), "
    "percentile_cont(ARRAY[0.5, 0.99]) WITHIN GROUP (ORDER BY extract(epoch FROM submitted_at - accepted_at)), "
    "percentile_cont(ARRAY[0.5, 0.99]) WITHIN GROUP (ORDER BY extract(epoch FROM final_at - accepted_at)), "
    "count(*) FILTER (WHERE state = 'delivered') FROM message WHERE id >= CAST(:since AS uuid)"
)
_LEFT = text("SELECT count(*) FROM message WHERE due_at IS NOT NULL")


def measure(shape: BenchShape, messages: int, *, per_second: int) -> dict[str, Any]:
    """Send so many messages (`per_second` 0: as fast as it goes), wait for the last receipt, and do the sums.

    Raises TimeoutError when they do not end.
    """
    since = uuid7_floor(datetime.now(UTC))
    before, started = _cpu(shape), time.monotonic()
    sent = _generate(shape, messages, per_second)
    engine = create_engine(shape.database_urls()["smpp_gateway"], poolclass=NullPool)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        _wait_for_the_last(connection, started + messages / (per_second or LEAST_PER_SECOND) + GRACE_SECONDS)
        wall, after = time.monotonic() - started, _cpu(shape)
        row = connection.execute(_FIGURES, {"since": str(since)}).one()
    cpu = {name: 1000 * (after[name] - before[name]) / messages for name in after}
    cpu["generator"] = 1000 * sent["cpu_seconds"] / messages
    return {
        "messages": row[0],
        "accepted": sent["accepted"],
        "refused": sent["refused"],
        "delivered": row[6],
        "wall_seconds": wall,
        "messages_per_second": row[0] / (row[3] - row[1]).total_seconds(),
        "accepted_per_second": row[0] / max((row[2] - row[1]).total_seconds(), 0.001),
        "accept_to_submit_seconds": dict(zip(("p50", "p99"), map(float, row[4]), strict=True)),
        "accept_to_final_seconds": dict(zip(("p50", "p99"), map(float, row[5]), strict=True)),
        "request_seconds": {"p50": _percentile(sent["seconds"], 0.5), "p99": _percentile(sent["seconds"], 0.99)},
        "cpu_milliseconds_per_message": cpu,
        "cpu_cores_busy": sum(cpu.values()) * messages / 1000 / wall,
    }


def _generate(shape: BenchShape, messages: int, per_second: int) -> dict[str, Any]:
    demo = shape.demo
    order = Order(
        port=shape.http_port,
        key=demo["api_key"],
        sender=demo["sender"],
        first=_SEEN["first"],
        count=messages,
        batch=PACED_BATCH if per_second else LOAD_BATCH,
        connections=CONNECTIONS,
        per_second=per_second,
    )
    _SEEN["first"] += messages
    command = [sys.executable, "-m", "golub.bench.generator"]
    result = tpool.execute(
        subprocess.run,
        command,
        cwd=ROOT,
        input=json.dumps(dataclasses.asdict(order)),
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        raise TimeoutError(f"The generator failed:\n{result.stderr[-2000:]}")
    return json.loads(result.stdout)


def _wait_for_the_last(connection: Connection, deadline: float) -> None:
    while left := connection.execute(_LEFT).scalar_one():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{left} messages have not ended in time.")
        eventlet.sleep(0.25)


def _cpu(shape: BenchShape) -> dict[str, float]:
    pids = {name: one["pid"] for name, one in shape.processes().items()}
    pids["simulator"] = shape.smsc.pid or 0
    return cpu_seconds(pids)


def _percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]
