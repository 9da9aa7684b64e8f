"""Domains and certificates. What is of a partner is asked for by (partner_id, host); the rest is for loops and the operator."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row
from sqlalchemy.dialects.postgresql import insert

from services.accounts.certificates import WARNING_DAYS
from services.accounts.models import hosts, partners
from services.accounts.models_domains import certificates, domains
from services.accounts.repository import claim_host, is_id

MOST_EXPIRING = 100

_CERTIFICATE = ("source", "subject", "issuer", "names", "not_before", "not_after", "fingerprint", "chain_length")
#: Of a certificate without its chain and key; all NULL where there is none.
_COLUMNS = (
    *domains.c,
    *(certificates.c[name] for name in _CERTIFICATE),
    certificates.c.author.label("certificate_author"),
)
_DOMAINS = sa.select(*_COLUMNS).select_from(domains.outerjoin(certificates, certificates.c.host == domains.c.host))


def add(connection: Connection, host: str, partner_id: str, values: dict[str, Any], *, served: bool) -> str:
    """Take the host for the partner; "" or whose it is already: own, platform, taken."""
    now = values["created_at"]
    if not claim_host(connection, host, partner_id, now, served=served):
        owner = connection.execute(sa.select(hosts.c.partner_id).where(hosts.c.host == host)).scalar_one()
        return "platform" if owner is None else "taken"
    row = insert(domains).values(host=host, partner_id=partner_id, next_check_at=now, **values)
    return "" if connection.execute(row.on_conflict_do_nothing()).rowcount else "own"


def count(connection: Connection, partner_id: str) -> int:
    """Exact, as it waits for whoever else adds a domain of this partner."""
    connection.execute(sa.select(partners.c.id).where(partners.c.id == partner_id).with_for_update())
    query = sa.select(sa.func.count()).select_from(domains).where(domains.c.partner_id == partner_id)
    return connection.execute(query).scalar_one()


def of_partner(connection: Connection, partner_id: str) -> Sequence[Row]:
    query = _DOMAINS.where(domains.c.partner_id == partner_id)
    return connection.execute(query.order_by(domains.c.created_at, domains.c.host)).all()


def page(connection: Connection, after: str, limit: int) -> Sequence[Row]:
    """Of all partners, by host."""
    return connection.execute(_DOMAINS.where(domains.c.host > after).order_by(domains.c.host).limit(limit)).all()


def find(connection: Connection, partner_id: str, host: str, *, lock: bool = False) -> Row | None:
    if not is_id(partner_id):
        return None
    query = _DOMAINS.where(domains.c.partner_id == partner_id, domains.c.host == host)
    return connection.execute(query.with_for_update(of=domains) if lock else query).one_or_none()


def find_any(connection: Connection, host: str, *, lock: bool = False) -> Row | None:
    """Of any partner."""
    query = _DOMAINS.where(domains.c.host == host)
    return connection.execute(query.with_for_update(of=domains) if lock else query).one_or_none()


def change(connection: Connection, row: Row, values: dict[str, Any], *, by_people: bool = True) -> None:
    """Change a locked domain; with the state `active` its host is served from now on."""
    if by_people:
        values = values | {"version": row.version + 1}
    connection.execute(domains.update().where(domains.c.host == row.host).values(values))
    if values.get("state") == "active" and row.state != "active":
        connection.execute(hosts.update().where(hosts.c.host == row.host).values(served=True))


def remove(connection: Connection, row: Row) -> None:
    """With its host, its certificate and the key."""
    connection.execute(hosts.delete().where(hosts.c.host == row.host, hosts.c.partner_id == row.partner_id))


def claim_due(connection: Connection, now: datetime, lease: timedelta, limit: int) -> list[tuple[str, str]]:
    """(partner, host) of those to be looked at; nobody else takes them for `lease`."""
    due = sa.select(domains.c.host).where(domains.c.next_check_at <= now).order_by(domains.c.next_check_at)
    taken = due.limit(limit).with_for_update(skip_locked=True)
    statement = domains.update().where(domains.c.host.in_(taken)).values(next_check_at=now + lease)
    rows = connection.execute(statement.returning(domains.c.partner_id, domains.c.host))
    return [(row.partner_id, row.host) for row in rows]


# Certificates


def put_certificate(connection: Connection, values: dict[str, Any]) -> None:
    """In place of the one before, with everything that was of that one."""
    added = insert(certificates).values(values)
    changed = {column.name: added.excluded[column.name] for column in certificates.c if column.name != "host"}
    connection.execute(added.on_conflict_do_update(index_elements=["host"], set_=changed))


def drop_certificate(connection: Connection, host: str) -> None:
    connection.execute(certificates.delete().where(certificates.c.host == host))


def files(connection: Connection, host: str) -> Row | None:
    """An uploaded certificate with its sealed key."""
    query = sa.select(certificates).where(certificates.c.host == host, certificates.c.sealed_key.is_not(None))
    return connection.execute(query).one_or_none()


def _ending(now: datetime, *columns: Any) -> sa.Select:
    """Certificates of served hosts that end within the first of the warning steps, soonest first."""
    served = certificates.join(domains, domains.c.host == certificates.c.host).join(
        partners, partners.c.id == certificates.c.partner_id
    )
    soon = certificates.c.not_after <= now + timedelta(days=max(WARNING_DAYS))
    query = sa.select(*columns).select_from(served)
    return query.where(domains.c.state == "active", partners.c.state == "active", soon).order_by(
        certificates.c.not_after, certificates.c.host
    )


def expiring(connection: Connection, partner_id: str | None, now: datetime) -> Sequence[Row]:
    query = _ending(now, certificates)
    if partner_id is not None:
        query = query.where(certificates.c.partner_id == partner_id)
    return connection.execute(query.limit(MOST_EXPIRING)).all()


def claim_unwarned(connection: Connection, now: datetime, limit: int) -> Sequence[Row]:
    """`host`, `partner_id`, `not_after`, `source` and the `step` that nobody was told of yet; it is noted as told."""
    steps = [(certificates.c.not_after <= now + timedelta(days=days), days) for days in sorted(WARNING_DAYS)]
    step = sa.case(*steps)
    columns = [certificates.c[name] for name in ("host", "partner_id", "not_after", "source")]
    query = _ending(now, *columns, step.label("step"))
    query = query.where(sa.func.coalesce(certificates.c.warned_days, max(WARNING_DAYS) + 1) > step)
    found = connection.execute(query.limit(limit).with_for_update(of=certificates, skip_locked=True)).all()
    if found:
        told = certificates.update().where(certificates.c.host == sa.bindparam("told_host"))
        values = [{"told_host": row.host, "told_step": row.step} for row in found]
        connection.execute(told.values(warned_days=sa.bindparam("told_step")), values)
    return found
