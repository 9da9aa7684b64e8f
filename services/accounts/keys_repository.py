"""API keys of advertisers."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from services.accounts.models import advertisers, api_keys, partners
from services.accounts.repository import state_of_both
from services.accounts.sessions import TOUCH_INTERVAL

MOST_WITHDRAWN_LISTED = 50


def add(connection: Connection, values: dict[str, Any]) -> None:
    connection.execute(api_keys.insert().values(values))


def in_use(connection: Connection, partner_id: str, advertiser_id: str) -> int:
    theirs = sa.select(sa.func.count()).select_from(api_keys).where(*_of(partner_id, advertiser_id), _USED)
    return connection.execute(theirs).scalar_one()


def listed(connection: Connection, partner_id: str, advertiser_id: str) -> list[Row]:
    """Those in use, newest first, then those that were withdrawn last."""
    theirs = sa.select(api_keys).where(*_of(partner_id, advertiser_id))
    gone = theirs.where(~_USED).order_by(api_keys.c.withdrawn_at.desc()).limit(MOST_WITHDRAWN_LISTED)
    used = theirs.where(_USED).order_by(api_keys.c.created_at.desc(), api_keys.c.key_id)
    return [*connection.execute(used), *connection.execute(gone)]


def find(connection: Connection, partner_id: str, advertiser_id: str, key_id: str) -> Row | None:
    one = sa.select(api_keys).where(*_of(partner_id, advertiser_id), api_keys.c.key_id == key_id)
    return connection.execute(one).one_or_none()


def withdraw(
    connection: Connection, partner_id: str, advertiser_id: str, key_id: str, author: str, now: datetime
) -> bool:
    """Whether it was in use until now."""
    one = (*_of(partner_id, advertiser_id), api_keys.c.key_id == key_id, _USED)
    changed = api_keys.update().where(*one).values(withdrawn_at=now, withdrawn_by=author)
    return connection.execute(changed).rowcount == 1


def with_owner(connection: Connection, key_id: str) -> Row | None:
    """A key in use, with the zone of its advertiser and the state of it and of its partner."""
    owner = api_keys.join(advertisers, advertisers.c.id == api_keys.c.advertiser_id)
    query = (
        sa.select(
            api_keys.c.key_id,
            api_keys.c.secret_hash,
            api_keys.c.partner_id,
            api_keys.c.advertiser_id,
            api_keys.c.last_used_at,
            api_keys.c.scopes,
            api_keys.c.allow_list,
            advertisers.c.zone,
            state_of_both(),
        )
        .select_from(owner.join(partners, partners.c.id == api_keys.c.partner_id))
        .where(api_keys.c.key_id == key_id, _USED)
    )
    return connection.execute(query).one_or_none()


def touch(connection: Connection, key_id: str, now: datetime) -> None:
    """The condition keeps concurrent requests from queueing for the row to write the same."""
    stale = sa.or_(api_keys.c.last_used_at.is_(None), api_keys.c.last_used_at <= now - TOUCH_INTERVAL)
    connection.execute(api_keys.update().where(api_keys.c.key_id == key_id, stale).values(last_used_at=now))


def _of(partner_id: str, advertiser_id: str) -> tuple[Any, Any]:
    return api_keys.c.partner_id == partner_id, api_keys.c.advertiser_id == advertiser_id


_USED = api_keys.c.withdrawn_at.is_(None)
