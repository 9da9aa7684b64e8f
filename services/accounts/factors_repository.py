"""Second factors, their recovery codes, and sign-ins that wait for their second step."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row
from sqlalchemy.dialects.postgresql import insert

from services.accounts.models import hosts, partners, sessions, users
from services.accounts.models_people import factors, recovery_codes
from services.accounts.repository import is_id


def factor(connection: Connection, user_id: str, *, lock: bool = False) -> Row | None:
    query = sa.select(factors).where(factors.c.user_id == user_id)
    return connection.execute(query.with_for_update() if lock else query).one_or_none()


def put_pending(connection: Connection, user_id: str, key_id: str, sealed: str, now: datetime) -> bool:
    """A secret to be confirmed, in place of another such; False where one is confirmed already."""
    values = {"sealed": sealed, "key_id": key_id, "made_at": now, "last_step": 0}
    statement = insert(factors).values(user_id=user_id, **values)
    statement = statement.on_conflict_do_update(
        index_elements=["user_id"], set_=values, where=factors.c.confirmed_at.is_(None)
    )
    return bool(connection.execute(statement).rowcount)


def confirm(connection: Connection, user_id: str, step: int, hashes: Iterable[bytes], now: datetime) -> None:
    own = factors.c.user_id == user_id
    connection.execute(factors.update().where(own).values(confirmed_at=now, last_step=step))
    connection.execute(recovery_codes.delete().where(recovery_codes.c.user_id == user_id))
    connection.execute(recovery_codes.insert(), [{"user_id": user_id, "code_hash": one} for one in hashes])


def note_step(connection: Connection, user_id: str, step: int) -> None:
    connection.execute(factors.update().where(factors.c.user_id == user_id).values(last_step=step))


def spend_recovery_code(connection: Connection, user_id: str, code_hash: bytes) -> bool:
    """Whether it was one that is left; it is left no more."""
    mine = sa.and_(recovery_codes.c.user_id == user_id, recovery_codes.c.code_hash == code_hash)
    return bool(connection.execute(recovery_codes.delete().where(mine)).rowcount)


def codes_left(connection: Connection, user_id: str) -> int:
    query = sa.select(sa.func.count()).select_from(recovery_codes).where(recovery_codes.c.user_id == user_id)
    return connection.execute(query).scalar_one()


def drop(connection: Connection, user_ids: list[str]) -> int:
    """How many of these users had one switched on."""
    gone = factors.delete().where(factors.c.user_id.in_(user_ids)).returning(factors.c.confirmed_at)
    return sum(row.confirmed_at is not None for row in connection.execute(gone))


def partner_users(connection: Connection, partner_id: str) -> list[str]:
    """The partner's own sign-ins, not its managers'."""
    if not is_id(partner_id):
        return []
    query = sa.select(users.c.id).where(users.c.partner_id == partner_id, users.c.role == "partner")
    return list(connection.execute(query).scalars())


def is_required(connection: Connection, partner_id: str | None) -> bool | None:
    """None for no partner."""
    if partner_id is None or not is_id(partner_id):
        return None
    return connection.execute(sa.select(partners.c.factor_required).where(partners.c.id == partner_id)).scalar()


def set_required(connection: Connection, partner_id: str, required: bool) -> bool:
    """False where there is no such partner."""
    if not is_id(partner_id):
        return False
    statement = partners.update().where(partners.c.id == partner_id).values(factor_required=required)
    return bool(connection.execute(statement).rowcount)


def unfinished(connection: Connection, host: str, token_hash: bytes, step: str, now: datetime) -> Row | None:
    """The row of a sign-in on this host that waits for that step, locked; with the user's login and role."""
    same_partner = hosts.c.partner_id.is_not_distinct_from(sessions.c.partner_id)
    query = (
        sa.select(sessions, users.c.login, users.c.role)
        .select_from(
            sessions.join(users, users.c.id == sessions.c.user_id).join(
                hosts, sa.and_(hosts.c.host == host, same_partner)
            )
        )
        .where(
            sessions.c.token_hash == token_hash,
            sessions.c.step == step,
            sessions.c.ended_at.is_(None),
            sessions.c.expires_at > now,
            users.c.state == "active",
        )
    )
    return connection.execute(query.with_for_update(of=sessions)).one_or_none()


def count_wrong_code(connection: Connection, token_hash: bytes, most: int, now: datetime) -> None:
    """One more; the sign-in ends with the last that it may have."""
    wrong = sessions.c.wrong_codes + 1
    ended: Any = sa.case((wrong >= most, now), else_=None)
    mine = sessions.c.token_hash == token_hash
    connection.execute(sessions.update().where(mine).values(wrong_codes=wrong, ended_at=ended))
