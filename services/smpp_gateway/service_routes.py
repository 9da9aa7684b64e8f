"""smpp_gateway: the entrypoints of routes: schemes, who has which, what links cost, and the dry run."""

from datetime import datetime
from typing import Any

from contracts.errors import Malformed, NotFound
from contracts.smpp_routes import LinkCost, Route, RouteLink, RouteSchemeLine
from contracts.tariffs import SMS_TYPES, QuoteItem
from contracts.wire import many_from_wire, many_to_wire, to_wire
from kit.clock import from_rfc3339, to_rfc3339
from kit.ids import uuid7
from kit.service import rpc
from services.smpp_gateway import repository_routes, repository_routing, route_editing
from services.smpp_gateway.admission import canonical
from services.smpp_gateway.recipient import normalise
from services.smpp_gateway.repository_routing import MOST_SUBJECTS
from services.smpp_gateway.route_checks import MOST_SENDER
from services.smpp_gateway.route_editing import Change
from services.smpp_gateway.route_explaining import explained
from services.smpp_gateway.route_rules import Traits
from services.smpp_gateway.route_tables import scheme_of


class RoutesRpc:
    """Part of `SmppGatewayService`, whose dependencies these are."""

    db: Any
    clock: Any
    tariffs: Any
    gateway: Any

    @rpc
    def route_schemes(self) -> list[dict[str, Any]]:
        with self.db.begin() as connection:
            return many_to_wire([_line(row) for row in repository_routes.schemes(connection)])

    @rpc
    def route_scheme(self, scheme_id: str, version: int | None = None) -> dict[str, Any]:
        with self.db.begin() as connection:
            return self._scheme(connection, canonical(scheme_id), version)

    @rpc
    def put_route_scheme(
        self,
        name: str,
        after: str,
        routes: list[dict[str, Any]],
        author: str,
        scheme_id: str | None = None,
        was: int | None = None,
    ) -> dict[str, Any]:
        wanted, key = many_from_wire(Route, routes), scheme_id and canonical(scheme_id)
        with self.db.begin() as connection:
            change = Change.begin(connection, author, self.clock.now())
            known = self._links()
            key = route_editing.put_scheme(change, key, was, name=name, after=after, routes=wanted, links=known)
            return self._scheme(connection, key)

    @rpc
    def delete_route_scheme(self, scheme_id: str, author: str) -> None:
        with self.db.begin() as connection:
            route_editing.delete_scheme(Change.begin(connection, author, self.clock.now()), canonical(scheme_id))

    @rpc
    def set_default_route_scheme(self, scheme_id: str | None, author: str) -> None:
        key = scheme_id and canonical(scheme_id)
        with self.db.begin() as connection:
            route_editing.set_default(Change.begin(connection, author, self.clock.now()), key)

    @rpc
    def assign_route_scheme(self, subject: str, subject_id: str, scheme_id: str | None, author: str) -> None:
        key, owner = scheme_id and canonical(scheme_id), canonical(subject_id)
        with self.db.begin() as connection:
            route_editing.assign(Change.begin(connection, author, self.clock.now()), subject, owner, key)

    @rpc
    def route_assignments(self, subject_ids: list[str], scheme_id: str | None) -> list[dict[str, Any]]:
        if len(subject_ids) > MOST_SUBJECTS:
            raise Malformed(f"At most {MOST_SUBJECTS} ids at once.")
        ids, key = [canonical(one) for one in subject_ids], scheme_id and canonical(scheme_id)
        with self.db.begin() as connection:
            return many_to_wire(repository_routing.assignments(connection, ids, key))

    @rpc
    def route_changes(self, scheme_id: str | None) -> list[dict[str, Any]]:
        with self.db.begin() as connection:
            return many_to_wire(repository_routes.changes(connection, scheme_id and canonical(scheme_id)))

    @rpc
    def link_costs(self) -> list[dict[str, Any]]:
        with self.db.begin() as connection:
            return many_to_wire(route_editing.costs_of(connection, self._links()))

    @rpc
    def put_link_costs(self, link: str, rows: list[dict[str, Any]], was: int, author: str) -> dict[str, Any]:
        wanted = many_from_wire(LinkCost, rows)
        with self.db.begin() as connection:
            change = Change.begin(connection, author, self.clock.now())
            route_editing.put_costs(change, link, wanted, was, self._links())
            return to_wire(route_editing.costs_of(connection, [link])[0])

    @rpc
    def route_links(self) -> list[dict[str, Any]]:
        fleet = self.gateway.fleet
        links = sorted(fleet.statuses(), key=lambda one: one.name)
        return many_to_wire(
            [
                RouteLink(link=one.name, enabled=one.enabled, up=fleet.is_up(one.name), cost=one.cost, weight=0)
                for one in links
            ]
        )

    @rpc
    def explain_route(
        self, recipient: str, sender: str, sms_type: str, advertiser_id: str, partner_id: str, at: str | None
    ) -> dict[str, Any]:
        number, moment = normalise(recipient), self._moment(at)
        if number is None:
            raise _malformed("/recipient", "recipient_invalid", "The recipient is not a phone number that exists")
        if sms_type not in SMS_TYPES:
            route_editing.refuse("/sms_type", "route_type_unknown")
        if len(sender) > MOST_SENDER:
            route_editing.refuse("/sender", "route_sender_invalid")
        advertiser, partner = (one and canonical(one) for one in (advertiser_id, partner_id))
        asked = QuoteItem(recipient=number, advertiser_id=advertiser, partner_id=partner, sms_type=sms_type)
        place = self.tariffs.quote([asked])[0]
        found = explained(
            self.gateway.routes.refresh(),
            self.gateway.fleet.statuses(),
            Traits(place.mcc, place.mnc, sms_type, sender, partner, advertiser),
            recipient=number,
            place=place,
            at=moment,
            message_id=str(uuid7(self.clock.now())),
        )
        # A link that went down a moment ago is still chosen, until what waits for it goes elsewhere.
        for one in found.links:
            one.up = self.gateway.fleet.is_up(one.link)
        return to_wire(found)

    def _moment(self, at: str | None) -> datetime:
        try:
            return self.clock.now() if at is None else from_rfc3339(at)
        except (ValueError, OverflowError):
            raise _malformed("/at", "invalid", "A time as RFC 3339 writes it") from None

    def _links(self) -> set[str]:
        return {one.name for one in self.gateway.fleet.statuses()}

    def _scheme(self, connection: Any, scheme_id: str, version: int | None = None) -> dict[str, Any]:
        row = route_editing.known(connection, scheme_id)
        found = scheme_of(row, repository_routes.routes(connection, scheme_id, version or row.version))
        if version is not None and version != row.version:
            old = repository_routes.version_of(connection, scheme_id, version)
            if old is None:
                raise NotFound("There is no such version.")
            found.name, found.after, found.author = old.name, old.after_routes, old.author
            found.version, found.changed_at = old.version, to_rfc3339(old.changed_at)
        return to_wire(found)


def _line(row: Any) -> RouteSchemeLine:
    return RouteSchemeLine(
        id=row.id,
        name=row.name,
        after=row.after_routes,
        routes=row.routes,
        version=row.version,
        is_default=row.is_default,
        subjects=row.subjects,
        author=row.author,
        changed_at=to_rfc3339(row.changed_at),
    )


def _malformed(pointer: str, code: str, detail: str) -> Malformed:
    return Malformed(detail, {"errors": [{"pointer": pointer, "code": code, "detail": detail}]})
