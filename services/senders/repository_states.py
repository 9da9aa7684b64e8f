"""Queries on names at operators, and on what partners set. Whatever people ask for is asked by (partner_id, …)."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row
from sqlalchemy.dialects.postgresql import insert

from services.senders.models import names
from services.senders.models_texts import partner_settings, registrations

MOST_REGISTRATIONS = 100
MOST_OF_ADVERTISER = 1_000


def lock_name(connection: Connection, partner_id: str, name_id: str) -> Row | None:
    """The name; changes of its states come one after another."""
    query = sa.select(names).where(names.c.partner_id == partner_id, names.c.id == name_id)
    return connection.execute(query.with_for_update()).one_or_none()


def of_name(connection: Connection, name_id: str) -> list[Row]:
    query = sa.select(registrations).where(registrations.c.name_id == name_id)
    return list(connection.execute(query.order_by(registrations.c.mcc, registrations.c.mnc)))


def of_advertiser(connection: Connection, partner_id: str, advertiser_id: str) -> list[Row]:
    joined = registrations.join(names, names.c.id == registrations.c.name_id)
    own = names.c.partner_id == partner_id, names.c.advertiser_id == advertiser_id
    query = sa.select(registrations).select_from(joined).where(*own)
    query = query.order_by(registrations.c.name_id, registrations.c.mcc, registrations.c.mnc)
    return list(connection.execute(query.limit(MOST_OF_ADVERTISER)))


def put(connection: Connection, values: dict[str, Any]) -> Row:
    added = insert(registrations).values(values)
    changed = added.on_conflict_do_update(index_elements=["id"], set_=values)
    return connection.execute(changed.returning(registrations)).one()


def drop(connection: Connection, partner_id: str, name_id: str, registration_id: str) -> Row | None:
    own = registrations.c.partner_id == partner_id, registrations.c.name_id == name_id
    gone = registrations.delete().where(*own, registrations.c.id == registration_id)
    return connection.execute(gone.returning(registrations)).one_or_none()


def settings(connection: Connection, partner_id: str, *, lock: bool = False) -> Row | None:
    query = sa.select(partner_settings).where(partner_settings.c.partner_id == partner_id)
    return connection.execute(query.with_for_update() if lock else query).one_or_none()


def put_settings(connection: Connection, values: dict[str, Any]) -> Row | None:
    """None where somebody else was the first to set anything."""
    if values["version"] == 1:
        added = insert(partner_settings).values(values).on_conflict_do_nothing()
        return connection.execute(added.returning(partner_settings)).one_or_none()
    own = partner_settings.c.partner_id == values["partner_id"], partner_settings.c.version == values["version"] - 1
    changed = partner_settings.update().where(*own).values(values)
    return connection.execute(changed.returning(partner_settings)).one_or_none()
