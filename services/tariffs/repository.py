"""The queries of revisions and of the numbering plan; nothing here commits. Tariffs: `tariff_repository.py`.

Whoever changes prices or the plan raises the revision first: the row lock makes changes commit in the order of their
revisions, so "newer than the one I have" misses nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from services.tariffs.models import numbering_plans, numbering_ranges, revisions
from services.tariffs.numbering import NumberRange, Place

NUMBERING = "numbering"
PRICES = "prices"
PORTED = "ported"
PAGE_ROWS = 2_000

_REVISIONS = sa.text("SELECT kind, value FROM revisions")
_INSERT_RANGES = sa.text(
    "INSERT INTO numbering_ranges (plan_id, range_from, range_to, mcc, mnc, direction, region, zone) "
    "SELECT :plan_id, * FROM unnest(CAST(:firsts AS bigint[]), CAST(:lasts AS bigint[]), CAST(:mccs AS text[]), "
    "CAST(:mncs AS text[]), CAST(:directions AS text[]), CAST(:regions AS text[]), CAST(:zones AS text[]))"
)


def read_revisions(connection: Connection) -> dict[str, int]:
    return {row.kind: row.value for row in connection.execute(_REVISIONS)}


def one_snapshot(connection: Connection) -> None:
    """All later statements of this transaction see the same moment; must come first."""
    connection.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))


def raise_revision(connection: Connection, kind: str) -> int:
    """The new revision; whoever else wants one waits until this transaction ends."""
    raised = sa.update(revisions).where(revisions.c.kind == kind).values(value=revisions.c.value + 1)
    return connection.execute(raised.returning(revisions.c.value)).scalar_one()


def replace_plan(
    connection: Connection, plan_id: UUID, source: str, now: datetime, ranges: Sequence[NumberRange]
) -> None:
    """Put these ranges in place of all others, in this transaction."""
    connection.execute(sa.delete(numbering_ranges))
    header = {"id": plan_id, "source": source, "imported_at": now, "ranges": len(ranges)}
    connection.execute(sa.insert(numbering_plans), header)
    connection.execute(
        _INSERT_RANGES,
        {
            "plan_id": plan_id,
            "firsts": [one.first for one in ranges],
            "lasts": [one.last for one in ranges],
            "mccs": [one.place.mcc for one in ranges],
            "mncs": [one.place.mnc for one in ranges],
            "directions": [one.place.direction for one in ranges],
            "regions": [one.place.region for one in ranges],
            "zones": [one.place.zone for one in ranges],
        },
    )


def plan_in_force(connection: Connection) -> Any | None:
    """(id, source, imported_at, ranges) of the plan in force; None while none was imported."""
    in_force = sa.select(numbering_ranges.c.plan_id).limit(1).scalar_subquery()
    return connection.execute(sa.select(numbering_plans).where(numbering_plans.c.id == in_force)).first()


def plan_ranges(connection: Connection) -> list[NumberRange]:
    """All ranges in order, fetched in pages so that other greenlets run in between."""
    table = numbering_ranges.c
    columns = (table.range_from, table.range_to, table.mcc, table.mnc, table.direction, table.region, table.zone)
    ordered = sa.select(*columns).order_by(table.range_from).execution_options(yield_per=PAGE_ROWS)
    places: dict[tuple[str, ...], Place] = {}
    found = []
    for first, last, *facts in connection.execute(ordered):
        key = tuple(facts)
        place = places.get(key) or places.setdefault(key, Place(*key))
        found.append(NumberRange(first, last, place))
    return found
