"""Changes of schemes, assignments and costs, each in the transaction of its caller: checked, written, noted."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from sqlalchemy import Connection

from contracts import errors
from contracts.errors import Conflict, GolubError, Malformed, NotFound
from contracts.smpp_routes import LinkCost, LinkCosts, Route
from contracts.wire import many_to_wire
from kit.ids import uuid7
from services.smpp_gateway import repository_routes, repository_routing
from services.smpp_gateway.route_checks import (
    MOST_SCHEMES,
    check_costs,
    check_scheme,
    check_subject,
    problem,
)

MOST_AUTHOR = 100


@dataclass(slots=True, frozen=True)
class Change:
    """One transaction of one person; those of others wait for its end."""

    connection: Connection
    author: str
    now: datetime
    revision: int

    @classmethod
    def begin(cls, connection: Connection, author: str, now: datetime) -> "Change":
        author = author[:MOST_AUTHOR].replace("\x00", "")
        return cls(connection, author, now, repository_routes.next_revision(connection))


def known(connection: Connection, scheme_id: str) -> Any:
    """The row of the scheme; `NotFound`."""
    row = repository_routes.scheme(connection, scheme_id)
    if row is None:
        raise NotFound("There is no such scheme.")
    return row


def put_scheme(
    change: Change,
    scheme_id: str | None,
    was: int | None,
    *,
    name: str,
    after: str,
    routes: Sequence[Route],
    links: Collection[str],
) -> str:
    """Write a scheme, or a whole version of one; its id. A repeat of what is there already changes nothing."""
    check_scheme(name, after, routes, links)
    connection, name, rules = change.connection, name.strip(), many_to_wire(routes)
    taken_by = repository_routes.id_of_name(connection, name)
    if scheme_id is None:
        if len(repository_routes.schemes(connection)) >= MOST_SCHEMES:
            refuse("/name", "too_many_schemes")
        version = 1
    else:
        row = known(connection, scheme_id)
        if (row.name, row.after_routes) == (name, after) and rules == _rules(connection, row):
            return scheme_id
        if was is not None and was != row.version:
            stale()
        version = row.version + 1
    if taken_by not in (None, scheme_id):
        refuse("/name", "scheme_name_taken", Conflict)
    key = scheme_id or str(uuid7(change.now))
    repository_routes.put_scheme(
        connection, key, version, name=name, after=after, rules=rules, author=change.author, now=change.now
    )
    what = "created" if scheme_id is None else "changed"
    repository_routes.note(connection, change.now, change.author, what, scheme=known(connection, key))
    return key


def _rules(connection: Connection, row: Any) -> list[dict[str, Any]]:
    return repository_routes.routes(connection, row.id, row.version)


def delete_scheme(change: Change, scheme_id: str) -> None:
    row = known(change.connection, scheme_id)
    if row.is_default or row.subjects:
        refuse("/scheme_id", "scheme_in_use", Conflict)
    repository_routes.delete_scheme(change.connection, scheme_id)
    repository_routes.note(change.connection, change.now, change.author, "deleted", scheme=row)


def set_default(change: Change, scheme_id: str | None) -> None:
    row = known(change.connection, scheme_id) if scheme_id else None
    repository_routes.set_default(change.connection, scheme_id)
    repository_routes.note(change.connection, change.now, change.author, "default", scheme=row)


def assign(change: Change, subject: str, subject_id: str, scheme_id: str | None) -> None:
    check_subject(subject, subject_id)
    row = known(change.connection, scheme_id) if scheme_id else None
    repository_routing.assign(
        change.connection,
        subject,
        subject_id,
        scheme_id,
        author=change.author,
        now=change.now,
        revision=change.revision,
    )
    what = "assigned" if scheme_id else "released"
    repository_routes.note(
        change.connection, change.now, change.author, what, scheme=row, subject=subject, subject_id=subject_id
    )


def put_costs(change: Change, link: str, rows: Sequence[LinkCost], was: int, links: Collection[str]) -> None:
    check_costs(link, rows, links)
    connection, version = change.connection, repository_routing.cost_versions(change.connection).get(link, 0)
    if was != version:
        stale()
    repository_routing.put_costs(connection, link, rows, author=change.author, now=change.now, revision=change.revision)
    repository_routes.note(
        connection, change.now, change.author, "costs", subject="link", subject_id=link, version=version + 1
    )


def costs_of(connection: Connection, links: Collection[str]) -> list[LinkCosts]:
    versions = repository_routing.cost_versions(connection)
    return [
        LinkCosts(link=one, rows=repository_routing.costs(connection, one), version=versions.get(one, 0))
        for one in sorted(links)
    ]


def refuse(pointer: str, code: str, kind: Callable[..., GolubError] = Malformed) -> NoReturn:
    found = problem(pointer, code)
    raise kind(found["detail"], {"errors": [found]})


def stale() -> NoReturn:
    detail = errors.PROBLEMS["changed_meanwhile"]
    raise Conflict(detail, {"errors": [{"pointer": "/was", "code": "changed_meanwhile", "detail": detail}]})
