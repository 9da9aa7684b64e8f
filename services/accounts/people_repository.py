"""Managers. Whatever belongs to a partner is asked for by (partner_id, …)."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from services.accounts.models import advertisers, sessions, users
from services.accounts.models_people import cabinet_visits, factors, managers
from services.accounts.repository import is_id

_HAS_FACTOR = sa.exists().where(factors.c.user_id == users.c.id, factors.c.confirmed_at.is_not(None))
_COLUMNS = (
    *(column for column in managers.c if column.name not in {"user_id", "partner_id"}),
    users.c.id,
    users.c.partner_id,
    users.c.login,
    users.c.display_name.label("name"),
    users.c.rights,
    users.c.state,
    users.c.created_at,
    users.c.last_sign_in_at,
    _HAS_FACTOR.label("second_factor"),
)
_MANAGERS = managers.join(users, users.c.id == managers.c.user_id)


def managers_of(connection: Connection, partner_id: str, most: int) -> list[Row]:
    if not is_id(partner_id):
        return []
    query = sa.select(*_COLUMNS).select_from(_MANAGERS).where(managers.c.partner_id == partner_id)
    return list(connection.execute(query.order_by(users.c.display_name, users.c.id).limit(most)))


def manager(connection: Connection, partner_id: str, manager_id: str, *, lock: bool = False) -> Row | None:
    if not is_id(partner_id) or not is_id(manager_id):
        return None
    query = sa.select(*_COLUMNS).select_from(_MANAGERS)
    query = query.where(managers.c.partner_id == partner_id, managers.c.user_id == manager_id)
    return connection.execute(query.with_for_update(of=managers) if lock else query).one_or_none()


def actor(connection: Connection, partner_id: str, actor_id: str) -> Row | None:
    """`role`, `login` and `rights` of somebody of this partner's panel who may act."""
    if not is_id(partner_id) or not is_id(actor_id):
        return None
    query = sa.select(users.c.id, users.c.role, users.c.login, users.c.rights).where(
        users.c.partner_id == partner_id,
        users.c.id == actor_id,
        users.c.role.in_(("partner", "manager")),
        users.c.state == "active",
    )
    return connection.execute(query).one_or_none()


def count(connection: Connection, partner_id: str) -> int:
    query = sa.select(sa.func.count()).select_from(managers).where(managers.c.partner_id == partner_id)
    return connection.execute(query).scalar_one()


def first_zone(connection: Connection, partner_id: str) -> str | None:
    """The zone that the partner was created with; its row is locked, so that bounds on its people are exact."""
    query = sa.select(users.c.zone).where(users.c.partner_id == partner_id, users.c.role == "partner")
    return connection.execute(query.order_by(users.c.created_at, users.c.id).limit(1).with_for_update()).scalar()


def add(connection: Connection, values: dict[str, Any]) -> None:
    connection.execute(managers.insert().values(values))


def save(
    connection: Connection, partner_id: str, manager_id: str, user: dict[str, Any], profile: dict[str, Any]
) -> None:
    own = sa.and_(users.c.partner_id == partner_id, users.c.id == manager_id)
    if user:
        connection.execute(users.update().where(own).values(user))
    mine = sa.and_(managers.c.partner_id == partner_id, managers.c.user_id == manager_id)
    connection.execute(managers.update().where(mine).values({**profile, "version": managers.c.version + 1}))


def login_is_free(connection: Connection, partner_id: str, login_key: str, besides: str) -> bool:
    query = sa.select(users.c.id).where(users.c.partner_id == partner_id, users.c.login_key == login_key)
    return connection.execute(query.where(users.c.id != besides)).first() is None


def is_referred_to(connection: Connection, partner_id: str, manager_id: str) -> bool:
    """Whether advertisers or visits in their cabinets name this manager."""
    theirs = sa.exists().where(advertisers.c.partner_id == partner_id, advertisers.c.manager_id == manager_id)
    visited = sa.exists().where(cabinet_visits.c.partner_id == partner_id, cabinet_visits.c.actor_id == manager_id)
    return bool(connection.execute(sa.select(sa.or_(theirs, visited))).scalar())


def delete(connection: Connection, partner_id: str, manager_id: str) -> None:
    connection.execute(sessions.delete().where(sessions.c.user_id == manager_id))
    connection.execute(factors.delete().where(factors.c.user_id == manager_id))
    mine = sa.and_(managers.c.partner_id == partner_id, managers.c.user_id == manager_id)
    connection.execute(managers.delete().where(mine))
    connection.execute(users.delete().where(users.c.partner_id == partner_id, users.c.id == manager_id))


def card(connection: Connection, partner_id: str, advertiser_id: str) -> Row | None:
    """Of the advertiser's manager, unless that one is blocked."""
    if not is_id(partner_id) or not is_id(advertiser_id):
        return None
    names = ("phone", "email", "working_days", "working_hours", "photo")
    query = (
        sa.select(users.c.display_name.label("name"), *(managers.c[name] for name in names))
        .select_from(
            advertisers.join(managers, managers.c.user_id == advertisers.c.manager_id).join(
                users, users.c.id == managers.c.user_id
            )
        )
        .where(
            advertisers.c.partner_id == partner_id,
            advertisers.c.id == advertiser_id,
            managers.c.partner_id == partner_id,
            users.c.state == "active",
        )
    )
    return connection.execute(query).one_or_none()


def end_sessions(connection: Connection, user_id: str, now: datetime, but: bytes | None = None) -> int:
    """End every session of a user, besides one; how many."""
    live = [sessions.c.user_id == user_id, sessions.c.ended_at.is_(None), sessions.c.expires_at > now]
    if but is not None:
        live.append(sessions.c.token_hash != but)
    return connection.execute(sessions.update().where(*live).values(ended_at=now)).rowcount
