"""What the gateway tells Prometheus of links, by link and bind; each process of those binds that it has."""

import time
from collections import Counter as Tally
from collections.abc import Sequence

from prometheus_client import Counter, Gauge

from services.smpp_gateway.lease import BindKey
from services.smpp_gateway.link_types import Response

_BIND = ["link", "bind"]
link_bound = Gauge("golub_link_bound", "1 while this process has the bind and it is bound", _BIND)
window_fill = Gauge("golub_link_window_fill", "Unanswered submit_sm as a share of the bind's window", _BIND)
submits = Gauge("golub_link_submits", "submit_sm since this process has the bind", _BIND)
connects = Gauge("golub_link_connects", "Successful binds of this session's keeper", _BIND)
throttled = Gauge("golub_link_throttled", "Answers that asked to come again, since it connected first", _BIND)
silence = Gauge("golub_link_response_age_seconds", "Since the last answer while some are waited for, else 0", _BIND)
responses = Counter("golub_link_responses_total", "Answers to submit_sm by their command_status", [*_BIND, "status"])
queue_depth = Gauge("golub_link_queue_messages", "Messages that wait for the link, counted up to 10,000", ["link"])
queue_age = Gauge("golub_link_queue_age_seconds", "Age of the message that is next to go over the link", ["link"])
binds_up = Gauge("golub_link_binds_up", "Binds of the link that are up in any process", ["link"])
moved = Counter("golub_link_failed_over_total", "Messages that went to another link's queue", ["link"])
fence_shut = Counter(
    "golub_link_leases_lost_total", "Times this process put its binds down, as it could not renew them"
)

_answered_at: dict[BindKey, float] = {}


def answered(key: BindKey, batch: Sequence[Response]) -> None:
    _answered_at[key] = time.monotonic()
    link, bind = key.link, str(key.number)
    for status, count in Tally(one.command_status for one in batch).items():
        responses.labels(link, bind, f"0x{status:08X}").inc(count)


def silent_seconds(key: BindKey, in_flight: int) -> float:
    """0 where nothing is waited for."""
    now = time.monotonic()
    if not in_flight:
        _answered_at[key] = now
        return 0.0
    return now - _answered_at.setdefault(key, now)


def forget(key: BindKey) -> None:
    """The bind is another process's now."""
    _answered_at.pop(key, None)
    for gauge in (link_bound, window_fill, submits, connects, throttled, silence):
        gauge.remove(key.link, str(key.number))


def forget_link(link: str) -> None:
    for gauge in (queue_depth, queue_age, binds_up):
        gauge.remove(link)
