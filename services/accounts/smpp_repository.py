"""SMPP logins and settings."""

import secrets
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row
from sqlalchemy.dialects.postgresql import insert

from services.accounts.models import advertisers, partners, smpp_credentials, smpp_settings
from services.accounts.repository import state_of_both

_SETTINGS = (
    smpp_settings.c.enabled,
    smpp_settings.c.max_binds,
    smpp_settings.c.submits_per_second,
    smpp_settings.c.submit_window,
    smpp_settings.c.allow_list,
    smpp_settings.c.highest_priority,
)
_CREDENTIALS = sa.select(smpp_credentials, state_of_both(), *_SETTINGS).select_from(
    smpp_credentials.join(advertisers, advertisers.c.id == smpp_credentials.c.advertiser_id)
    .join(partners, partners.c.id == smpp_credentials.c.partner_id)
    .outerjoin(smpp_settings, smpp_settings.c.advertiser_id == smpp_credentials.c.advertiser_id)
)


def credential(connection: Connection, system_id: str) -> Row | None:
    """With the state of its advertiser (blocked where its partner is), and the settings: None in each where nothing was set."""
    return connection.execute(_CREDENTIALS.where(smpp_credentials.c.system_id == system_id)).one_or_none()


def credentials_of(connection: Connection, system_ids: Sequence[str]) -> Sequence[Row]:
    """As `credential`, those that exist."""
    return connection.execute(_CREDENTIALS.where(smpp_credentials.c.system_id.in_(system_ids))).all()


def put_credential(connection: Connection, values: dict[str, Any]) -> bool:
    """Add it, or change its password; False when the system_id is another advertiser's."""
    table = smpp_credentials
    # A login that is made anew must not have the version of its former self, which caches and bound sessions may yet have.
    added = insert(table).values(values | {"version": secrets.randbits(40)})
    changed = {
        "password_hash": added.excluded.password_hash,
        "version": table.c.version + 1,
        "changed_at": added.excluded.changed_at,
    }
    own = sa.and_(table.c.partner_id == values["partner_id"], table.c.advertiser_id == values["advertiser_id"])
    return bool(
        connection.execute(added.on_conflict_do_update(index_elements=["system_id"], set_=changed, where=own)).rowcount
    )


def remove_credential(connection: Connection, advertiser_id: str, system_id: str) -> bool:
    theirs = (smpp_credentials.c.advertiser_id == advertiser_id, smpp_credentials.c.system_id == system_id)
    return bool(connection.execute(smpp_credentials.delete().where(*theirs)).rowcount)


def other_system_ids(connection: Connection, advertiser_id: str, system_id: str) -> int:
    theirs = (smpp_credentials.c.advertiser_id == advertiser_id, smpp_credentials.c.system_id != system_id)
    return connection.execute(sa.select(sa.func.count()).select_from(smpp_credentials).where(*theirs)).scalar_one()


def logins(connection: Connection, advertiser_id: str) -> Sequence[Row]:
    """`system_id`, `created_at`, `changed_at`, oldest first; an advertiser has few."""
    table = smpp_credentials
    query = sa.select(table.c.system_id, table.c.created_at, table.c.changed_at)
    theirs = query.where(table.c.advertiser_id == advertiser_id)
    return connection.execute(theirs.order_by(table.c.created_at, table.c.system_id)).all()


def settings(connection: Connection, advertiser_id: str) -> Row | None:
    """None where nothing was set."""
    query = sa.select(*_SETTINGS).where(smpp_settings.c.advertiser_id == advertiser_id)
    return connection.execute(query).one_or_none()


def put_settings(connection: Connection, values: dict[str, Any]) -> None:
    added = insert(smpp_settings).values(values)
    changed = {name: added.excluded[name] for name in values if name not in ("partner_id", "advertiser_id")}
    connection.execute(added.on_conflict_do_update(index_elements=["advertiser_id"], set_=changed))
