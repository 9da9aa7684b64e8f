"""`golub audit`: proves that ledger, messages and statistics agree. It only reads."""

import sys
from datetime import UTC, datetime, timedelta

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile
from sqlalchemy.exc import OperationalError

from golub.audit.checks import Report, examine
from golub.audit.databases import service_urls
from golub.audit.nightly import PLATFORM
from golub.local.errors import LocalServerError
from kit import audit
from kit.settings import Settings

__all__ = ["Report", "examine", "hold_limit", "run"]

#: Receipts come late, and what ends a message looks once in a while.
_GRACE = timedelta(days=1)


def hold_limit(settings: Settings) -> timedelta:
    """How long money may wait for delivery: the longest way of a message, and some grace."""
    ways = ("validity", "receipt_timeout", "unresolved")
    return _GRACE + timedelta(seconds=sum(settings.number(name) for name in ways))


def run(settings: Settings, metrics_file: str = "") -> int:
    """Print a line per finding and a summary; 0 when all agrees, 1 when anything was found or can't be read.

    `metrics_file`: where to tell Prometheus of it, by way of the node exporter's textfile collector.
    """
    try:
        with service_urls(settings) as urls:
            report = examine(urls, hold_limit(settings))
        if metrics_file:
            _write_metrics(report, metrics_file)
    except LocalServerError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OperationalError as error:
        sys.stderr.write(f"A database does not answer: {str(error.orig).strip()}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{metrics_file} can't be written: {error.strerror}.\n")
        return 1
    for finding in report.findings:
        print(f"{finding.check} {finding.subject}: {finding.detail}")
    for note in report.notes:
        print(f"note: {note}")
    found = f"{len(report.findings)} findings" if report.findings else "nothing found"
    print(f"audit: {report.messages} messages and {report.charges} charges in {report.seconds:.1f} s, {found}")
    return 1 if report.findings else 0


def _write_metrics(report: Report, path: str) -> None:
    """The same gauges as the services' own, replaced as a whole."""
    registry, now = CollectorRegistry(), datetime.now(UTC).timestamp()
    for gauge, value in ((audit.findings, len(report.findings)), (audit.last_run, now)):
        [known] = gauge.collect()
        Gauge(known.name, known.documentation, ["service"], registry=registry).labels(PLATFORM).set(value)
    write_to_textfile(path, registry)
