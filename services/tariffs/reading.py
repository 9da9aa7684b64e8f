"""Tariffs as people read them: with the rows of one version and everything that is told beside them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from contracts.errors import NotFound
from contracts.tariffs import Assignment, Tariff
from kit.clock import to_rfc3339
from services.tariffs import assignment_repository, tariff_repository
from services.tariffs.quote import EVERYBODY_ELSE
from services.tariffs.versions import Version, shown_version

#: Of a tariff that was changed more often, the newest are told.
MOST_VERSIONS_TOLD = 1_000


def tariff(connection: Connection, owner: str, tariff_id: UUID, now: datetime, start: datetime | None = None) -> Tariff:
    """One tariff of the owner's, in the version in force or in the one that starts at `start`; `NotFound`."""
    found = _read(connection, owner, now, tariff_id, start)
    if not found:
        raise NotFound("There is no such tariff.")
    return found[0]


def tariffs(connection: Connection, owner: str, now: datetime) -> list[Tariff]:
    """All of the owner's, by name, with the rows in force."""
    return _read(connection, owner, now)


def assigned_tariff(connection: Connection, owner: str, subject_id: str) -> UUID | None:
    """The subject's own, else the owner's default."""
    own = assignment_repository.own_tariff(connection, owner, subject_id)
    return own or assignment_repository.own_tariff(connection, owner, EVERYBODY_ELSE)


def history(connection: Connection, owner: str, subject_id: str) -> list[Assignment]:
    return [
        Assignment(
            tariff_id="" if line.tariff_id is None else str(line.tariff_id),
            tariff_name=line.name or "",
            assigned_at=to_rfc3339(line.assigned_at),
            assigned_by=line.assigned_by,
        )
        for line in assignment_repository.history(connection, owner, subject_id)
    ]


def _read(
    connection: Connection,
    owner: str,
    now: datetime,
    tariff_id: UUID | None = None,
    start: datetime | None = None,
) -> list[Tariff]:
    found = tariff_repository.tariffs_of(connection, owner, tariff_id=tariff_id)
    versions = tariff_repository.versions_of(connection, [one.id for one in found])
    shown = {one.id: _shown(versions[one.id], now, start).valid_from for one in found}
    rows = tariff_repository.rows_of(connection, shown.items())
    uses = assignment_repository.uses(connection, owner)
    tariffs = []
    for one in found:
        subjects, is_default = uses.get(one.id, (0, False))
        tariffs.append(
            Tariff(
                id=str(one.id),
                owner=one.owner,
                name=one.name,
                rows=rows[one.id, shown[one.id]],
                created_at=to_rfc3339(one.created_at),
                valid_from=to_rfc3339(shown[one.id]),
                versions=[to_rfc3339(known.valid_from) for known in versions[one.id][-MOST_VERSIONS_TOLD:]],
                is_default=is_default,
                subjects=subjects,
                revision=one.revision,
            )
        )
    return tariffs


def _shown(versions: list[Version], now: datetime, start: datetime | None) -> Version:
    if start is None:
        return shown_version(versions, now)
    for one in versions:
        if one.valid_from == start:
            return one
    raise NotFound("The tariff has no version that starts then.")
