"""A steady hundred messages a second: how long a message takes from its acceptance to the operator, and where."""

from datetime import datetime
from typing import Any

from sqlalchemy import text

from golub.bench.load import Figure, database, p50_p99
from golub.bench.measure import PACED_BATCH, measure
from golub.bench.shape import BenchShape

PER_SECOND = 100

_MESSAGES = text(
    "SELECT id::text, recipient, accepted_at, submitted_at, final_at FROM message WHERE id >= CAST(:since AS uuid)"
)
_DEBITS = text(
    "SELECT message_id::text, min(created_at) FROM ledger_entry WHERE message_id >= CAST(:since AS uuid) "
    "AND kind IN ('debit', 'hold') GROUP BY message_id"
)
#: What lies between two moments of a message, in their order.
STRETCHES = (
    "accepted to paid",
    "paid to arrived at the SMSC",
    "arrived to response stored",
    "response stored to final",
)


def pace(shape: BenchShape, messages: int) -> dict[str, Any]:
    """Messages at a steady pace, one bind, small requests."""
    shape.smsc.arrivals()
    run = measure(shape, messages, per_second=PER_SECOND)
    moments = _moments(shape, run["since"])
    arrival = p50_p99([1000 * (one[2] - one[0]).total_seconds() for one in moments])
    run["accept_to_arrival_milliseconds"] = arrival
    run["stretches_milliseconds"] = {
        name: p50_p99([1000 * (one[number + 1] - one[number]).total_seconds() for one in moments])
        for number, name in enumerate(STRETCHES)
    }
    run["how"] = (
        f"{PER_SECOND} messages/s in requests of {PACED_BATCH}; from accepted_at, which the gateway takes when it begins to "
        "store a request, to the moment at which the simulator's journal has the submit_sm; paid is the time of the "
        "ledger entry, stored and final are the message's own."
    )
    request = {name: 1000 * value for name, value in run["request_seconds"].items()}
    run["figures"] = [
        Figure("accept to submit, p50 / p99, ms", _pair(arrival), "15 / 100"),
        *(Figure(f"  {name}, ms", _pair(value)) for name, value in run["stretches_milliseconds"].items()),
        Figure("request to answer, p50 / p99, ms", _pair(request)),
        Figure("messages/s", f"{run['messages_per_second']:,.0f}"),
    ]
    return run


def _moments(shape: BenchShape, since: str) -> list[tuple[datetime, ...]]:
    """(accepted, paid, arrived, stored, final) of each message."""
    arrivals = shape.smsc.arrivals()
    with database(shape, "billing") as connection:
        paid = {row[0]: row[1] for row in connection.execute(_DEBITS, {"since": since})}
    with database(shape) as connection:
        rows = connection.execute(_MESSAGES, {"since": since}).all()
    return [
        (row.accepted_at, paid[row.id], arrivals[row.recipient], row.submitted_at, row.final_at)
        for row in rows
        if row.id in paid and row.recipient in arrivals
    ]


def _pair(figures: dict[str, float]) -> str:
    return f"{figures['p50']:.1f} / {figures['p99']:.1f}"
