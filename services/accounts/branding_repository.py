"""Settings of partners' looks and marks of contracts. Everything is found by (partner_id, …)."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row
from sqlalchemy.dialects.postgresql import insert

from services.accounts.models import partners
from services.accounts.models_branding import branding, contract_marks
from services.accounts.repository import is_id


def partner(connection: Connection, partner_id: str, *, to_change: bool = False) -> Row | None:
    """Its name and colours; with `to_change` whoever else changes them waits."""
    if not is_id(partner_id):
        return None
    columns = (partners.c.id, partners.c.name, partners.c.accent_colour, partners.c.pressed_colour)
    query = sa.select(*columns).where(partners.c.id == partner_id)
    return connection.execute(query.with_for_update() if to_change else query).one_or_none()


def settings(connection: Connection, partner_id: str) -> Row | None:
    return connection.execute(sa.select(branding).where(branding.c.partner_id == partner_id)).one_or_none()


def save(connection: Connection, partner_id: str, looks: dict[str, Any], values: dict[str, Any]) -> None:
    """`looks` are columns of the partner, `values` those of its settings."""
    connection.execute(partners.update().where(partners.c.id == partner_id).values(looks))
    statement = insert(branding).values(values | {"partner_id": partner_id})
    connection.execute(statement.on_conflict_do_update(index_elements=[branding.c.partner_id], set_=values))


def mark(connection: Connection, partner_id: str, advertiser_id: str) -> Row | None:
    query = sa.select(contract_marks).where(
        contract_marks.c.partner_id == partner_id, contract_marks.c.advertiser_id == advertiser_id
    )
    return connection.execute(query).one_or_none()


def put_mark(connection: Connection, values: dict[str, Any]) -> None:
    keys = [contract_marks.c.partner_id, contract_marks.c.advertiser_id]
    statement = insert(contract_marks).values(values)
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=values))
