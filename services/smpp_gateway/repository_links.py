"""Queries on links. Whoever changes one does it with the version that was read of it."""

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from kit.vault import Sealed
from services.smpp_gateway.arrays import quoted
from services.smpp_gateway.links import StoredLink

_COLUMNS = (
    "name, title, enabled, draining, given, binds, failover_after_seconds, unresolved_seconds, receipt_timeout_seconds, "
    "settings, password_key_id, password, reconnects, version, author, changed_at"
)
_VERSIONS = text("SELECT name, version FROM link ORDER BY name")
_ALL = text(f"SELECT {_COLUMNS} FROM link ORDER BY name")
_ONE = text(f"SELECT {_COLUMNS} FROM link WHERE name = :name")
_LOCK = text(f"SELECT {_COLUMNS} FROM link WHERE name = :name FOR UPDATE")
# In one order, so that nobody waits in a circle.
_LOCK_SOME = text(f"SELECT {_COLUMNS} FROM link WHERE name = ANY(CAST(:names AS text[])) ORDER BY name FOR UPDATE")
_WRITTEN = (
    "title", "enabled", "draining", "given", "binds", "failover_after_seconds", "unresolved_seconds",
    "receipt_timeout_seconds", "settings", "password_key_id", "password", "reconnects", "author", "changed_at",
)  # fmt: skip
# A name may come again after it was deleted: its version goes on from the clock, so that nobody takes it for the old one.
_WRITE = text(
    f"INSERT INTO link (name, version, {', '.join(_WRITTEN)}) VALUES "
    f"(:name, (extract(epoch FROM now()) * 1000000)::bigint, {', '.join(f':{name}' for name in _WRITTEN)}) "
    f"ON CONFLICT (name) DO UPDATE SET version = link.version + 1, "
    + ", ".join(f"{name} = EXCLUDED.{name}" for name in _WRITTEN)
)
_DELETE = text("DELETE FROM link WHERE name = :name")
_WAITING = text(
    "SELECT count(*) FROM (SELECT 1 FROM message WHERE state = 'charged' AND link = :link LIMIT :most) AS counted"
)
_OPEN = text(
    "SELECT count(*) FROM (SELECT 1 FROM message WHERE due_at IS NOT NULL "
    "AND state IN ('submitting', 'submitted') AND link = :link LIMIT :most) AS counted"
)
# Along the index of what waits: one step per link, however much waits.
_QUEUES = text(
    "WITH RECURSIVE queue (link) AS ((SELECT link FROM message WHERE state = 'charged' ORDER BY link LIMIT 1) "
    "UNION ALL SELECT (SELECT link FROM message WHERE state = 'charged' AND link > queue.link ORDER BY link LIMIT 1) "
    "FROM queue WHERE queue.link IS NOT NULL) SELECT link FROM queue WHERE link IS NOT NULL"
)
_OLDEST = text(
    "SELECT accepted_at FROM message WHERE state = 'charged' AND link = :link "
    "ORDER BY priority, advertiser_id, due_at, id LIMIT 1"
)


def versions(connection: Connection) -> dict[str, int]:
    return {row[0]: row[1] for row in connection.execute(_VERSIONS)}


def all_links(connection: Connection) -> list[StoredLink]:
    return [_link(row) for row in connection.execute(_ALL)]


def find(connection: Connection, name: str) -> StoredLink | None:
    row = connection.execute(_ONE, {"name": name}).one_or_none()
    return None if row is None else _link(row)


def lock(connection: Connection, name: str) -> StoredLink | None:
    row = connection.execute(_LOCK, {"name": name}).one_or_none()
    return None if row is None else _link(row)


def lock_some(connection: Connection, names: Collection[str]) -> dict[str, StoredLink]:
    """Those of these that there are, by name."""
    return {link.name: link for link in map(_link, connection.execute(_LOCK_SOME, {"names": quoted(names)}))}


def write(connection: Connection, link: StoredLink) -> None:
    """Store it, new or changed, as its next version."""
    password = link.password
    values: dict[str, Any] = {name: getattr(link, name) for name in _WRITTEN if name != "password_key_id"}
    values |= {
        "name": link.name,
        "settings": json.dumps(link.settings),
        "password": password.ciphertext if password else "",
        "password_key_id": password.key_id if password else "",
    }
    connection.execute(_WRITE, values)


def delete(connection: Connection, name: str) -> None:
    connection.execute(_DELETE, {"name": name})


def waiting(connection: Connection, link: str, most: int) -> int:
    """Messages that wait to be submitted over this link, counted up to `most`."""
    return connection.execute(_WAITING, {"link": link, "most": most}).scalar_one()


def open_messages(connection: Connection, link: str, most: int) -> int:
    """Messages that went out over this link and have no end yet, counted up to `most`."""
    return connection.execute(_OPEN, {"link": link, "most": most}).scalar_one()


def queues(connection: Connection) -> list[str]:
    """The names under which messages wait to be submitted, whether there is such a link or not."""
    return list(connection.execute(_QUEUES).scalars())


def first_waiting(connection: Connection, link: str) -> datetime | None:
    """When the message was accepted that is next of the most urgent ones that wait for this link."""
    return connection.execute(_OLDEST, {"link": link}).scalar_one_or_none()


def _link(row: Any) -> StoredLink:
    values: Mapping[str, Any] = row._mapping
    chosen = {name: values[name] for name in StoredLink.__slots__ if name != "password"}
    sealed = Sealed(values["password_key_id"], values["password"]) if values["password"] else None
    return StoredLink(**chosen, password=sealed)
