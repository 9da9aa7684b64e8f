"""Files that are made for somebody, and preferences. Everything is found by (partner_id, user_id, …)."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row
from sqlalchemy.dialects.postgresql import insert

from services.accounts.fields import is_id
from services.accounts.models import users
from services.accounts.models_exports import export_parts, exports, user_preferences

PURGE_BATCH = 20


def lock_user(connection: Connection, partner_id: str | None, user_id: str) -> bool:
    """Whether there is such a person of this partner; whoever changes something for the same one waits."""
    if not is_id(user_id) or (partner_id is not None and not is_id(partner_id)):
        return False
    theirs = users.c.partner_id.is_(None) if partner_id is None else users.c.partner_id == partner_id
    query = sa.select(users.c.id).where(users.c.id == user_id, theirs).with_for_update(key_share=True)
    return connection.execute(query).one_or_none() is not None


def of_user(connection: Connection, partner_id: str | None, user_id: str, since: datetime) -> list[Row]:
    """Newest first."""
    if not is_id(user_id):
        return []
    query = sa.select(exports).where(*_whose(partner_id, user_id), exports.c.created_at > since)
    return list(connection.execute(query.order_by(exports.c.created_at.desc(), exports.c.id.desc())))


def add(connection: Connection, values: dict[str, Any]) -> None:
    connection.execute(exports.insert().values(values))


def find(
    connection: Connection,
    partner_id: str | None,
    user_id: str,
    export_id: str,
    since: datetime,
    *,
    to_change: bool = False,
) -> Row | None:
    if not is_id(user_id) or not is_id(export_id):
        return None
    query = sa.select(exports).where(*_whose(partner_id, user_id), exports.c.id == export_id)
    query = query.where(exports.c.created_at > since)
    return connection.execute(query.with_for_update() if to_change else query).one_or_none()


def change(connection: Connection, export_id: str, values: dict[str, Any]) -> None:
    connection.execute(exports.update().where(exports.c.id == export_id).values(values))


def drop(connection: Connection, ids: list[str]) -> None:
    connection.execute(exports.delete().where(exports.c.id.in_(ids)))


def add_part(connection: Connection, export_id: str, number: int, contents: bytes) -> None:
    connection.execute(export_parts.insert().values(export_id=export_id, number=number, contents=contents))


def part(connection: Connection, export_id: str, number: int) -> bytes | None:
    query = sa.select(export_parts.c.contents)
    query = query.where(export_parts.c.export_id == export_id, export_parts.c.number == number)
    found = connection.execute(query).scalar_one_or_none()
    return None if found is None else bytes(found)


def purge(connection: Connection, before: datetime) -> int:
    """Drop some that were begun before that; how many."""
    old = sa.select(exports.c.id).where(exports.c.created_at <= before).limit(PURGE_BATCH)
    old = old.with_for_update(skip_locked=True)
    return connection.execute(exports.delete().where(exports.c.id.in_(old))).rowcount


def preference(connection: Connection, partner_id: str | None, user_id: str, name: str) -> dict[str, Any]:
    if not is_id(user_id):
        return {}
    theirs = users.c.partner_id.is_(None) if partner_id is None else users.c.partner_id == partner_id
    query = sa.select(user_preferences.c.value).select_from(
        user_preferences.join(users, users.c.id == user_preferences.c.user_id)
    )
    query = query.where(user_preferences.c.user_id == user_id, user_preferences.c.name == name, theirs)
    return connection.execute(query).scalar_one_or_none() or {}


def other_preferences(connection: Connection, user_id: str, name: str) -> int:
    query = sa.select(sa.func.count()).select_from(user_preferences)
    query = query.where(user_preferences.c.user_id == user_id, user_preferences.c.name != name)
    return int(connection.execute(query).scalar_one())


def set_preference(connection: Connection, user_id: str, name: str, value: dict[str, Any], now: datetime) -> None:
    statement = insert(user_preferences).values(user_id=user_id, name=name, value=value, changed_at=now)
    changed = {"value": statement.excluded.value, "changed_at": now}
    connection.execute(statement.on_conflict_do_update(index_elements=["user_id", "name"], set_=changed))


def _whose(partner_id: str | None, user_id: str) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    theirs = exports.c.partner_id.is_(None) if partner_id is None else exports.c.partner_id == partner_id
    return exports.c.user_id == user_id, theirs
