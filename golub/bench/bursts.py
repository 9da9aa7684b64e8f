"""A burst of receipts: all of them at once, as after an operator's outage."""

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
    since_now,
    wait_until_in,
    wait_until_settled,
)
from golub.bench.measure import CONNECTIONS, LOAD_BATCH
from golub.bench.shape import BenchShape

_SPAN = text(
    "SELECT count(*), extract(epoch FROM max(final_at) - CAST(to_timestamp(:released) AS timestamptz)) "
    "FROM message WHERE id >= CAST(:since AS uuid) AND state = 'delivered'"
)


def receipts(shape: BenchShape, messages: int) -> dict[str, Any]:
    """Hold the receipts of submitted messages back, then let them all go."""
    since = since_now()
    shape.smsc.hold_receipts()
    try:
        generate(HTTP_GENERATOR, http_order(shape, messages, batch=LOAD_BATCH, connections=CONNECTIONS))
        wait_until_in(shape, "submitted", since, messages)
        before = shape.cpu_seconds()
    finally:
        released, started = time.time(), time.monotonic()
        shape.smsc.release_receipts()
    wait_until_settled(shape, messages)
    settled, after = time.monotonic() - started, shape.cpu_seconds()
    with database(shape) as connection:
        count, final = connection.execute(_SPAN, {"since": since, "released": released}).one()
    cpu = cpu_between(before, after, messages)
    return {
        "how": f"{messages:,} messages are submitted while the simulator holds their receipts back; then it sends all of "
        "them as fast as they are acknowledged. From the release to the last final_at in the database, and until the money "
        "of all is settled.",
        "final_per_second": count / float(final),
        "settled_per_second": messages / settled,
        "cpu_milliseconds_per_message": cpu,
        "figures": [
            Figure("receipts/s until final", f"{count / float(final):,.0f}", "3,000"),
            Figure("receipts/s until settled", f"{messages / settled:,.0f}"),
            Figure("CPU ms per receipt", f"{sum(cpu.values()):.3f}"),
        ],
    }
