"""Every query of senders. Whatever people ask for is asked by (partner_id, …)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row
from sqlalchemy.dialects.postgresql import insert

from services.senders.models import decisions, names, policies
from services.senders.models_texts import partner_settings

MOST_NAMES = 1_000
MOST_PENDING = 500

# An operator asks for registration once the partner has stated a name's state there: others it bars.
_CHECK = sa.text("""
    SELECT asked.advertiser_id, asked.name, names.state, coalesce(policies.any_sender, false) AS any_sender,
        coalesce(policies.test_mode, false) AS test_mode, coalesce(partner_settings.test_sender, '') AS test_sender,
        policies.partner_id IS NOT NULL AND (NOT policies.texts_automatic OR EXISTS (
            SELECT FROM text_rules WHERE text_rules.partner_id = policies.partner_id)) AS texts,
        CASE WHEN partner_settings.unregistered = 'refuse' THEN ARRAY(
            SELECT DISTINCT stated.mcc || stated.mnc FROM registrations AS stated
            WHERE stated.partner_id = policies.partner_id AND NOT EXISTS (
                SELECT FROM registrations AS own WHERE own.name_id = names.id AND own.mcc = stated.mcc
                AND own.mnc = stated.mnc AND own.state = 'registered')
            ORDER BY 1) END AS barred
    FROM unnest(CAST(:advertiser_ids AS uuid[]), CAST(:names AS text[])) AS asked (advertiser_id, name)
    LEFT JOIN policies ON policies.advertiser_id = asked.advertiser_id
    LEFT JOIN partner_settings ON partner_settings.partner_id = policies.partner_id
    LEFT JOIN names ON names.advertiser_id = asked.advertiser_id AND names.name = asked.name
""")


def standings(connection: Connection, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Row]:
    """By (advertiser_id, name): state, any_sender, test_mode, test_sender, texts, barred; one query. Ids are UUIDs in
    small letters."""
    asked = list(pairs)
    values = {"advertiser_ids": [one for one, _ in asked], "names": [name for _, name in asked]}
    return {(str(row.advertiser_id), row.name): row for row in connection.execute(_CHECK, values)}


def put_policy(connection: Connection, partner_id: str, advertiser_id: str, values: dict[str, bool]) -> bool:
    """False when the advertiser is another partner's. What `values` don't name stays, or is the database's default."""
    added = insert(policies).values(partner_id=partner_id, advertiser_id=advertiser_id, **values)
    own = policies.c.partner_id == partner_id
    return bool(
        connection.execute(
            added.on_conflict_do_update(index_elements=["advertiser_id"], set_=values, where=own)
        ).rowcount
    )


def leave_test_mode(connection: Connection, advertiser_ids: list[str]) -> None:
    theirs = policies.c.advertiser_id == sa.any_(sa.cast(advertiser_ids, sa.ARRAY(sa.UUID(as_uuid=False))))
    connection.execute(policies.update().where(theirs).values(test_mode=False))


def policy(connection: Connection, partner_id: str, advertiser_id: str) -> Row | None:
    """With the test sender of the partner."""
    query = sa.select(policies, sa.func.coalesce(partner_settings.c.test_sender, "").label("test_sender"))
    joined = policies.outerjoin(partner_settings, partner_settings.c.partner_id == policies.c.partner_id)
    own = (policies.c.advertiser_id == advertiser_id, policies.c.partner_id == partner_id)
    return connection.execute(query.select_from(joined).where(*own)).one_or_none()


def lock_policy(connection: Connection, partner_id: str, advertiser_id: str) -> Row | None:
    """The policy, made strict where there is none; None when the advertiser is another partner's.

    The lock puts concurrent requests of one advertiser in a row, so that the bound on its names is exact.
    """
    strict = {"any_sender": False, "automatic": False}
    added = insert(policies).values(partner_id=partner_id, advertiser_id=advertiser_id, **strict)
    connection.execute(added.on_conflict_do_nothing())
    query = sa.select(policies.c.any_sender, policies.c.automatic)
    query = query.where(policies.c.advertiser_id == advertiser_id, policies.c.partner_id == partner_id)
    return connection.execute(query.with_for_update()).one_or_none()


def named(connection: Connection, advertiser_id: str, name: str) -> Row | None:
    query = sa.select(names).where(names.c.advertiser_id == advertiser_id, names.c.name == name)
    return connection.execute(query).one_or_none()


def count_names(connection: Connection, advertiser_id: str) -> int:
    query = sa.select(sa.func.count()).select_from(names).where(names.c.advertiser_id == advertiser_id)
    return connection.execute(query).scalar_one()


def add_name(connection: Connection, values: dict[str, Any]) -> Row:
    return connection.execute(names.insert().values(values).returning(names)).one()


def decide(connection: Connection, partner_id: str, name_id: str, decision: dict[str, Any]) -> Row | None:
    """The name with its new state, its history one row longer; None when the partner has no such name."""
    values = {
        "state": decision["state"],
        "reason": decision["reason"],
        "decided_at": decision["decided_at"],
        "decided_by": decision["author"],
    }
    statement = names.update().where(names.c.partner_id == partner_id, names.c.id == name_id).values(values)
    row = connection.execute(statement.returning(names)).one_or_none()
    if row is not None:
        add_decision(connection, decision | {"name_id": row.id})
    return row


def add_decision(connection: Connection, decision: dict[str, Any]) -> None:
    """`decision`: id, name_id, state, reason, author, decided_at."""
    connection.execute(decisions.insert().values(decision))


def find(connection: Connection, partner_id: str, name_id: str) -> Row | None:
    query = sa.select(names).where(names.c.partner_id == partner_id, names.c.id == name_id)
    return connection.execute(query).one_or_none()


def history(connection: Connection, name_id: str, most: int) -> list[Row]:
    """Newest first."""
    query = sa.select(decisions).where(decisions.c.name_id == name_id)
    return list(connection.execute(query.order_by(decisions.c.id.desc()).limit(most)))


def pending(connection: Connection, partner_id: str) -> list[Row]:
    """Oldest first; ids are in the order of asking."""
    query = sa.select(names).where(names.c.partner_id == partner_id, names.c.state == "pending")
    return list(connection.execute(query.order_by(names.c.id).limit(MOST_PENDING)))


def of_advertiser(connection: Connection, partner_id: str, advertiser_id: str) -> list[Row]:
    """Newest first."""
    query = sa.select(names).where(names.c.partner_id == partner_id, names.c.advertiser_id == advertiser_id)
    return list(connection.execute(query.order_by(names.c.id.desc()).limit(MOST_NAMES)))


def decision_row(
    name_id: str | None, decision_id: str, state: str, reason: str, author: str, now: datetime
) -> dict[str, Any]:
    return {
        "id": decision_id,
        "name_id": name_id,
        "state": state,
        "reason": reason,
        "author": author,
        "decided_at": now,
    }
