"""The Prometheus metrics that every service shares; a service's own are declared beside their noun."""

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

# A second time series per counter that says when it began: nobody asked, and it doubles what a scrape costs.
disable_created_metrics()

LATENCY_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

entrypoint_seconds = Histogram(
    "golub_entrypoint_seconds",
    "Time an entrypoint took",
    ["service", "method", "outcome"],
    buckets=LATENCY_BUCKETS,
)
rpc_seconds = Histogram(
    "golub_rpc_client_seconds",
    "Time a call to another service took",
    ["service", "method", "outcome"],
    buckets=LATENCY_BUCKETS,
)
outbox_published = Counter("golub_outbox_published_total", "Events given to the bus", ["source", "event"])
outbox_failures = Counter(
    "golub_outbox_failures_total", "Events the bus did not take; they are tried again", ["source"]
)
event_failures = Counter("golub_event_failures_total", "Events a handler failed on", ["service", "method", "fate"])
undecodable = Counter("golub_undecodable_messages_total", "Messages from the bus that could not be read", ["service"])
loop_failures = Counter("golub_loop_failures_total", "Runs of a background loop that failed", ["service", "method"])
stall_seconds = Histogram(
    "golub_stall_seconds",
    "How late the stall probe woke up",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)
last_stall_seconds = Gauge("golub_last_stall_seconds", "The latest stall of the green hub")
