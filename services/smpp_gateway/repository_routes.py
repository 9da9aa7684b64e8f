"""Queries on schemes of routes: their versions and routes, the default, and the history of changes.

Whoever changes anything begins with `next_revision`, which lets changes happen one after the other.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from contracts.smpp_routes import RouteChange
from kit.clock import to_rfc3339
from kit.ids import uuid7

MOST_CHANGES = 200
#: Older ones are forgotten.
MOST_VERSIONS_KEPT = 50

_SCHEMES = (
    "SELECT s.id::text, s.name, s.after_routes, s.version, s.is_default, s.author, s.changed_at, "
    "(SELECT count(*) FROM route r WHERE r.scheme_id = s.id AND r.version = s.version) AS routes, "
    "(SELECT count(*) FROM scheme_assignment a WHERE a.scheme_id = s.id) AS subjects FROM route_scheme s "
)
_ALL = text(_SCHEMES + "ORDER BY s.is_default DESC, s.name")
_ONE = text(_SCHEMES + "WHERE s.id = CAST(:id AS uuid)")
_BY_NAME = text("SELECT id::text FROM route_scheme WHERE name = :name")
_ROUTES = text("SELECT rule FROM route WHERE scheme_id = CAST(:id AS uuid) AND version = :version ORDER BY position")
_PUT = text(
    "INSERT INTO route_scheme AS s (id, name, after_routes, version, author, changed_at) VALUES (CAST(:id AS uuid), :name, "
    ":after, :version, :author, :now) ON CONFLICT (id) DO UPDATE SET name = :name, after_routes = :after, "
    "version = :version, author = :author, changed_at = :now"
)
_PUT_VERSION = text(
    "INSERT INTO route_scheme_version (scheme_id, version, name, after_routes, author, changed_at) "
    "VALUES (CAST(:id AS uuid), :version, :name, :after, :author, :now)"
)
_PUT_ROUTES = text(
    "INSERT INTO route (scheme_id, version, position, rule) SELECT CAST(:id AS uuid), :version, n, rule "
    "FROM jsonb_array_elements(CAST(:rules AS jsonb)) WITH ORDINALITY AS u (rule, n)"
)
_VERSION = text(
    "SELECT version, name, after_routes, author, changed_at FROM route_scheme_version "
    "WHERE scheme_id = CAST(:id AS uuid) AND version = :version"
)
_FORGET = (
    text("DELETE FROM route WHERE scheme_id = CAST(:id AS uuid) AND version <= :before"),
    text("DELETE FROM route_scheme_version WHERE scheme_id = CAST(:id AS uuid) AND version <= :before"),
)
_CHANGES = (
    "SELECT at, author, what, coalesce(scheme_id::text, '') AS scheme_id, scheme_name, version, subject, subject_id "
    "FROM route_change {} ORDER BY id DESC LIMIT :most"
)
_ALL_CHANGES = text(_CHANGES.format(""))
_OWN_CHANGES = text(_CHANGES.format("WHERE scheme_id = CAST(:id AS uuid)"))
_NOTE = text(
    "INSERT INTO route_change (id, at, author, what, scheme_id, scheme_name, version, subject, subject_id) "
    "VALUES (CAST(:key AS uuid), :now, :author, :what, CAST(:id AS uuid), :name, :version, :subject, :subject_id)"
)


def revision(connection: Connection) -> int:
    return connection.execute(text("SELECT value FROM route_revision")).scalar_one()


def next_revision(connection: Connection) -> int:
    """The revision of the change that begins; others wait until it is committed."""
    return connection.execute(text("UPDATE route_revision SET value = value + 1 RETURNING value")).scalar_one()


def schemes(connection: Connection) -> Sequence[Row]:
    """Each with how many routes and subjects it has, the default first, then by name."""
    return connection.execute(_ALL).all()


def scheme(connection: Connection, scheme_id: str) -> Row | None:
    return connection.execute(_ONE, {"id": scheme_id}).one_or_none()


def id_of_name(connection: Connection, name: str) -> str | None:
    return connection.execute(_BY_NAME, {"name": name}).scalar_one_or_none()


def routes(connection: Connection, scheme_id: str, version: int) -> list[dict[str, Any]]:
    """In their order, as `contracts.smpp_routes.Route` crosses the bus."""
    return list(connection.execute(_ROUTES, {"id": scheme_id, "version": version}).scalars())


def version_of(connection: Connection, scheme_id: str, version: int) -> Row | None:
    return connection.execute(_VERSION, {"id": scheme_id, "version": version}).one_or_none()


def put_scheme(
    connection: Connection,
    scheme_id: str,
    version: int,
    *,
    name: str,
    after: str,
    rules: list[dict[str, Any]],
    author: str,
    now: datetime,
) -> None:
    """Write one whole version and forget what is too old."""
    values = {"id": scheme_id, "version": version, "name": name, "after": after, "author": author, "now": now}
    connection.execute(_PUT, values)
    connection.execute(_PUT_VERSION, values)
    connection.execute(_PUT_ROUTES, {"id": scheme_id, "version": version, "rules": json.dumps(rules)})
    for statement in _FORGET:
        connection.execute(statement, {"id": scheme_id, "before": version - MOST_VERSIONS_KEPT})


def delete_scheme(connection: Connection, scheme_id: str) -> None:
    connection.execute(text("DELETE FROM route_scheme WHERE id = CAST(:id AS uuid)"), {"id": scheme_id})


def set_default(connection: Connection, scheme_id: str | None) -> None:
    connection.execute(text("UPDATE route_scheme SET is_default = false WHERE is_default"))
    connection.execute(
        text("UPDATE route_scheme SET is_default = true WHERE id = CAST(:id AS uuid)"), {"id": scheme_id}
    )


def note(
    connection: Connection,
    now: datetime,
    author: str,
    what: str,
    *,
    scheme: Row | None = None,
    subject: str = "",
    subject_id: str = "",
    version: int | None = None,
) -> None:
    """Keep who did what, and when."""
    values = {
        "key": str(uuid7(now)), "now": now, "author": author, "what": what,
        "id": scheme.id if scheme else None, "name": scheme.name if scheme else "",
        "version": version if version is not None else scheme.version if scheme else 0,
        "subject": subject, "subject_id": subject_id,
    }  # fmt: skip
    connection.execute(_NOTE, values)


def changes(connection: Connection, scheme_id: str | None) -> list[RouteChange]:
    """Newest first."""
    rows = connection.execute(_OWN_CHANGES if scheme_id else _ALL_CHANGES, {"id": scheme_id, "most": MOST_CHANGES})
    return [RouteChange(**{**row._mapping, "at": to_rfc3339(row.at)}) for row in rows]
