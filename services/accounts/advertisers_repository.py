"""Advertisers of a partner. Whatever is asked for by people is asked for by (partner_id, …)."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from services.accounts.models import advertisers, partners, users
from services.accounts.repository import is_id

_ADVERTISER_COLUMNS = (
    *(column for column in advertisers.c if column.name not in {"search_text", "search_grams"}),
    users.c.login,
    users.c.last_sign_in_at,
    partners.c.name.label("brand"),
)
_ADVERTISERS = advertisers.join(users, users.c.advertiser_id == advertisers.c.id).join(
    partners, partners.c.id == advertisers.c.partner_id
)


def add_advertiser(connection: Connection, values: dict[str, Any]) -> None:
    connection.execute(advertisers.insert().values(values))


def advertiser(connection: Connection, partner_id: str, advertiser_id: str) -> Row | None:
    if not is_id(partner_id) or not is_id(advertiser_id):
        return None
    query = sa.select(*_ADVERTISER_COLUMNS).select_from(_ADVERTISERS)
    query = query.where(advertisers.c.partner_id == partner_id, advertisers.c.id == advertiser_id)
    return connection.execute(query).one_or_none()


def advertisers_by_id(connection: Connection, ids: list[str]) -> list[Row]:
    wanted = sa.cast([one for one in ids if is_id(one)], sa.ARRAY(sa.UUID(as_uuid=False)))
    query = sa.select(*_ADVERTISER_COLUMNS).select_from(_ADVERTISERS).where(advertisers.c.id == sa.any_(wanted))
    return list(connection.execute(query))


def set_state(connection: Connection, partner_id: str, advertiser_id: str, state: str) -> bool:
    statement = advertisers.update().values(state=state)
    statement = statement.where(advertisers.c.partner_id == partner_id, advertisers.c.id == advertiser_id)
    return bool(connection.execute(statement).rowcount)


def page_query(partner_id: str, needle: tuple[str, list[int]], offset: int, limit: int) -> sa.Select:
    """Newest first. The ids of the page are found first, so that users are joined to a page and not to all."""
    page = sa.select(advertisers.c.id).where(*_found(partner_id, needle))
    page = page.order_by(advertisers.c.id.desc()).offset(offset).limit(limit)
    query = sa.select(*_ADVERTISER_COLUMNS).select_from(_ADVERTISERS).where(advertisers.c.id.in_(page))
    return query.order_by(advertisers.c.id.desc())


def count_query(partner_id: str, needle: tuple[str, list[int]]) -> sa.Select:
    return sa.select(sa.func.count()).select_from(advertisers).where(*_found(partner_id, needle))


def page_of(
    connection: Connection, partner_id: str, needle: tuple[str, list[int]], offset: int, limit: int
) -> tuple[list[Row], int]:
    """A page and how many rows there are in all."""
    total = connection.execute(count_query(partner_id, needle)).scalar_one()
    rows = list(connection.execute(page_query(partner_id, needle, offset, limit))) if offset < total else []
    return rows, total


def _found(partner_id: str, needle: tuple[str, list[int]]) -> list[sa.ColumnElement[bool]]:
    """`needle` is what `search.needle_of` gave; an empty text finds all."""
    text, grams = needle
    conditions: list[sa.ColumnElement[bool]] = [advertisers.c.partner_id == partner_id]
    if grams:
        conditions.append(advertisers.c.search_grams.contains(grams))
    if text:
        conditions.append(sa.func.strpos(advertisers.c.search_text, text) > 0)
    return conditions


def set_password(connection: Connection, partner_id: str, advertiser_id: str, password_hash: str) -> str | None:
    """The id of the user whose password it is now; None when the partner has no such advertiser."""
    statement = (
        users.update()
        .where(users.c.partner_id == partner_id, users.c.advertiser_id == advertiser_id)
        .values(password_hash=password_hash)
        .returning(users.c.id)
    )
    return connection.execute(statement).scalar_one_or_none()
