"""What the SMPP server tells Prometheus. Counted once per batch; advertisers are told apart up to a bound."""

from collections import Counter as Tally
from collections.abc import Iterable, Mapping

from prometheus_client import Counter, Gauge

#: Advertisers with a time series of their own in this process; all later ones are "other" together.
MOST_LABELS = 100

connections = Counter("golub_smpp_connections_total", "Connections of clients, by what became of them", ["outcome"])
binds = Counter("golub_smpp_binds_total", "Binds of clients: bound, or the command_status of the refusal", ["outcome"])
ends = Counter("golub_smpp_session_ends_total", "Ends of clients' connections, by who ended them", ["how"])
submits = Counter(
    "golub_smpp_submits_total", "Messages that clients submitted, throttled ones included", ["advertiser"]
)
refusals = Counter(
    "golub_smpp_submit_refusals_total", "Submits of clients answered with an error", ["advertiser", "status"]
)
throttled = Counter("golub_smpp_throttled_total", "Submits of clients above their rate", ["advertiser"])
bound = Gauge("golub_smpp_bound_sessions", "Bound clients of this process", ["advertiser"])
unbound = Gauge("golub_smpp_unbound_connections", "Connections that are not bound yet")
in_flight = Gauge("golub_smpp_submits_in_flight", "Submits of clients that wait for our answer")
deliver_in_flight = Gauge("golub_smpp_delivers_in_flight", "deliver_sm that wait for a client's answer")
receipts_waiting = Gauge(
    "golub_client_receipts_waiting", "Receipts for SMPP clients not acknowledged yet, up to 10,000"
)
receipts_oldest = Gauge("golub_client_receipts_oldest_seconds", "Age of the oldest of them, 0 where there is none")

_ENDS = {
    "the client unbound": "client",
    "the peer closed the connection": "client",
    "bind refused": "refused",
    "no bind in time": "timer",
    "enquire_link was not answered": "timer",
    "nothing was heard for too long": "timer",
    "nothing but enquire_link for too long": "timer",
    "a PDU began and did not end in time": "timer",
    "slow reader: the peer took nothing for too long": "timer",
    "the server stops": "stop",
}


class Labels:
    """Names of advertisers: the first `most` get their own."""

    def __init__(self, most: int = MOST_LABELS) -> None:
        self._most = most
        self._known: set[str] = set()

    def of(self, account_id: str) -> str:
        if account_id not in self._known:
            if len(self._known) >= self._most:
                return "other"
            self._known.add(account_id)
        return account_id


labels = Labels()


def count_end(reason: str) -> None:
    """An end by its sentence; sentences with particulars in them are `broken`."""
    ends.labels(_ENDS.get(reason, "broken")).inc()


def count_answers(pairs: Iterable[tuple[str, int]]) -> None:
    """(account, command_status) of answered submits; the good ones are not counted here."""
    for (account_id, status), count in Tally(pair for pair in pairs if pair[1]).items():
        refusals.labels(labels.of(account_id), f"0x{status:02X}").inc(count)


def set_bound(counts: Mapping[str, int]) -> None:
    """Sessions by account; accounts that have none any more are told no longer."""
    told: Tally[str] = Tally()
    for account_id, count in counts.items():
        told[labels.of(account_id)] += count
    bound.clear()
    for name, count in told.items():
        bound.labels(name).set(count)
