"""The queries of assignments; nothing here commits. The newest line of a subject counts, the older ones are history."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from services.tariffs.models import assignments, tariffs
from services.tariffs.repository import PAGE_ROWS

MOST_HISTORY_LINES = 200

_USES = sa.text(
    "SELECT tariff_id, count(*) FILTER (WHERE subject_id <> '') AS subjects, bool_or(subject_id = '') AS is_default "
    "FROM (SELECT DISTINCT ON (subject_id) subject_id, tariff_id FROM assignments WHERE owner = :owner "
    "ORDER BY subject_id, revision DESC) AS newest WHERE tariff_id IS NOT NULL GROUP BY tariff_id"
)


def put_assignment(
    connection: Connection,
    owner: str,
    subject_id: str,
    tariff_id: UUID | None,
    *,
    now: datetime,
    author: str,
    revision: int,
) -> None:
    row = {
        "owner": owner,
        "subject_id": subject_id,
        "tariff_id": tariff_id,
        "assigned_at": now,
        "assigned_by": author,
        "revision": revision,
    }
    connection.execute(sa.insert(assignments), row)


def own_tariff(connection: Connection, owner: str, subject_id: str) -> UUID | None:
    """The tariff of the subject's own; None where there is none, or none any more."""
    table = assignments.c
    newest = sa.select(table.tariff_id).where(table.owner == owner, table.subject_id == subject_id)
    return connection.scalar(newest.order_by(table.revision.desc()).limit(1))


def uses(connection: Connection, owner: str) -> dict[UUID, tuple[int, bool]]:
    """(how many subjects, whether it is the default) of each of the owner's tariffs that is in use."""
    found = connection.execute(_USES, {"owner": owner})
    return {row.tariff_id: (row.subjects, row.is_default) for row in found}


def assignments_since(connection: Connection, revision: int) -> Iterator[Any]:
    """(owner, subject_id, tariff_id), oldest first, so that the newest of a subject comes last.

    Fetched in pages, so that other greenlets run in between.
    """
    table = assignments.c
    chosen = sa.select(table.owner, table.subject_id, table.tariff_id).where(table.revision > revision)
    yield from connection.execute(chosen.order_by(table.revision).execution_options(yield_per=PAGE_ROWS))


def history(connection: Connection, owner: str, subject_id: str) -> list[Any]:
    """(tariff_id, name, assigned_at, assigned_by), newest first; deleted tariffs keep their names here."""
    table = assignments.c
    chosen = (
        sa.select(table.tariff_id, tariffs.c.name, table.assigned_at, table.assigned_by)
        .select_from(assignments.outerjoin(tariffs, tariffs.c.id == table.tariff_id))
        .where(table.owner == owner, table.subject_id == subject_id)
    )
    return list(connection.execute(chosen.order_by(table.revision.desc()).limit(MOST_HISTORY_LINES)))
