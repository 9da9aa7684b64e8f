"""Hosts, partners, users and advertisers. Whatever belongs to a partner is asked for by (partner_id, …).

Ids that come from outside go through `is_id` first: what is no UUID is not found. Secrets have their own
`credentials_repository`.
"""

import re
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row
from sqlalchemy.dialects.postgresql import insert

from services.accounts.models import advertisers, hosts, partners, users

MOST_PARTNERS = 1_000

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

_ADVERTISER_COLUMNS = (
    *(column for column in advertisers.c if column.name not in {"search_text", "search_grams"}),
    users.c.login,
    users.c.last_sign_in_at,
    partners.c.name.label("brand"),
)
_ADVERTISERS = advertisers.join(users, users.c.advertiser_id == advertisers.c.id).join(
    partners, partners.c.id == advertisers.c.partner_id
)


def is_id(text: str) -> bool:
    return bool(_UUID.fullmatch(text))


# Hosts


def host_owner(connection: Connection, host: str) -> Row | None:
    """`partner_id`, the partner's looks and zone, all None for a host of the platform; None for an unknown host."""
    # A partner lives by the zone that it was created with, which is that of its first user.
    first = sa.select(users.c.zone).where(users.c.partner_id == hosts.c.partner_id, users.c.role == "partner")
    zone = first.order_by(users.c.created_at, users.c.id).limit(1).scalar_subquery().label("zone")
    query = (
        sa.select(hosts.c.partner_id, partners.c.name, partners.c.accent_colour, partners.c.pressed_colour, zone)
        .select_from(hosts.outerjoin(partners, partners.c.id == hosts.c.partner_id))
        .where(hosts.c.host == host)
    )
    return connection.execute(query).one_or_none()


def claim_host(connection: Connection, host: str, partner_id: str | None, now: datetime) -> bool:
    """Give the host to the partner (None: the platform); False when it is somebody else's."""
    statement = insert(hosts).values(host=host, partner_id=partner_id, created_at=now).on_conflict_do_nothing()
    if connection.execute(statement).rowcount:
        return True
    return connection.execute(sa.select(hosts.c.partner_id).where(hosts.c.host == host)).scalar_one() == partner_id


# Partners


def add_partner(connection: Connection, values: dict[str, Any]) -> None:
    connection.execute(partners.insert().values(values))


def partners_with_hosts(connection: Connection, ids: list[str] | None = None) -> list[Row]:
    """Newest first, at most `MOST_PARTNERS`; of all, or of those of `ids` that exist."""
    of_partner = sa.select(sa.func.array_agg(sa.text("host ORDER BY hosts.created_at, host")))
    own_hosts = of_partner.where(hosts.c.partner_id == partners.c.id).scalar_subquery()
    query = sa.select(
        partners.c.id,
        partners.c.name,
        partners.c.created_at,
        partners.c.email,
        sa.func.coalesce(own_hosts, sa.text("'{}'")).label("hosts"),
    )
    if ids is not None:
        wanted = sa.cast([one for one in ids if is_id(one)], sa.ARRAY(sa.UUID(as_uuid=False)))
        query = query.where(partners.c.id == sa.any_(wanted))
    return list(connection.execute(query.order_by(partners.c.id.desc()).limit(MOST_PARTNERS)))


def set_partner_email(connection: Connection, partner_id: str, email: str) -> None:
    if is_id(partner_id):
        connection.execute(partners.update().where(partners.c.id == partner_id).values(email=email))


# Users


def add_user(connection: Connection, values: dict[str, Any]) -> bool:
    """False when the login is taken at that partner."""
    return bool(connection.execute(insert(users).values(values).on_conflict_do_nothing()).rowcount)


def operator_id(connection: Connection, login_key: str) -> str | None:
    query = sa.select(users.c.id).where(users.c.partner_id.is_(None), users.c.login_key == login_key)
    return connection.execute(query).scalar_one_or_none()


def user_by_login(connection: Connection, partner_id: str | None, login_key: str) -> Row | None:
    """`id`, `partner_id` and `password_hash`; whether the user may act is for `principal` to say."""
    query = sa.select(users.c.id, users.c.partner_id, users.c.password_hash).where(
        users.c.login_key == login_key, _is_partner(users.c.partner_id, partner_id)
    )
    return connection.execute(query).one_or_none()


def _is_partner(column: sa.Column, partner_id: str | None) -> sa.ColumnElement[bool]:
    """An equality that an index serves, which IS NOT DISTINCT FROM is not."""
    return column.is_(None) if partner_id is None else column == partner_id


def principal(connection: Connection, user_id: str) -> Row | None:
    """What `Principal` is made of, for a user who may act; None for a blocked advertiser."""
    query = (
        sa.select(*PRINCIPAL_COLUMNS)
        .select_from(users.outerjoin(advertisers, advertisers.c.id == users.c.advertiser_id))
        .where(users.c.id == user_id, MAY_ACT)
    )
    return connection.execute(query).one_or_none()


PRINCIPAL_COLUMNS = (
    users.c.id.label("user_id"),
    users.c.role,
    users.c.login,
    sa.func.coalesce(sa.func.nullif(advertisers.c.name, ""), users.c.display_name).label("display_name"),
    users.c.partner_id,
    users.c.advertiser_id,
    sa.func.coalesce(advertisers.c.zone, users.c.zone).label("zone"),
)
MAY_ACT = sa.func.coalesce(advertisers.c.state, "active") == "active"


def signed_in(connection: Connection, user_id: str, verified_hash: str, new_hash: str | None, now: datetime) -> bool:
    """Note the sign-in (and a renewed hash); False when the password was changed since it was verified."""
    values: dict[str, Any] = {"last_sign_in_at": now}
    if new_hash is not None:
        values["password_hash"] = new_hash
    statement = users.update().where(users.c.id == user_id, users.c.password_hash == verified_hash).values(values)
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


# Advertisers


def add_advertiser(connection: Connection, values: dict[str, Any]) -> None:
    connection.execute(advertisers.insert().values(values))


def has_partner(connection: Connection, partner_id: str) -> bool:
    return is_id(partner_id) and bool(
        connection.execute(sa.select(sa.exists().where(partners.c.id == partner_id))).scalar()
    )


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
