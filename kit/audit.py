"""What a service finds in its own books at night, kept with the data and told as metrics by each of its replicas.

`golub audit` compares the services with each other; what one of them can prove alone it proves by itself, once a night
over all replicas. The last result outlives restarts, so that a deploy by day does not look like an audit that never ran.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from prometheus_client import Gauge
from sqlalchemy import Connection, text

from kit.database import Transactions

log = logging.getLogger(__name__)

#: When the least is sent where most of the customers are.
HOUR_UTC = 1
#: What is told of a run in the log; the metric counts all.
MOST_LOGGED = 20
RUNS_KEPT = timedelta(days=400)

findings = Gauge("golub_audit_findings", "Disagreements that the last audit found", ["service"])
last_run = Gauge("golub_audit_last_run_timestamp_seconds", "When the last audit ended", ["service"])

TABLE = """
CREATE TABLE audit_run (
    ended_at timestamptz PRIMARY KEY,
    findings integer NOT NULL
)
"""
_LAST = text("SELECT ended_at, findings FROM audit_run ORDER BY ended_at DESC LIMIT 1")
_TRY_LOCK = text("SELECT pg_try_advisory_xact_lock(hashtext('golub audit'))")


class Told(Protocol):
    """What a check of any service finds."""

    @property
    def check(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def detail(self) -> str: ...


@dataclass(slots=True, frozen=True)
class Finding:
    """A disagreement: which check, whose (an id or a name), and what does not agree in words."""

    check: str
    subject: str
    detail: str


def tonight(now: datetime) -> datetime:
    """The last moment at which a night's run became due."""
    due = now.replace(hour=HOUR_UTC, minute=0, second=0, microsecond=0)
    return due if due <= now else due - timedelta(days=1)


def nightly(db: Transactions, service: str, now: datetime, examine: Callable[[Connection], Sequence[Told]]) -> None:
    """Audit where this night's run is still due and nobody is at it, and set the gauges to the last result there is.

    For a loop of some minutes; the service's migrations have executed `TABLE`. `examine` only reads.
    """
    with db.begin() as connection:
        last = connection.execute(_LAST).one_or_none()
    if last is None or last.ended_at < tonight(now):
        last = _run(db, service, now, examine) or last
    if last is not None:
        tell(service, last.findings, last.ended_at)


def tell(service: str, count: int, at: datetime) -> None:
    findings.labels(service).set(count)
    last_run.labels(service).set(at.timestamp())


def _run(db: Transactions, service: str, now: datetime, examine: Callable[[Connection], Sequence[Told]]) -> Any:
    """The row of the run; None where another replica is at it."""
    with db.begin() as connection:
        if not connection.execute(_TRY_LOCK).scalar_one():
            return None
        last = connection.execute(_LAST).one_or_none()
        if last is not None and last.ended_at >= tonight(now):
            return last
        found = examine(connection)
        for one in found[:MOST_LOGGED]:
            log.error("audit of %s: %s %s: %s", service, one.check, one.subject, one.detail)
        keep = {"before": now - RUNS_KEPT, "now": now, "count": len(found)}
        connection.execute(text("DELETE FROM audit_run WHERE ended_at < :before"), keep)
        connection.execute(text("INSERT INTO audit_run (ended_at, findings) VALUES (:now, :count)"), keep)
        return connection.execute(_LAST).one()
