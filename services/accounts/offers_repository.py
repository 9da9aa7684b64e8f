"""Versions of partners' ofertas and who accepted them. Everything is found by (partner_id, …)."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row
from sqlalchemy.dialects.postgresql import insert

from services.accounts.models import offer_acceptances, offers, partners
from services.accounts.repository import is_id

MOST_OFFERS = 100
MOST_ACCEPTANCES = 1_000


def lock_partner(connection: Connection, partner_id: str, *, to_publish: bool) -> bool:
    """Publishing waits for acceptances under way and they for it, so that nobody accepts a version that is not the
    newest any more. False where there is no such partner."""
    if not is_id(partner_id):
        return False
    query = sa.select(partners.c.id).where(partners.c.id == partner_id).with_for_update(read=not to_publish)
    return connection.execute(query).one_or_none() is not None


def newest(connection: Connection, partner_id: str) -> Row | None:
    query = sa.select(offers).where(offers.c.partner_id == partner_id)
    return connection.execute(query.order_by(offers.c.version.desc()).limit(1)).one_or_none()


def add(connection: Connection, values: dict[str, Any]) -> None:
    connection.execute(offers.insert().values(values))


def versions(connection: Connection, partner_id: str) -> list[Row]:
    """The newest `MOST_OFFERS`, newest first, each with the number of its acceptances."""
    accepted = sa.select(sa.func.count()).where(
        offer_acceptances.c.partner_id == offers.c.partner_id, offer_acceptances.c.version == offers.c.version
    )
    query = sa.select(offers, accepted.scalar_subquery().label("acceptances")).where(offers.c.partner_id == partner_id)
    return list(connection.execute(query.order_by(offers.c.version.desc()).limit(MOST_OFFERS)))


def accepted_at(connection: Connection, partner_id: str, version: int, advertiser_id: str) -> datetime | None:
    found = acceptance(connection, partner_id, version, advertiser_id)
    return None if found is None else found.accepted_at


def acceptance(connection: Connection, partner_id: str, version: int, advertiser_id: str) -> Row | None:
    query = sa.select(offer_acceptances).where(
        offer_acceptances.c.partner_id == partner_id,
        offer_acceptances.c.version == version,
        offer_acceptances.c.advertiser_id == advertiser_id,
    )
    return connection.execute(query).one_or_none()


def accept(connection: Connection, values: dict[str, Any]) -> Row:
    """Store it; the acceptance that stands, which is the first one of the advertiser."""
    connection.execute(insert(offer_acceptances).values(values).on_conflict_do_nothing())
    stored = acceptance(connection, values["partner_id"], values["version"], values["advertiser_id"])
    if stored is None:
        raise LookupError("an acceptance that was stored or stood before is there")
    return stored


def acceptances(connection: Connection, partner_id: str, version: int) -> list[Row]:
    """Newest first, at most `MOST_ACCEPTANCES`."""
    query = sa.select(offer_acceptances).where(
        offer_acceptances.c.partner_id == partner_id, offer_acceptances.c.version == version
    )
    newest_first = query.order_by(offer_acceptances.c.accepted_at.desc(), offer_acceptances.c.advertiser_id)
    return list(connection.execute(newest_first.limit(MOST_ACCEPTANCES)))
