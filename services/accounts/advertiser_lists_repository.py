"""The list of a partner's advertisers: filters, orders, pages, and changes of many rows.

Ids of a page are found first, from narrow indexes where the filter allows it; the wide rows and the tables beside them
are read for a page alone.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from contracts.accounts_advertiser_lists import LAST_SIGN_IN, MOST_CHANGED, NOBODYS, REGISTERED, SEARCH_FIELDS
from services.accounts.advertiser_lists import Asked
from services.accounts.advertisers_repository import ADVERTISERS, COLUMNS
from services.accounts.models import advertisers, users

#: Rows are counted up to here; further ones are told as «more than».
MOST_COUNTED = 10_000

_Order = tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]]


def page_query(asked: Asked, offset: int, limit: int) -> sa.Select:
    """Of one row more than a page has, so that one knows whether there is a next one."""
    ids = _ids(asked).order_by(*_order(asked)).offset(offset).limit(limit + 1).subquery()
    query = sa.select(*COLUMNS).select_from(ADVERTISERS.join(ids, ids.c.id == advertisers.c.id))
    return query.order_by(*_order(asked))


def count_query(asked: Asked) -> sa.Select:
    some = sa.select(sa.literal(1)).select_from(advertisers).where(*_conditions(asked)).limit(MOST_COUNTED + 1)
    return sa.select(sa.func.count()).select_from(some.subquery())


def page_of(connection: Connection, asked: Asked, offset: int, limit: int) -> tuple[list[Row], int, bool]:
    """`(rows, total, more)`: the total counts up to `MOST_COUNTED`, or the end of this page behind it."""
    rows = list(connection.execute(page_query(asked, offset, limit)))
    seen, has_next = offset + min(len(rows), limit), len(rows) > limit
    if not has_next and (rows or not offset):
        return rows, seen, False
    total = connection.execute(count_query(asked)).scalar_one()
    if total <= MOST_COUNTED:
        return rows[:limit], total, False
    return rows[:limit], max(MOST_COUNTED, seen), True


def run_of(connection: Connection, asked: Asked, after: tuple[datetime, str] | None, limit: int) -> list[Row]:
    """Newest first, behind the row that was created at this moment with this id."""
    ids = _ids(asked)
    if after is not None:
        ids = ids.where(sa.tuple_(advertisers.c.created_at, advertisers.c.id) < sa.tuple_(*map(sa.literal, after)))
    newest = (advertisers.c.created_at.desc(), advertisers.c.id.desc())
    found = ids.order_by(*newest).limit(limit).subquery()
    query = sa.select(*COLUMNS).select_from(ADVERTISERS.join(found, found.c.id == advertisers.c.id))
    return list(connection.execute(query.order_by(*newest)))


def locked(connection: Connection, partner_id: str, ids: list[str] | None, asked: Asked | None) -> list[Row]:
    """What a change of many needs to know of each, locked in the order of ids; at most `MOST_CHANGED` and one."""
    query = sa.select(
        advertisers.c.id, advertisers.c.state, advertisers.c.test_mode, advertisers.c.manager_id, users.c.login
    ).select_from(advertisers.join(users, users.c.advertiser_id == advertisers.c.id))
    if asked is not None:
        # The rows are chosen before any is locked, so that as few as may be changed are locked.
        chosen = sa.select(advertisers.c.id).where(*_conditions(asked)).limit(MOST_CHANGED + 1)
        ids = list(connection.execute(chosen).scalars())
    wanted = sa.cast(ids or [], sa.ARRAY(sa.UUID(as_uuid=False)))
    query = query.where(advertisers.c.partner_id == partner_id, advertisers.c.id == sa.any_(wanted))
    return list(connection.execute(query.order_by(advertisers.c.id).with_for_update(of=advertisers)))


def change_many(connection: Connection, partner_id: str, ids: list[str], values: dict[str, Any]) -> None:
    wanted = sa.cast(ids, sa.ARRAY(sa.UUID(as_uuid=False)))
    theirs = (advertisers.c.partner_id == partner_id, advertisers.c.id == sa.any_(wanted))
    connection.execute(advertisers.update().where(*theirs).values(values))


def as_data(values: dict[str, Any], author: str, now: datetime) -> dict[str, Any]:
    """The same as a change of the data that a form is sent with: forms that were opened before are outdated."""
    return {**values, "version": advertisers.c.version + 1, "changed_at": now, "changed_by": author[:64]}


def _ids(asked: Asked) -> sa.Select:
    source: sa.FromClause = advertisers
    conditions = _conditions(asked)
    if asked.sort == LAST_SIGN_IN:
        source = advertisers.join(users, users.c.advertiser_id == advertisers.c.id)
        conditions.append(users.c.partner_id == asked.partner_id)
    return sa.select(advertisers.c.id).select_from(source).where(*conditions)


def _order(asked: Asked) -> _Order:
    """The very expressions of the indexes: each order is one of them, forwards or backwards."""
    if asked.sort == LAST_SIGN_IN:
        # Who has never signed in stands behind all others, the longest away first of them when turned round.
        if asked.descending:
            return users.c.last_sign_in_at.desc().nulls_last(), users.c.advertiser_id.desc()
        return users.c.last_sign_in_at.asc().nulls_first(), users.c.advertiser_id.asc()
    column: sa.ColumnElement[Any] = advertisers.c.created_at
    if asked.sort != REGISTERED:
        column = _field(SEARCH_FIELDS.index(asked.sort)).collate("C")
    if asked.descending:
        return column.desc(), advertisers.c.id.desc()
    return column.asc(), advertisers.c.id.asc()


def _field(place: int) -> sa.ColumnElement[Any]:
    """The normal spelling of a searched field; arrays of PostgreSQL begin at 1."""
    return advertisers.c.search_fields[sa.literal_column(str(place + 1))]


def _conditions(asked: Asked) -> list[sa.ColumnElement[bool]]:
    (text, grams), columns = asked.needle, advertisers.c
    conditions: list[sa.ColumnElement[bool]] = [columns.partner_id == asked.partner_id]
    if grams:
        conditions.append(columns.search_grams.contains(grams))
    if text:
        where = columns.search_text if asked.place is None else sa.func.coalesce(_field(asked.place), "")
        conditions.append(sa.func.strpos(where, text) > 0)
    if asked.registered_from is not None:
        conditions.append(columns.created_at >= asked.registered_from)
    if asked.registered_before is not None:
        conditions.append(columns.created_at < asked.registered_before)
    if asked.manager_id == NOBODYS:
        conditions.append(columns.manager_id.is_(None))
    elif asked.manager_id:
        conditions.append(columns.manager_id == asked.manager_id)
    if asked.state:
        conditions.append(columns.state == asked.state)
    if asked.test_mode is not None:
        conditions.append(columns.test_mode == asked.test_mode)
    if asked.ids is not None:
        conditions.append(columns.id == sa.any_(sa.cast(asked.ids, sa.ARRAY(sa.UUID(as_uuid=False)))))
    return conditions
