"""Advertisers of a partner. Whatever is asked for by people is asked for by (partner_id, …)."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row
from sqlalchemy.dialects.postgresql import insert

from contracts.accounts_advertiser_lists import ManagerChoice
from services.accounts.fields import is_id
from services.accounts.models import advertisers, partners, users

MOST_MANAGERS = 1_000

_managers = users.alias("managers")

COLUMNS = (
    *(column for column in advertisers.c if not column.name.startswith("search_")),
    users.c.login,
    users.c.last_sign_in_at,
    partners.c.name.label("brand"),
    sa.func.coalesce(_managers.c.display_name, "").label("manager_name"),
)
ADVERTISERS = (
    advertisers.join(users, users.c.advertiser_id == advertisers.c.id)
    .join(partners, partners.c.id == advertisers.c.partner_id)
    .outerjoin(_managers, _managers.c.id == advertisers.c.manager_id)
)


def add_advertiser(connection: Connection, values: dict[str, Any]) -> bool:
    """False where there is one with this id, of whatever partner."""
    statement = insert(advertisers).values(values).on_conflict_do_nothing(index_elements=[advertisers.c.id])
    return bool(connection.execute(statement).rowcount)


def advertiser(connection: Connection, partner_id: str, advertiser_id: str) -> Row | None:
    if not is_id(partner_id) or not is_id(advertiser_id):
        return None
    query = sa.select(*COLUMNS).select_from(ADVERTISERS)
    query = query.where(advertisers.c.partner_id == partner_id, advertisers.c.id == advertiser_id)
    return connection.execute(query).one_or_none()


def advertisers_by_id(connection: Connection, ids: list[str]) -> list[Row]:
    wanted = sa.cast([one for one in ids if is_id(one)], sa.ARRAY(sa.UUID(as_uuid=False)))
    query = sa.select(*COLUMNS).select_from(ADVERTISERS).where(advertisers.c.id == sa.any_(wanted))
    return list(connection.execute(query))


def change(connection: Connection, partner_id: str, advertiser_id: str, version: int, values: dict[str, Any]) -> bool:
    """Write the data where the version is still this one, which grows; False where it is not."""
    statement = advertisers.update().values(**values, version=advertisers.c.version + 1)
    statement = statement.where(
        advertisers.c.partner_id == partner_id, advertisers.c.id == advertiser_id, advertisers.c.version == version
    )
    return bool(connection.execute(statement).rowcount)


def set_state(connection: Connection, partner_id: str, advertiser_id: str, state: str) -> bool:
    statement = advertisers.update().values(state=state)
    statement = statement.where(advertisers.c.partner_id == partner_id, advertisers.c.id == advertiser_id)
    return bool(connection.execute(statement).rowcount)


def set_password(connection: Connection, partner_id: str, advertiser_id: str, password_hash: str) -> str | None:
    """The id of the user whose password it is now; None when the partner has no such advertiser."""
    statement = (
        users.update()
        .where(users.c.partner_id == partner_id, users.c.advertiser_id == advertiser_id)
        .values(password_hash=password_hash)
        .returning(users.c.id)
    )
    return connection.execute(statement).scalar_one_or_none()


# Managers


def has_manager(connection: Connection, partner_id: str, manager_id: str) -> bool:
    """Whether it is a manager of the partner."""
    if not is_id(partner_id) or not is_id(manager_id):
        return False
    theirs = (users.c.partner_id == partner_id, users.c.id == manager_id, users.c.role == "manager")
    return bool(connection.execute(sa.select(sa.exists().where(*theirs))).scalar())


def managers(connection: Connection, partner_id: str) -> list[ManagerChoice]:
    if not is_id(partner_id):
        return []
    query = sa.select(users.c.id, users.c.display_name).where(
        users.c.partner_id == partner_id, users.c.role == "manager"
    )
    found = connection.execute(query.order_by(users.c.display_name, users.c.id).limit(MOST_MANAGERS))
    return [ManagerChoice(id=row.id, name=row.display_name) for row in found]
