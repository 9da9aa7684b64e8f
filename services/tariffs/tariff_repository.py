"""The queries of tariffs, their versions and rows; nothing here commits.

Ids are those that `tariffs_of` gave for the owner: nothing is read or written by an id that a caller sent.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from contracts.tariffs import TariffRow
from services.tariffs.models import tariff_rows, tariff_versions, tariffs
from services.tariffs.versions import Version

VersionKey = tuple[UUID, datetime]

_ROWS_OF = sa.text(
    "SELECT tariff_id, valid_from, mcc, mnc, sms_type, by_delivered, price, from_nth "
    "FROM unnest(CAST(:ids AS uuid[]), CAST(:starts AS timestamptz[])) AS wanted (tariff_id, valid_from) "
    "JOIN tariff_rows USING (tariff_id, valid_from) ORDER BY tariff_id, valid_from, mcc, mnc, sms_type, from_nth"
)
_INSERT_ROWS = sa.text(
    "INSERT INTO tariff_rows (tariff_id, valid_from, mcc, mnc, sms_type, by_delivered, price, from_nth) "
    "SELECT :tariff_id, :valid_from, * FROM unnest(CAST(:mccs AS text[]), CAST(:mncs AS text[]), "
    "CAST(:sms_types AS text[]), CAST(:by_delivered AS boolean[]), CAST(:prices AS bigint[]), CAST(:starts AS bigint[]))"
)


def tariffs_of(connection: Connection, owner: str, tariff_id: UUID | None = None, name: str | None = None) -> list[Any]:
    """(id, owner, name, created_at, revision) of what is not deleted, by name; of one tariff where it is named."""
    chosen = sa.select(tariffs).where(tariffs.c.owner == owner, tariffs.c.deleted_at.is_(None))
    if tariff_id is not None:
        chosen = chosen.where(tariffs.c.id == tariff_id)
    if name is not None:
        chosen = chosen.where(tariffs.c.name == name)
    return list(connection.execute(chosen.order_by(tariffs.c.name)))


def count_tariffs(connection: Connection, owner: str) -> int:
    alive = sa.select(sa.func.count()).where(tariffs.c.owner == owner, tariffs.c.deleted_at.is_(None))
    return connection.execute(alive).scalar_one()


def add_tariff(connection: Connection, tariff_id: UUID, owner: str, name: str, now: datetime, revision: int) -> None:
    row = {"id": tariff_id, "owner": owner, "name": name, "created_at": now, "revision": revision}
    connection.execute(sa.insert(tariffs), row)


def change_tariff(connection: Connection, tariff_id: UUID, owner: str, revision: int, **values: Any) -> None:
    """Set columns, and make every process read the tariff anew."""
    chosen = sa.update(tariffs).where(tariffs.c.id == tariff_id, tariffs.c.owner == owner)
    connection.execute(chosen.values(revision=revision, **values))


def changed_since(connection: Connection, revision: int) -> tuple[list[UUID], list[UUID]]:
    """(tariffs to read anew, tariffs that were deleted)."""
    chosen = sa.select(tariffs.c.id, tariffs.c.deleted_at).where(tariffs.c.revision > revision)
    found = list(connection.execute(chosen))
    return [one.id for one in found if one.deleted_at is None], [one.id for one in found if one.deleted_at is not None]


def versions_of(connection: Connection, tariff_ids: Sequence[UUID]) -> dict[UUID, list[Version]]:
    """The versions of each tariff, oldest first."""
    found: dict[UUID, list[Version]] = {one: [] for one in tariff_ids}
    table = tariff_versions.c
    chosen = sa.select(tariff_versions).where(table.tariff_id.in_(tariff_ids))
    for row in connection.execute(chosen.order_by(table.tariff_id, table.valid_from)):
        found[row.tariff_id].append(Version(row.valid_from, row.written_at))
    return found


def rows_of(connection: Connection, wanted: Iterable[VersionKey]) -> dict[VersionKey, list[TariffRow]]:
    """The rows of each version, in order of direction, type and start."""
    found: dict[VersionKey, list[TariffRow]] = {key: [] for key in wanted}
    parameters = {"ids": [str(key[0]) for key in found], "starts": [key[1] for key in found]}
    for row in connection.execute(_ROWS_OF, parameters):
        found[row.tariff_id, row.valid_from].append(
            TariffRow(
                mcc=row.mcc,
                mnc=row.mnc,
                sms_type=row.sms_type,
                by_delivered=row.by_delivered,
                price=row.price,
                from_nth=row.from_nth,
            )
        )
    return found


def put_version(connection: Connection, tariff_id: UUID, version: Version, rows: Sequence[TariffRow]) -> None:
    """Make the version, or put these rows in place of those it had."""
    key = {"tariff_id": tariff_id, "valid_from": version.valid_from}
    add = insert(tariff_versions).values(**key, written_at=version.written_at)
    put = add.on_conflict_do_update(index_elements=["tariff_id", "valid_from"], set_={"written_at": version.written_at})
    connection.execute(put)
    table = tariff_rows.c
    connection.execute(
        sa.delete(tariff_rows).where(table.tariff_id == tariff_id, table.valid_from == version.valid_from)
    )
    columns = {
        "mccs": [row.mcc for row in rows],
        "mncs": [row.mnc for row in rows],
        "sms_types": [row.sms_type for row in rows],
        "by_delivered": [row.by_delivered for row in rows],
        "prices": [row.price for row in rows],
        "starts": [row.from_nth for row in rows],
    }
    connection.execute(_INSERT_ROWS, {**key, **columns})


def drop_version(connection: Connection, tariff_id: UUID, valid_from: datetime) -> None:
    """The rows go with it."""
    table = tariff_versions.c
    chosen = sa.delete(tariff_versions).where(table.tariff_id == tariff_id, table.valid_from == valid_from)
    connection.execute(chosen)
