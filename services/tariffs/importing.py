"""Importing a numbering plan: the whole file takes the place of the old plan at once, or nothing changes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from kit.ids import uuid7
from services.tariffs import open_data, repository
from services.tariffs.repository import NUMBERING


@dataclass(slots=True, frozen=True)
class ImportReport:
    """What was imported. Operators (INN -> name) without an MNC of ours are priced as the country; see the README."""

    source: str
    ranges: int
    operators: int
    regions: int
    unknown_operators: dict[str, str]
    unknown_regions: set[str]


def import_plan(connection: Connection, lines: Iterable[str | bytes], *, source: str, now: datetime) -> ImportReport:
    """Replace the plan in this transaction by a file of the ministry's format; `source` is kept with the date.

    `Malformed` names the broken lines. Running processes quote by the new plan from the commit on.
    """
    plan = open_data.parse(lines)
    repository.raise_revision(connection, NUMBERING)
    repository.replace_plan(connection, uuid7(now), source, now, plan.ranges)
    return ImportReport(
        source=source,
        ranges=len(plan.ranges),
        operators=len({one.place.direction for one in plan.ranges}),
        regions=len({one.place.region for one in plan.ranges}),
        unknown_operators=plan.unknown_operators,
        unknown_regions=plan.unknown_regions,
    )
