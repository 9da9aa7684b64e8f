"""Every query of tariffs; nothing here commits.

Whoever changes prices or the plan raises the revision first: the row lock makes changes commit in the order of their
revisions, so "newer than the one I have" misses nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from services.tariffs.models import assignments, numbering_plans, numbering_ranges, revisions, tariff_rows, tariffs
from services.tariffs.numbering import NumberRange, Place

NUMBERING = "numbering"
PRICES = "prices"
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


def put_tariff(connection: Connection, tariff_id: UUID, owner: str, name: str, now: datetime, revision: int) -> UUID:
    """The id of the owner's tariff of that name, made if there was none."""
    new = {"id": tariff_id, "owner": owner, "name": name, "created_at": now, "revision": revision}
    add = insert(tariffs).values(new)
    put = add.on_conflict_do_update(index_elements=["owner", "name"], set_={"revision": revision})
    return connection.execute(put.returning(tariffs.c.id)).scalar_one()


def replace_rows(connection: Connection, tariff_id: UUID, rows: Sequence[dict[str, Any]]) -> None:
    connection.execute(sa.delete(tariff_rows).where(tariff_rows.c.tariff_id == tariff_id))
    if rows:
        connection.execute(sa.insert(tariff_rows), [{"tariff_id": tariff_id, **row} for row in rows])


def tariffs_of(connection: Connection, owner: str, tariff_id: UUID | None = None) -> list[Any]:
    """(id, owner, name, created_at, revision) by name; of one tariff where an id is given."""
    chosen = sa.select(tariffs).where(tariffs.c.owner == owner).order_by(tariffs.c.name)
    if tariff_id is not None:
        chosen = chosen.where(tariffs.c.id == tariff_id)
    return list(connection.execute(chosen))


def rows_of(connection: Connection, tariff_ids: Sequence[UUID]) -> list[Any]:
    """(tariff_id, mcc, mnc, sms_type, by_delivered, price), in order of direction and type."""
    table = tariff_rows.c
    chosen = sa.select(tariff_rows).where(table.tariff_id.in_(tariff_ids))
    return list(connection.execute(chosen.order_by(table.tariff_id, table.mcc, table.mnc, table.sms_type)))


def tariffs_since(connection: Connection, revision: int) -> list[UUID]:
    return list(connection.scalars(sa.select(tariffs.c.id).where(tariffs.c.revision > revision)))


def assignments_since(connection: Connection, revision: int) -> list[Any]:
    """(owner, subject_id, tariff_id), oldest first, so that the newest of a subject comes last."""
    table = assignments.c
    chosen = sa.select(table.owner, table.subject_id, table.tariff_id).where(table.revision > revision)
    return list(connection.execute(chosen.order_by(table.revision)))


def put_assignment(
    connection: Connection, owner: str, subject_id: str, tariff_id: UUID, now: datetime, revision: int
) -> None:
    row = {"owner": owner, "subject_id": subject_id, "tariff_id": tariff_id, "assigned_at": now, "revision": revision}
    connection.execute(sa.insert(assignments), row)


def assigned_tariff(connection: Connection, owner: str, subject_id: str) -> UUID | None:
    table = assignments.c
    newest = sa.select(table.tariff_id).where(table.owner == owner, table.subject_id == subject_id)
    return connection.scalar(newest.order_by(table.revision.desc()).limit(1))
