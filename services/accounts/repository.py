"""Hosts, partners, users and advertisers. Whatever belongs to a partner is asked for by (partner_id, …).

Ids that come from outside go through `is_id` first: what is no UUID is not found. Secrets have their own
`credentials_repository`.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row
from sqlalchemy.dialects.postgresql import insert

from services.accounts.fields import is_id as is_id
from services.accounts.models import advertisers, hosts, partners, users
from services.accounts.models_branding import branding, files

MOST_PARTNERS = 1_000


#: Of rows joined to their partner, if any: whatever is a blocked partner's works no more.
PARTNER_ACTS = sa.func.coalesce(partners.c.state, "active") == "active"

# Hosts


def host_owner(connection: Connection, host: str) -> Row | None:
    """`partner_id`, the partner's looks and zone, all None for a host of the platform; None for an unknown host,
    for one that is not served yet, and for those of a blocked partner."""
    # A partner lives by the zone that it was created with, which is that of its first user.
    first = sa.select(users.c.zone).where(users.c.partner_id == hosts.c.partner_id, users.c.role == "partner")
    zone = first.order_by(users.c.created_at, users.c.id).limit(1).scalar_subquery().label("zone")
    query = (
        sa.select(
            *(hosts.c.partner_id, partners.c.name, partners.c.accent_colour, partners.c.pressed_colour, zone),
            *(files.c.sha256.label("logo"), files.c.width.label("logo_width"), files.c.height.label("logo_height")),
        )
        .select_from(
            hosts.outerjoin(partners, partners.c.id == hosts.c.partner_id)
            .outerjoin(branding, branding.c.partner_id == partners.c.id)
            .outerjoin(files, (files.c.partner_id == partners.c.id) & (files.c.id == branding.c.logo_file))
        )
        .where(hosts.c.host == host, hosts.c.served, PARTNER_ACTS)
    )
    return connection.execute(query).one_or_none()


def claim_host(
    connection: Connection, host: str, partner_id: str | None, now: datetime, *, served: bool = True
) -> bool:
    """Give the host to the partner (None: the platform); False when it is somebody else's."""
    values = {"host": host, "partner_id": partner_id, "served": served, "created_at": now}
    if connection.execute(insert(hosts).values(values).on_conflict_do_nothing()).rowcount:
        return True
    return connection.execute(sa.select(hosts.c.partner_id).where(hosts.c.host == host)).scalar_one() == partner_id


# Partners


def add_partner(connection: Connection, values: dict[str, Any]) -> None:
    connection.execute(partners.insert().values(values))


def partners_with_hosts(connection: Connection, ids: list[str] | None = None) -> list[Row]:
    """Newest first, at most `MOST_PARTNERS`; of all, or of those of `ids` that exist."""
    of_partner = sa.select(sa.func.array_agg(sa.text("host ORDER BY hosts.created_at, host")))
    own_hosts = of_partner.where(hosts.c.partner_id == partners.c.id, hosts.c.served).scalar_subquery()
    query = sa.select(
        partners.c.id,
        partners.c.name,
        partners.c.created_at,
        partners.c.email,
        partners.c.state,
        sa.func.coalesce(own_hosts, sa.text("'{}'")).label("hosts"),
    )
    if ids is not None:
        wanted = sa.cast([one for one in ids if is_id(one)], sa.ARRAY(sa.UUID(as_uuid=False)))
        query = query.where(partners.c.id == sa.any_(wanted))
    return list(connection.execute(query.order_by(partners.c.id.desc()).limit(MOST_PARTNERS)))


def partner_name(connection: Connection, partner_id: str | None) -> str | None:
    if partner_id is None:
        return None
    return connection.execute(sa.select(partners.c.name).where(partners.c.id == partner_id)).scalar()


def set_partner_email(connection: Connection, partner_id: str, email: str) -> None:
    if is_id(partner_id):
        values = {"email": email, "version": partners.c.version + 1}
        connection.execute(partners.update().where(partners.c.id == partner_id).values(values))


def has_partner(connection: Connection, partner_id: str) -> bool:
    return is_id(partner_id) and bool(
        connection.execute(sa.select(sa.exists().where(partners.c.id == partner_id))).scalar()
    )


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
    """What `Principal` is made of, for a user who may act; None for a blocked advertiser or manager."""
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
    users.c.rights,
)
MAY_ACT = sa.and_(sa.func.coalesce(advertisers.c.state, "active") == "active", users.c.state == "active")


def signed_in(connection: Connection, user_id: str, verified_hash: str, new_hash: str | None, now: datetime) -> bool:
    """Note the sign-in (and a renewed hash); False when the password was changed since it was verified."""
    values: dict[str, Any] = {"last_sign_in_at": now}
    if new_hash is not None:
        values["password_hash"] = new_hash
    statement = users.update().where(users.c.id == user_id, users.c.password_hash == verified_hash).values(values)
    return bool(connection.execute(statement).rowcount)


def state_of_both() -> sa.Label[str]:
    """`state` of an advertiser for its programs: blocked where its partner is."""
    return sa.case((partners.c.state == "blocked", "blocked"), else_=advertisers.c.state).label("state")


def set_user_password(connection: Connection, user_id: str, password_hash: str) -> None:
    connection.execute(users.update().where(users.c.id == user_id).values(password_hash=password_hash))
