"""Sessions, and the lock that bounds what an advertiser has."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from services.accounts.models import advertisers, hosts, partners, sessions, users
from services.accounts.repository import MAY_ACT, PARTNER_ACTS, PRINCIPAL_COLUMNS
from services.accounts.sessions import IDLE_TIMEOUT, KEPT

PURGE_BATCH = 5_000

# Sessions


def knows_address(connection: Connection, user_id: str, address: str, now: datetime) -> bool:
    """Whether the user has signed in from the address lately."""
    seen = sa.exists().where(
        sessions.c.user_id == user_id,
        sessions.c.address == address,
        sessions.c.created_at > now - KEPT,
        sessions.c.step == "",
    )
    return bool(connection.execute(sa.select(seen)).scalar())


def add_session(connection: Connection, values: dict[str, Any]) -> None:
    connection.execute(sessions.insert().values(values))


def live_session(connection: Connection, host: str, token_hash: bytes, now: datetime) -> Row | None:
    """The principal's columns, `last_seen_at` and `session_id` of a session that holds on this very host."""
    same_partner = hosts.c.partner_id.is_not_distinct_from(sessions.c.partner_id)
    query = (
        sa.select(*PRINCIPAL_COLUMNS, sessions.c.last_seen_at, sessions.c.id.label("session_id"), users.c.password_hash)
        .select_from(
            sessions.join(users, users.c.id == sessions.c.user_id)
            .join(hosts, sa.and_(hosts.c.host == host, same_partner))
            .outerjoin(advertisers, advertisers.c.id == users.c.advertiser_id)
            .outerjoin(partners, partners.c.id == users.c.partner_id)
        )
        .where(
            hosts.c.served,
            PARTNER_ACTS,
            sessions.c.token_hash == token_hash,
            sessions.c.step == "",
            sessions.c.ended_at.is_(None),
            sessions.c.expires_at > now,
            sessions.c.last_seen_at > now - IDLE_TIMEOUT,
            MAY_ACT,
        )
    )
    return connection.execute(query).one_or_none()


def touch_session(connection: Connection, token_hash: bytes, now: datetime) -> None:
    connection.execute(sessions.update().where(sessions.c.token_hash == token_hash).values(last_seen_at=now))


def end_session(connection: Connection, token_hash: bytes, now: datetime) -> Row | None:
    """`user_id`, `address` and `step` of the session, None where there is none that could end."""
    live = sa.and_(sessions.c.token_hash == token_hash, sessions.c.ended_at.is_(None))
    statement = (
        sessions.update()
        .where(live)
        .values(ended_at=now)
        .returning(sessions.c.user_id, sessions.c.address, sessions.c.step)
    )
    return connection.execute(statement).one_or_none()


def end_sessions_of(connection: Connection, advertiser_ids: list[str], now: datetime) -> int:
    """Every session of these advertisers' users; how many."""
    wanted = sa.cast(advertiser_ids, sa.ARRAY(sa.UUID(as_uuid=False)))
    theirs = sa.select(users.c.id).where(users.c.advertiser_id == sa.any_(wanted))
    live = sa.and_(sessions.c.user_id.in_(theirs), sessions.c.ended_at.is_(None))
    return connection.execute(sessions.update().where(live).values(ended_at=now)).rowcount


def purge_sessions(connection: Connection, now: datetime) -> int:
    """Drop up to `PURGE_BATCH` sessions that are older than `KEPT`; how many."""
    old = sa.select(sessions.c.token_hash).where(sessions.c.created_at < now - KEPT).limit(PURGE_BATCH)
    return connection.execute(sessions.delete().where(sessions.c.token_hash.in_(old))).rowcount


def lock_advertiser(connection: Connection, partner_id: str, advertiser_id: str) -> Row | None:
    """`test_mode` and `state`; the row lock makes bounds on what an advertiser has exact."""
    query = sa.select(advertisers.c.test_mode, advertisers.c.state).where(
        advertisers.c.partner_id == partner_id, advertisers.c.id == advertiser_id
    )
    return connection.execute(query.with_for_update()).one_or_none()
