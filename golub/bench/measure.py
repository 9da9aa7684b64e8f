"""End to end: the generator sends, and the message table tells when each message was what."""

import time
from typing import Any

from sqlalchemy import text

from golub.bench.load import (
    HTTP_GENERATOR,
    Figure,
    cpu_between,
    database,
    generate,
    http_order,
    p50_p99,
    since_now,
    wait_until_settled,
)
from golub.bench.shape import BenchShape

LOAD_BATCH, PACED_BATCH = 1_000, 10
CONNECTIONS = 4

_FIGURES = text(
    "SELECT count(*), min(accepted_at), max(accepted_at), max(final_at), "
    "percentile_cont(ARRAY[0.5, 0.99]) WITHIN GROUP (ORDER BY extract(epoch FROM submitted_at - accepted_at)), "
    "percentile_cont(ARRAY[0.5, 0.99]) WITHIN GROUP (ORDER BY extract(epoch FROM final_at - accepted_at)), "
    "count(*) FILTER (WHERE state = 'delivered') FROM message WHERE id >= CAST(:since AS uuid)"
)


def end_to_end(shape: BenchShape, messages: int) -> dict[str, Any]:
    """As fast as it goes, over HTTP in requests of a thousand, with a receipt for each."""
    run = measure(shape, messages, per_second=0)
    together = sum(run["cpu_milliseconds_per_message"].values())
    ours = together - sum(run["cpu_milliseconds_per_message"][name] for name in ("generator", "simulator"))
    run["how"] = (
        f"{messages:,} messages posted in requests of {LOAD_BATCH:,} over {CONNECTIONS} connections; from the first "
        "accepted to the last final, by the times in the database; processor time from /proc, over the whole of it."
    )
    run["figures"] = [
        Figure("messages/s, receipts included", f"{run['messages_per_second']:,.0f}", "1,500"),
        Figure("CPU ms per message, simulator and generator not counted", f"{ours:.3f}", "at most 1.0"),
        Figure("CPU ms per message, all of it", f"{together:.3f}"),
        Figure("cores busy", f"{run['cpu_cores_busy']:.2f}"),
        Figure("delivered", f"{run['delivered']:,} of {messages:,}"),
    ]
    return run


def measure(shape: BenchShape, messages: int, *, per_second: int) -> dict[str, Any]:
    """Send so many messages (`per_second` 0: as fast as it goes), wait for the last receipt, and do the sums.

    Raises TimeoutError when they do not end.
    """
    since = since_now()
    order = http_order(
        shape,
        messages,
        batch=PACED_BATCH if per_second else LOAD_BATCH,
        connections=CONNECTIONS,
        per_second=per_second,
    )
    before, started = shape.cpu_seconds(), time.monotonic()
    sent = generate(HTTP_GENERATOR, order)
    wait_until_settled(shape, messages)
    wall, after = time.monotonic() - started, shape.cpu_seconds()
    with database(shape) as connection:
        row = connection.execute(_FIGURES, {"since": since}).one()
    cpu = cpu_between(before, after, messages)
    cpu["generator"] = 1000 * sent["cpu_seconds"] / messages
    return {
        "since": since,
        "messages": row[0],
        "accepted": sent["accepted"],
        "refused": sent["refused"],
        "delivered": row[6],
        "wall_seconds": wall,
        "messages_per_second": row[0] / (row[3] - row[1]).total_seconds(),
        "accepted_per_second": row[0] / max((row[2] - row[1]).total_seconds(), 0.001),
        "accept_to_submit_seconds": dict(zip(("p50", "p99"), map(float, row[4]), strict=True)),
        "accept_to_final_seconds": dict(zip(("p50", "p99"), map(float, row[5]), strict=True)),
        "request_seconds": p50_p99(sent["seconds"]),
        "cpu_milliseconds_per_message": cpu,
        "cpu_cores_busy": sum(cpu.values()) * messages / 1000 / wall,
    }
