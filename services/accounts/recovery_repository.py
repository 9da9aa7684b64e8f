"""Requests for a new password, and the links that were sent. Whatever belongs to a partner is asked for by (partner_id, …)."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row
from sqlalchemy.dialects.postgresql import insert

from services.accounts.models import advertisers, partners, users
from services.accounts.models_people import managers
from services.accounts.models_recovery import recoveries, recovery_requests
from services.accounts.repository import MAY_ACT

PURGE_BATCH = 5_000

_ADVERTISERS_NAME = sa.func.coalesce(sa.func.nullif(advertisers.c.name, ""), advertisers.c.company)
#: Who a letter is written to, and where.
_COLUMNS = (
    users.c.id,
    users.c.partner_id,
    users.c.advertiser_id,
    users.c.login,
    users.c.password_hash,
    sa.func.coalesce(_ADVERTISERS_NAME, users.c.display_name).label("name"),
    sa.func.coalesce(
        advertisers.c.email,
        sa.func.nullif(managers.c.notice_email, ""),
        managers.c.email,
        partners.c.email,
    ).label("email"),
    partners.c.name.label("brand"),
)
_PEOPLE = (
    users.join(partners, partners.c.id == users.c.partner_id)
    .outerjoin(advertisers, advertisers.c.id == users.c.advertiser_id)
    .outerjoin(managers, managers.c.user_id == users.c.id)
)


def ask(connection: Connection, row: dict[str, Any], most: int) -> None:
    """Note the request once. While very many wait, no more are taken."""
    waiting = sa.select(sa.func.count()).select_from(recovery_requests)
    if connection.execute(waiting).scalar_one() < most:
        connection.execute(insert(recovery_requests).values(row).on_conflict_do_nothing())


def take(connection: Connection, limit: int) -> list[Row]:
    """The oldest requests, which are gone with this transaction."""
    oldest = sa.select(recovery_requests.c.key).order_by(recovery_requests.c.asked_at).limit(limit)
    taken = recovery_requests.delete().where(recovery_requests.c.key.in_(oldest.with_for_update(skip_locked=True)))
    return list(connection.execute(taken.returning(*recovery_requests.c)))


def people(connection: Connection, partner_id: str, login_key: str, email: str, most: int) -> list[Row]:
    """Who may act and has this login; if nobody has, those with this e-mail. Their rows are locked: the pace is exact."""
    found = sa.select(*_COLUMNS).select_from(_PEOPLE).where(users.c.partner_id == partner_id, MAY_ACT)
    locked = found.with_for_update(of=users)
    if login_key:
        rows = list(connection.execute(locked.where(users.c.login_key == login_key)))
        if rows:
            return rows
    if "@" not in email:
        return []
    lowered = email.lower()
    of_advertisers = sa.select(advertisers.c.id).where(
        advertisers.c.partner_id == partner_id, sa.func.lower(advertisers.c.email) == lowered, advertisers.c.email != ""
    )
    of_managers = sa.select(managers.c.user_id).where(
        managers.c.partner_id == partner_id,
        sa.or_(sa.func.lower(managers.c.notice_email) == lowered, sa.func.lower(managers.c.email) == lowered),
    )
    own = sa.and_(users.c.role == "partner", sa.func.lower(partners.c.email) == lowered)
    anyone = sa.or_(users.c.advertiser_id.in_(of_advertisers), users.c.id.in_(of_managers), own)
    return list(connection.execute(locked.where(anyone).order_by(users.c.id).limit(most)))


def person(connection: Connection, user_id: str) -> Row:
    return connection.execute(sa.select(*_COLUMNS).select_from(_PEOPLE).where(users.c.id == user_id)).one()


def sent_since(connection: Connection, user_id: str, mailbox: bytes, since: datetime) -> tuple[list[datetime], int]:
    """(when links of this user were made, how many were sent to the mailbox)."""
    own = sa.select(recoveries.c.made_at).where(recoveries.c.user_id == user_id, recoveries.c.made_at > since)
    there = sa.select(sa.func.count()).select_from(recoveries)
    there = there.where(recoveries.c.mailbox == mailbox, recoveries.c.made_at > since)
    return list(connection.execute(own).scalars()), connection.execute(there).scalar_one()


def add(connection: Connection, row: dict[str, Any]) -> None:
    connection.execute(recoveries.insert().values(row))


def live(connection: Connection, host: str, token_hash: bytes, now: datetime, *, lock: bool = False) -> Row | None:
    """The link that works on this very host, with its user's `login` and `password_hash`."""
    query = (
        sa.select(recoveries, users.c.login, users.c.password_hash, users.c.advertiser_id)
        .select_from(
            recoveries.join(users, users.c.id == recoveries.c.user_id).outerjoin(
                advertisers, advertisers.c.id == users.c.advertiser_id
            )
        )
        .where(
            recoveries.c.token_hash == token_hash,
            recoveries.c.host == host,
            recoveries.c.used_at.is_(None),
            recoveries.c.expires_at > now,
            MAY_ACT,
        )
    )
    return connection.execute(query.with_for_update(of=(recoveries, users)) if lock else query).one_or_none()


def use_all(connection: Connection, user_id: str, now: datetime) -> None:
    """Every link of the user has done its work, the others with it."""
    unused = recoveries.update().where(recoveries.c.user_id == user_id, recoveries.c.used_at.is_(None))
    connection.execute(unused.values(used_at=now))


def purge(connection: Connection, before: datetime) -> int:
    old = sa.select(recoveries.c.token_hash).where(recoveries.c.made_at < before).limit(PURGE_BATCH)
    return connection.execute(recoveries.delete().where(recoveries.c.token_hash.in_(old))).rowcount
