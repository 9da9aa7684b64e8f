"""The zones that partners offer."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row
from sqlalchemy.dialects.postgresql import insert

from services.accounts.models_recovery import partner_zones


def zones_of(connection: Connection, partner_id: str) -> Row | None:
    return connection.execute(sa.select(partner_zones).where(partner_zones.c.partner_id == partner_id)).one_or_none()


def put(connection: Connection, partner_id: str, values: dict[str, Any], version: int) -> bool:
    """Write the next version of the row that was read (0: none); False where it is another one by now."""
    row = values | {"partner_id": partner_id, "version": version + 1}
    if not version:
        return bool(connection.execute(insert(partner_zones).values(row).on_conflict_do_nothing()).rowcount)
    same = (partner_zones.c.partner_id == partner_id, partner_zones.c.version == version)
    return bool(connection.execute(partner_zones.update().where(*same).values(row)).rowcount)
