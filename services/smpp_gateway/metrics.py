"""What the gateway tells Prometheus. Everything is counted once per batch.

The histograms get a sample of each batch, at most `MOST_OBSERVED` of its messages: their quantiles hold, their counts
are not numbers of messages.
"""

from collections import Counter as Tally
from collections.abc import Iterable, Sequence

from prometheus_client import Counter, Gauge, Histogram

MOST_OBSERVED = 16
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_LONG_SECONDS = (0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 43200, 259200)

messages = Counter("golub_messages_total", "Messages that came into a state", ["state"])
refusals = Counter("golub_refusals_total", "Messages refused or held, by the code of the reason", ["reason"])
responses = Counter("golub_submit_responses_total", "Answers to submit_sm, by what they mean for the part", ["meaning"])
again = Counter(
    "golub_submits_again_total", "Parts submitted again for want of an answer, as their link is set", ["link"]
)
lost = Counter("golub_submits_lost_total", "submit_sm without response")
receipts = Counter("golub_receipts_total", "Final receipts, matched at once, later, by recipient, or kept", ["match"])
client_receipts = Counter(
    "golub_client_receipts_total", "Receipts given to SMPP clients, by what came of it", ["outcome"]
)
incoming = Counter(
    "golub_incoming_total",
    "Messages of people to our numbers: message, stop, start, incomplete, repeat, repeated part, nobody's",
    ["outcome"],
)
incoming_forwards = Counter(
    "golub_incoming_forwards_total", "Messages of people given to SMPP clients, by what came of it", ["outcome"]
)
incoming_waiting = Gauge(
    "golub_incoming_forwards_waiting", "Messages of people that wait for SMPP clients, up to 10,000"
)
incoming_oldest = Gauge(
    "golub_incoming_forward_oldest_seconds", "Age of the oldest message that waits for an SMPP client"
)
unsettled = Counter("golub_unsettled_total", "Ended messages that billing would not settle")
accept_to_submit = Histogram(
    "golub_accept_to_submit_seconds", "From accepting a message to its submit_sm (a sample)", buckets=_LONG_SECONDS
)
submit_to_response = Histogram(
    "golub_submit_to_response_seconds", "From submit_sm to its response (a sample)", ["link"], buckets=_SECONDS
)
submit_to_receipt = Histogram(
    "golub_submit_to_receipt_seconds", "From the response to the final receipt (a sample)", ["link"],
    buckets=_LONG_SECONDS,
)  # fmt: skip
backlog = Gauge("golub_backlog_messages", "Messages in this process's memory, by the stage they wait for", ["stage"])
order_log = Gauge(
    "golub_order_log_messages", "Messages of large orders that are written down and not yet in the queues"
)
order_log_oldest = Gauge("golub_order_log_oldest_seconds", "Age of the oldest large order in the log, 0 without any")
unresolved = Gauge("golub_unresolved_parts", "Parts whose outcome is unknown, counted up to 10,000")


def count_states(pairs: Iterable[tuple[str, str | None]]) -> None:
    """(state, reason) of messages that came into these states."""
    for (state, reason), count in Tally(pairs).items():
        messages.labels(state).inc(count)
        if reason is not None and state in ("refused", "held"):
            refusals.labels(reason).inc(count)


def observe(histogram: Histogram, seconds: Sequence[float]) -> None:
    """A sample of the values."""
    for value in seconds[:: max(1, len(seconds) // MOST_OBSERVED)]:
        histogram.observe(max(0.0, value))
