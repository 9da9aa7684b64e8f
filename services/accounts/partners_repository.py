"""Partners as the operator registers, changes and blocks them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from services.accounts.models import api_keys, partners, sessions, smpp_credentials, users
from services.accounts.repository import is_id


def card(connection: Connection, partner_id: str, *, lock: bool = False) -> Row | None:
    """The partner's columns with `user_id`, `login` and `zone` of its first user."""
    if not is_id(partner_id):
        return None
    if lock:
        connection.execute(sa.select(partners.c.id).where(partners.c.id == partner_id).with_for_update())
    query = (
        sa.select(partners, users.c.id.label("user_id"), users.c.login, users.c.zone)
        .select_from(partners.outerjoin(users, sa.and_(users.c.partner_id == partners.c.id, users.c.role == "partner")))
        .where(partners.c.id == partner_id)
    )
    return connection.execute(query.order_by(users.c.created_at, users.c.id).limit(1)).one_or_none()


def change(connection: Connection, row: Row, values: dict[str, Any]) -> None:
    """Of a locked one."""
    grown = values | {"version": row.version + 1}
    connection.execute(partners.update().where(partners.c.id == row.id).values(grown))


def set_zone(connection: Connection, user_id: str, zone: str) -> None:
    connection.execute(users.update().where(users.c.id == user_id).values(zone=zone))


def end_sessions(connection: Connection, partner_id: str, now: datetime) -> None:
    """Of all people of the partner and of its advertisers."""
    live = sa.and_(sessions.c.partner_id == partner_id, sessions.c.ended_at.is_(None))
    connection.execute(sessions.update().where(live).values(ended_at=now))


def with_programs(connection: Connection, partner_id: str) -> Sequence[str]:
    """The advertisers whose programs have keys or SMPP logins."""
    of_keys = sa.select(api_keys.c.advertiser_id).where(api_keys.c.partner_id == partner_id)
    of_smpp = sa.select(smpp_credentials.c.advertiser_id).where(smpp_credentials.c.partner_id == partner_id)
    return connection.execute(sa.union(of_keys, of_smpp)).scalars().all()
