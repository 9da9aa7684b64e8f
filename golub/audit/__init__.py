"""`golub audit`: proves that ledger, messages and statistics agree. It only reads."""

import sys

from sqlalchemy.exc import OperationalError

from golub.audit.checks import Report, examine
from golub.audit.databases import service_urls
from golub.local.errors import LocalServerError
from kit.settings import Settings

__all__ = ["Report", "examine", "run"]


def run(settings: Settings) -> int:
    """Print a line per finding and a summary; 0 when all agrees, 1 when anything was found or can't be read."""
    try:
        with service_urls(settings) as urls:
            report = examine(urls)
    except LocalServerError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OperationalError as error:
        sys.stderr.write(f"A database does not answer: {str(error.orig).strip()}\n")
        return 1
    for finding in report.findings:
        print(f"{finding.check} {finding.subject}: {finding.detail}")
    for note in report.notes:
        print(f"note: {note}")
    found = f"{len(report.findings)} findings" if report.findings else "nothing found"
    print(f"audit: {report.messages} messages and {report.charges} charges in {report.seconds:.1f} s, {found}")
    return 1 if report.findings else 0
