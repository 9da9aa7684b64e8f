"""`golub import-numbering-plan FILE`: the ministry's open-data file takes the place of the plan in tariffs."""

import sys
from pathlib import Path

from contracts.errors import Malformed, Unavailable
from golub.audit.databases import service_urls
from golub.local.errors import LocalServerError
from kit.clock import SystemClock
from kit.database import Transactions, dispose_engine, engine_for
from kit.settings import Settings
from services.tariffs.importing import ImportReport, import_plan

_SHOWN = 10


def run(settings: Settings, file: str) -> int:
    """Import the whole file or nothing: 0 with a summary, or 1 with a sentence per broken line."""
    try:
        with service_urls(settings) as urls:
            report = _import(urls["tariffs"], Path(file))
    except Malformed as error:
        sys.stderr.write("Nothing was imported.\n")
        for one in error.data.get("errors", ()):
            sys.stderr.write(f"{file}, {one['detail']}\n")
        return 1
    except (LocalServerError, Unavailable) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{file} can't be read: {error.strerror}.\n")
        return 1
    _tell(report)
    return 0


def _import(url: str, path: Path) -> ImportReport:
    with path.open("rb") as lines:
        try:
            with Transactions(engine_for(url, pool_size=1)).begin() as connection:
                return import_plan(connection, lines, source=path.name, now=SystemClock().now())
        finally:
            dispose_engine(url)


def _tell(report: ImportReport) -> None:
    print(f"{report.ranges} ranges of {report.operators} operators in {report.regions} regions from {report.source}.")
    for what, unknown in (
        ("operators have no MNC here and are priced as the country", sorted(report.unknown_operators.values())),
        ("regions have no time zone here", sorted(report.unknown_regions)),
    ):
        if unknown:
            more = f" and {len(unknown) - _SHOWN} more" if len(unknown) > _SHOWN else ""
            print(f"{len(unknown)} {what}: {', '.join(unknown[:_SHOWN])}{more}")
