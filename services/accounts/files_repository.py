"""Files of partners, in parts. Everything is found by (partner_id, …); what nothing names goes after a day."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from services.accounts.models_branding import file_parts, files
from services.accounts.repository import is_id

LOOSE_FOR = timedelta(days=1)
PURGE_BATCH = 100


def add(connection: Connection, values: dict[str, Any]) -> None:
    connection.execute(files.insert().values(values))


def loose(connection: Connection, partner_id: str) -> int:
    """How many files of the partner nothing names yet."""
    query = sa.select(sa.func.count()).select_from(files).where(files.c.partner_id == partner_id, ~files.c.in_use)
    return int(connection.execute(query).scalar_one())


def find(connection: Connection, partner_id: str, file_id: str, *, to_change: bool = False) -> Row | None:
    if not is_id(partner_id) or not is_id(file_id):
        return None
    query = sa.select(files).where(files.c.partner_id == partner_id, files.c.id == file_id)
    return connection.execute(query.with_for_update() if to_change else query).one_or_none()


def change(connection: Connection, partner_id: str, file_id: str, values: dict[str, Any]) -> None:
    connection.execute(files.update().where(files.c.partner_id == partner_id, files.c.id == file_id).values(values))


def drop(connection: Connection, partner_id: str, file_id: str, *, only_loose: bool = True) -> None:
    statement = files.delete().where(files.c.partner_id == partner_id, files.c.id == file_id)
    connection.execute(statement.where(~files.c.in_use) if only_loose else statement)


def add_part(connection: Connection, partner_id: str, file_id: str, number: int, contents: bytes) -> None:
    values = {"partner_id": partner_id, "file_id": file_id, "number": number, "contents": contents}
    connection.execute(file_parts.insert().values(values))


def parts_of(connection: Connection, partner_id: str, file_id: str) -> list[bytes]:
    query = sa.select(file_parts.c.contents).where(*_whose(partner_id, file_id)).order_by(file_parts.c.number)
    return [bytes(contents) for contents in connection.execute(query).scalars()]


def part(connection: Connection, partner_id: str, file_id: str, number: int) -> bytes | None:
    query = sa.select(file_parts.c.contents).where(*_whose(partner_id, file_id), file_parts.c.number == number)
    found = connection.execute(query).scalar_one_or_none()
    return None if found is None else bytes(found)


def replace_parts(connection: Connection, partner_id: str, file_id: str, parts: list[bytes]) -> None:
    connection.execute(file_parts.delete().where(*_whose(partner_id, file_id)))
    for number, contents in enumerate(parts):
        add_part(connection, partner_id, file_id, number, contents)


def purge(connection: Connection, now: datetime) -> int:
    """Forget some that nothing has named for a day; how many these were."""
    old = sa.select(files.c.partner_id, files.c.id).where(~files.c.in_use, files.c.created_at < now - LOOSE_FOR)
    old = old.limit(PURGE_BATCH).with_for_update(skip_locked=True)
    statement = files.delete().where(sa.tuple_(files.c.partner_id, files.c.id).in_(old))
    return connection.execute(statement).rowcount


def _whose(partner_id: str, file_id: str) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return file_parts.c.partner_id == partner_id, file_parts.c.file_id == file_id
