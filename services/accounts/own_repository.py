"""The sessions of one user, and visits in cabinets that hang on a session."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row
from sqlalchemy.dialects.postgresql import insert

from services.accounts.models import advertisers, sessions, users
from services.accounts.models_people import cabinet_visits as visits
from services.accounts.repository import MAY_ACT, PRINCIPAL_COLUMNS, is_id
from services.accounts.sessions import IDLE_TIMEOUT

_ACTOR = users.alias("actor")
_SUBJECT = users.alias("subject")
#: A visit is over when it was left, when its time is up, or when the session it hangs on has ended.
_ENDED = sa.func.least(visits.c.ended_at, sessions.c.ended_at)
_VISIT_COLUMNS = (
    visits.c.id,
    visits.c.partner_id,
    visits.c.advertiser_id,
    visits.c.actor_id,
    visits.c.reason,
    visits.c.started_at,
    visits.c.expires_at,
    _ENDED.label("ended_at"),
    _SUBJECT.c.login,
    _ACTOR.c.login.label("actor_login"),
    _ACTOR.c.display_name.label("actor_name"),
)
_VISITS = (
    visits.join(_ACTOR, _ACTOR.c.id == visits.c.actor_id)
    .join(_SUBJECT, _SUBJECT.c.advertiser_id == visits.c.advertiser_id)
    .outerjoin(sessions, sessions.c.token_hash == visits.c.session_hash)
)


def live_sessions(connection: Connection, user_id: str, most: int, now: datetime) -> list[Row]:
    live = (
        sessions.c.user_id == user_id,
        sessions.c.step == "",
        sessions.c.ended_at.is_(None),
        sessions.c.expires_at > now,
        sessions.c.last_seen_at > now - IDLE_TIMEOUT,
    )
    query = sa.select(sessions).where(*live).order_by(sessions.c.last_seen_at.desc(), sessions.c.id).limit(most)
    return list(connection.execute(query))


def end_session(connection: Connection, user_id: str, session_id: str, now: datetime) -> bool:
    """False where the user has no such session that has not ended."""
    if not is_id(session_id):
        return False
    mine = (sessions.c.user_id == user_id, sessions.c.id == session_id, sessions.c.ended_at.is_(None))
    return bool(connection.execute(sessions.update().where(*mine).values(ended_at=now)).rowcount)


def advertisers_user(connection: Connection, partner_id: str, advertiser_id: str) -> Row | None:
    """The principal's columns of this advertiser's sign-in, and whether it `may_act`; None for another partner's."""
    if not is_id(partner_id) or not is_id(advertiser_id):
        return None
    query = (
        sa.select(*PRINCIPAL_COLUMNS, MAY_ACT.label("may_act"))
        .select_from(users.join(advertisers, advertisers.c.id == users.c.advertiser_id))
        .where(advertisers.c.partner_id == partner_id, advertisers.c.id == advertiser_id)
    )
    return connection.execute(query).one_or_none()


def add_visit(connection: Connection, values: dict[str, Any]) -> bool:
    """False while this session is in a cabinet; one whose time is up is closed by this."""
    old = (visits.c.session_hash == values["session_hash"], visits.c.ended_at.is_(None))
    over = visits.update().where(*old, visits.c.expires_at <= values["started_at"])
    connection.execute(over.values(ended_at=visits.c.expires_at))
    return bool(connection.execute(insert(visits).values(values).on_conflict_do_nothing()).rowcount)


def live_visit(connection: Connection, session_hash: bytes, now: datetime) -> Row | None:
    """Of this session; that the session itself holds is for the caller to see."""
    live = (visits.c.session_hash == session_hash, visits.c.ended_at.is_(None), visits.c.expires_at > now)
    return connection.execute(sa.select(*_VISIT_COLUMNS).select_from(_VISITS).where(*live)).one_or_none()


def visit(connection: Connection, visit_id: str) -> Row:
    return connection.execute(sa.select(*_VISIT_COLUMNS).select_from(_VISITS).where(visits.c.id == visit_id)).one()


def end_visit(connection: Connection, session_hash: bytes, now: datetime) -> str | None:
    """The id of the visit that ended by this."""
    live = (visits.c.session_hash == session_hash, visits.c.ended_at.is_(None), visits.c.expires_at > now)
    return connection.execute(visits.update().where(*live).values(ended_at=now).returning(visits.c.id)).scalar()


def visits_of(connection: Connection, partner_id: str, advertiser_id: str, most: int) -> list[Row]:
    if not is_id(partner_id) or not is_id(advertiser_id):
        return []
    theirs = (visits.c.partner_id == partner_id, visits.c.advertiser_id == advertiser_id)
    query = sa.select(*_VISIT_COLUMNS).select_from(_VISITS).where(*theirs)
    return list(connection.execute(query.order_by(visits.c.started_at.desc(), visits.c.id.desc()).limit(most)))
