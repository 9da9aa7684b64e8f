"""`golub import-numbering-plan FILE`: the ministry's open-data file takes the place of the plan in tariffs.

`golub numbering import-ported FILE`: numbers that another operator serves than the one of their range.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

from psycopg2 import extensions
from sqlalchemy import Connection

from contracts.errors import GolubError, Malformed
from contracts.tariffs_ported import PortedReport
from golub.audit.databases import service_urls
from golub.local.errors import LocalServerError
from kit.clock import SystemClock
from kit.database import Transactions, dispose_engine, engine_for
from kit.lines import LineTooLongError, line_blocks
from kit.settings import Settings
from services.tariffs.importing import ImportReport, import_plan
from services.tariffs.porting import import_blocks

_SHOWN = 10
R = TypeVar("R")


#: What of a file of ported numbers is in memory at once.
BLOCK_BYTES = 1024 * 1024
AUTHOR = "golub numbering"


def run(settings: Settings, file: str) -> int:
    """Import the whole file or nothing: 0 with a summary, or 1 with a sentence per broken line."""
    return _run(settings, file, _plan, _tell)


def run_ported(settings: Settings, file: str, *, replaces: bool, dry_run: bool) -> int:
    """The same for ported numbers: in place of the list, or added to it; with `dry_run` only tell what that would do."""
    with _without_greenlets():
        work = partial(_ported, replaces=replaces, dry_run=dry_run)
        return _run(settings, file, work, partial(_tell_ported, dry_run=dry_run))


def _run(settings: Settings, file: str, work: Callable[[Connection, Path], R], tell: Callable[[R], None]) -> int:
    try:
        with service_urls(settings) as urls:
            report = _import(urls["tariffs"], Path(file), work)
    except Malformed as error:
        sys.stderr.write("Nothing was imported.\n")
        for one in error.data.get("errors", ()):
            sys.stderr.write(f"{file}, {one['detail']}\n")
        return 1
    except LineTooLongError:
        sys.stderr.write(f"Nothing was imported.\n{file} is no text file of lines.\n")
        return 1
    except (LocalServerError, GolubError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{file} can't be read: {error.strerror}.\n")
        return 1
    tell(report)
    return 0


def _import(url: str, path: Path, work: Callable[[Connection, Path], R]) -> R:
    try:
        with Transactions(engine_for(url, pool_size=1)).begin() as connection:
            return work(connection, path)
    finally:
        dispose_engine(url)


def _plan(connection: Connection, path: Path) -> ImportReport:
    with path.open("rb") as lines:
        return import_plan(connection, lines, source=path.name, now=SystemClock().now())


def _ported(connection: Connection, path: Path, *, replaces: bool, dry_run: bool) -> PortedReport:
    now = SystemClock().now()
    with path.open("rb") as file:
        blocks = line_blocks(file.read, BLOCK_BYTES)
        return import_blocks(
            connection, blocks, source=path.name, replaces=replaces, author=AUTHOR, now=now, dry_run=dry_run
        )


@contextmanager
def _without_greenlets() -> Iterator[None]:
    """psycopg2 can't COPY while it waits for other greenlets; this process has nothing else to do."""
    waits = extensions.get_wait_callback()
    extensions.set_wait_callback(None)
    try:
        yield
    finally:
        extensions.set_wait_callback(waits)


def _tell_ported(report: PortedReport, *, dry_run: bool) -> None:
    if dry_run:
        print("Nothing was imported: this is what the import would do.")
    print(
        f"{report.numbers:,} numbers in {report.lines:,} lines of {report.source}, {report.repeated:,} of them repeated."
    )
    print(
        f"{report.added:,} added, {report.changed:,} changed, {report.removed:,} removed: {report.total:,} ported numbers."
    )


def _tell(report: ImportReport) -> None:
    print(f"{report.ranges} ranges of {report.operators} operators in {report.regions} regions from {report.source}.")
    for what, unknown in (
        ("operators have no MNC here and are priced as the country", sorted(report.unknown_operators.values())),
        ("regions have no time zone here", sorted(report.unknown_regions)),
    ):
        if unknown:
            more = f" and {len(unknown) - _SHOWN} more" if len(unknown) > _SHOWN else ""
            print(f"{len(unknown)} {what}: {', '.join(unknown[:_SHOWN])}{more}")
