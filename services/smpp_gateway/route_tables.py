"""What this process knows of schemes, assignments and costs, and how it hears of changes: by a revision, each second."""

import logging
import time
from typing import Any

import eventlet
from sqlalchemy import Connection

from contracts.smpp_routes import LinkCost, Route, RouteScheme
from contracts.wire import many_from_wire
from kit.clock import to_rfc3339
from kit.database import Transactions
from services.smpp_gateway import repository_routes, repository_routing
from services.smpp_gateway.link_order import Costs
from services.smpp_gateway.schemes import Scheme, Tables

log = logging.getLogger(__name__)

#: The loop that looks runs once a second; a little less, so that no turn of it is left out.
LOOK_SECONDS = 0.9


class RouteTables:
    """`current()` never asks the database once it has; `refresh()` asks for one number where nothing has changed."""

    def __init__(self, db: Transactions) -> None:
        self._db = db
        self._known = -1
        self._tables: Tables | None = None
        self._looked_seconds = -LOOK_SECONDS
        self._costs: dict[str, list[LinkCost]] = {}

    def current(self) -> Tables:
        """`Unavailable` before the first time that the database has told anything: nothing is routed by a guess."""
        return self._tables or self.refresh()

    def look(self) -> None:
        """Refresh, unless that was done a moment ago: who sweeps may be woken many times a second."""
        now = time.monotonic()
        if now - self._looked_seconds >= LOOK_SECONDS:
            self._looked_seconds = now
            self.refresh()

    def refresh(self) -> Tables:
        """The tables with what is new; only what has changed is read."""
        known, before = self._known, self._tables
        with self._db.begin() as connection:
            newest = repository_routes.revision(connection)
            if before is not None and newest == known:
                return before
            found = self._read(connection, before or Tables(), known)
        if known == self._known:
            self._known, self._tables = newest, found
            log.info("routes: %d schemes of revision %d", len(found.schemes), newest)
        return self._tables or found

    def _read(self, connection: Connection, before: Tables, known: int) -> Tables:
        rows = repository_routes.schemes(connection)
        owners = {"advertiser": dict(before.of_advertiser), "partner": dict(before.of_partner)}
        for subject, subject_id, scheme_id in repository_routing.assigned_since(connection, known):
            owners[subject].pop(subject_id, None)
            if scheme_id is not None:
                owners[subject][subject_id] = scheme_id
        for link in repository_routing.cost_versions(connection, known):
            self._costs[link] = repository_routing.costs(connection, link)
        return Tables(
            schemes={row.id: _scheme(connection, row, before.schemes.get(row.id)) for row in rows},
            default_id=next((row.id for row in rows if row.is_default), None),
            of_advertiser=owners["advertiser"],
            of_partner=owners["partner"],
            costs=Costs(self._costs),
        )


def _scheme(connection: Connection, row: Any, known: Scheme | None) -> Scheme:
    """As it is known, where it has not changed; else read, while others have their turn in between."""
    if known is not None and known.version == row.version:
        return known
    eventlet.sleep(0)
    return Scheme(scheme_of(row, repository_routes.routes(connection, row.id, row.version)))


def scheme_of(row: Any, rules: list[dict[str, Any]]) -> RouteScheme:
    return RouteScheme(
        id=row.id,
        name=row.name,
        after=row.after_routes,
        routes=many_from_wire(Route, rules),
        version=row.version,
        is_default=row.is_default,
        subjects=row.subjects,
        author=row.author,
        changed_at=to_rfc3339(row.changed_at),
    )
