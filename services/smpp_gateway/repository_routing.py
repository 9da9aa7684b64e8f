"""Queries on who has which scheme and what links cost; and what of it is newer than a process knows."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, Row, text

from contracts.smpp_routes import LinkCost, RouteAssignment
from kit.clock import to_rfc3339
from services.smpp_gateway.arrays import plain, quoted

MOST_SUBJECTS = 1_000

_ASSIGN = text(
    "INSERT INTO scheme_assignment (subject, subject_id, scheme_id, author, assigned_at, revision) VALUES (:subject, "
    "CAST(:subject_id AS uuid), CAST(:scheme AS uuid), :author, :now, :revision) ON CONFLICT (subject, subject_id) "
    "DO UPDATE SET scheme_id = EXCLUDED.scheme_id, author = EXCLUDED.author, assigned_at = EXCLUDED.assigned_at, "
    "revision = EXCLUDED.revision"
)
_ASSIGNMENTS = (
    "SELECT a.subject, a.subject_id::text, a.scheme_id::text, s.name AS scheme_name, a.author, a.assigned_at "
    "FROM scheme_assignment a JOIN route_scheme s ON s.id = a.scheme_id WHERE {} ORDER BY a.subject, a.subject_id "
    "LIMIT :most"
)
_OF_SUBJECTS = text(_ASSIGNMENTS.format("a.subject_id = ANY(CAST(:ids AS uuid[]))"))
_OF_SCHEME = text(_ASSIGNMENTS.format("a.scheme_id = CAST(:scheme AS uuid)"))
_NEWER = text("SELECT subject, subject_id::text, scheme_id::text FROM scheme_assignment WHERE revision > :known")
_COSTS = text("SELECT mcc, mnc, price FROM link_cost WHERE link = :link ORDER BY mcc, mnc")
_PUT_VERSION = text(
    "INSERT INTO link_cost_version AS v (link, version, author, changed_at, revision) VALUES (:link, 1, :author, :now, "
    ":revision) ON CONFLICT (link) DO UPDATE SET version = v.version + 1, author = :author, changed_at = :now, "
    "revision = :revision"
)
_PUT_COSTS = text(
    "INSERT INTO link_cost (link, mcc, mnc, price) SELECT :link, mcc, mnc, price FROM unnest(CAST(:mccs AS text[]), "
    "CAST(:mncs AS text[]), CAST(:prices AS bigint[])) AS u (mcc, mnc, price)"
)


def assign(
    connection: Connection,
    subject: str,
    subject_id: str,
    scheme_id: str | None,
    *,
    author: str,
    now: datetime,
    revision: int,
) -> None:
    """`scheme_id` None: none of its own any more."""
    values = {"subject": subject, "subject_id": subject_id, "scheme": scheme_id, "author": author, "now": now}
    connection.execute(_ASSIGN, values | {"revision": revision})


def assignments(
    connection: Connection, subject_ids: Collection[str], scheme_id: str | None = None
) -> list[RouteAssignment]:
    """Of these subjects, else all of a scheme."""
    values = {"ids": plain(subject_ids), "scheme": scheme_id, "most": MOST_SUBJECTS}
    rows = connection.execute(_OF_SUBJECTS if scheme_id is None else _OF_SCHEME, values)
    return [RouteAssignment(**{**row._mapping, "assigned_at": to_rfc3339(row.assigned_at)}) for row in rows]


def assigned_since(connection: Connection, known: int) -> Sequence[Row]:
    """(subject, subject id, scheme id or None)."""
    return connection.execute(_NEWER, {"known": known}).all()


def costs(connection: Connection, link: str) -> list[LinkCost]:
    return [LinkCost(mcc=row.mcc, mnc=row.mnc, price=row.price) for row in connection.execute(_COSTS, {"link": link})]


def cost_versions(connection: Connection, known: int = -1) -> dict[str, int]:
    """Links with costs whose last change is newer than that revision, with the version of their costs."""
    statement = text("SELECT link, version FROM link_cost_version WHERE revision > :known")
    return {row.link: row.version for row in connection.execute(statement, {"known": known})}


def put_costs(
    connection: Connection, link: str, rows: Sequence[LinkCost], *, author: str, now: datetime, revision: int
) -> None:
    """All of a link's costs anew."""
    connection.execute(_PUT_VERSION, {"link": link, "author": author, "now": now, "revision": revision})
    connection.execute(text("DELETE FROM link_cost WHERE link = :link"), {"link": link})
    values = {
        "mccs": quoted(one.mcc for one in rows),
        "mncs": quoted(one.mnc for one in rows),
        "prices": plain(one.price for one in rows),
    }
    connection.execute(_PUT_COSTS, values | {"link": link})
