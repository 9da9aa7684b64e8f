"""Schemes of routes in memory, by the real rules: part of the fake smpp_gateway."""

from datetime import UTC, datetime
from typing import Any

from contracts import errors
from contracts.errors import Conflict, Malformed, NotFound
from contracts.smpp_routes import (
    PROBLEMS,
    LinkCost,
    LinkCosts,
    Route,
    RouteAssignment,
    RouteChange,
    RouteLink,
    RouteScheme,
    RouteSchemeLine,
)
from contracts.tariffs import Quote
from contracts.wire import many_from_wire, many_to_wire, to_wire
from kit.clock import from_rfc3339
from services.smpp_gateway.link_order import Costs
from services.smpp_gateway.recipient import normalise
from services.smpp_gateway.route_checks import check_costs, check_scheme
from services.smpp_gateway.route_explaining import explained
from services.smpp_gateway.route_rules import Traits
from services.smpp_gateway.routing import LinkStatus
from services.smpp_gateway.schemes import Scheme, Tables
from tests.unit.gateway_api.fakes_accounts import NOW, new_id


class FakeRoutes:
    """Two links, one of them down. Every Russian number is Beeline's."""

    def __init__(self) -> None:
        self.statuses = [LinkStatus("main"), LinkStatus("spare", up=False)]
        self.schemes: dict[str, RouteScheme] = {}
        self.old: dict[tuple[str, int], RouteScheme] = {}
        self.owners: dict[tuple[str, str], RouteAssignment] = {}
        self.changes: list[RouteChange] = []
        self.costs: dict[str, LinkCosts] = {}

    def route_schemes(self) -> Any:
        found = sorted(self.schemes.values(), key=lambda one: (not one.is_default, one.name))
        return many_to_wire(_line(one) for one in found)

    def route_scheme(self, scheme_id: str, version: int | None) -> Any:
        found = self.schemes.get(scheme_id)
        if version is not None and found is not None:
            found = self.old.get((scheme_id, version))
        if found is None:
            raise NotFound("There is no such scheme.")
        return to_wire(found)

    def put_route_scheme(
        self, name: str, after: str, routes: Any, author: str, scheme_id: str | None, was: int | None
    ) -> Any:
        wanted, known = many_from_wire(Route, routes), scheme_id and self.schemes.get(scheme_id)
        check_scheme(name, after, wanted, {one.name for one in self.statuses})
        if any(one.name == name and one.id != scheme_id for one in self.schemes.values()):
            raise _conflict("/name", "scheme_name_taken", PROBLEMS)
        if scheme_id and not known:
            raise NotFound("There is no such scheme.")
        if known and was not in (None, known.version):
            raise _conflict("/was", "changed_meanwhile", errors.PROBLEMS)
        made = RouteScheme(
            id=scheme_id or new_id(), name=name, after=after, routes=wanted, version=known.version + 1 if known else 1,
            is_default=bool(known and known.is_default), subjects=known.subjects if known else 0, author=author,
            changed_at=NOW,
        )  # fmt: skip
        self.schemes[made.id] = self.old[made.id, made.version] = made
        self._note("changed" if known else "created", author, made)
        return to_wire(made)

    def delete_route_scheme(self, scheme_id: str, author: str) -> None:
        known = self._known(scheme_id)
        if known.is_default or known.subjects:
            raise _conflict("/scheme_id", "scheme_in_use", PROBLEMS)
        self._note("deleted", author, self.schemes.pop(scheme_id))

    def set_default_route_scheme(self, scheme_id: str | None, author: str) -> None:
        for one in self.schemes.values():
            one.is_default = one.id == scheme_id
        self._note("default", author, self._known(scheme_id) if scheme_id else None)

    def assign_route_scheme(self, subject: str, subject_id: str, scheme_id: str | None, author: str) -> None:
        before = self.owners.pop((subject, subject_id), None)
        if before:
            self.schemes[before.scheme_id].subjects -= 1
        known = self._known(scheme_id) if scheme_id else None
        if known:
            known.subjects += 1
            self.owners[subject, subject_id] = RouteAssignment(
                subject=subject, subject_id=subject_id, scheme_id=known.id, scheme_name=known.name, author=author,
                assigned_at=NOW,
            )  # fmt: skip
        self._note("assigned" if known else "released", author, known, subject, subject_id)

    def route_assignments(self, subject_ids: list[str], scheme_id: str | None) -> Any:
        return many_to_wire(
            one
            for one in self.owners.values()
            if (one.scheme_id == scheme_id if scheme_id else one.subject_id in subject_ids)
        )

    def route_changes(self, scheme_id: str | None) -> Any:
        return many_to_wire(one for one in reversed(self.changes) if scheme_id in (None, one.scheme_id))

    def link_costs(self) -> Any:
        return many_to_wire(
            self.costs.get(one.name, LinkCosts(link=one.name, rows=[], version=0)) for one in self.statuses
        )

    def put_link_costs(self, link: str, rows: Any, was: int, author: str) -> Any:
        wanted = many_from_wire(LinkCost, rows)
        check_costs(link, wanted, {one.name for one in self.statuses})
        version = self.costs[link].version if link in self.costs else 0
        if was != version:
            raise _conflict("/was", "changed_meanwhile", errors.PROBLEMS)
        self.costs[link] = LinkCosts(link=link, rows=wanted, version=version + 1)
        self._note("costs", author, None, "link", link)
        return to_wire(self.costs[link])

    def route_links(self) -> Any:
        return many_to_wire(
            RouteLink(link=one.name, enabled=one.enabled, up=one.up, cost=one.cost, weight=0) for one in self.statuses
        )

    def explain_route(
        self, recipient: str, sender: str, sms_type: str, advertiser_id: str, partner_id: str, at: str | None
    ) -> Any:
        number = normalise(recipient)
        if number is None:
            detail = "The recipient is not a phone number that exists"
            errors_ = [{"pointer": "/recipient", "code": "recipient_invalid", "detail": detail}]
            raise Malformed(detail, {"errors": errors_})
        known = number.startswith("79")
        place = Quote(
            mcc="250" if known else "", mnc="99" if known else "", direction="Beeline" if known else "", zone="",
            sell_price=0, buy_price=0, by_delivered=False, buy_by_delivered=False, tariff_id=None,
            refusal=None if known else "direction_unknown",
        )  # fmt: skip
        tables = Tables(
            schemes={one.id: Scheme(one) for one in self.schemes.values()},
            default_id=next((one.id for one in self.schemes.values() if one.is_default), None),
            of_advertiser={key[1]: one.scheme_id for key, one in self.owners.items() if key[0] == "advertiser"},
            of_partner={key[1]: one.scheme_id for key, one in self.owners.items() if key[0] == "partner"},
            costs=Costs({link: one.rows for link, one in self.costs.items()}),
        )
        traits = Traits(place.mcc, place.mnc, sms_type, sender, partner_id, advertiser_id)
        moment = from_rfc3339(at) if at else datetime.now(UTC)
        return to_wire(
            explained(tables, self.statuses, traits, recipient=number, place=place, at=moment, message_id="a message")
        )

    def _known(self, scheme_id: str) -> RouteScheme:
        if scheme_id not in self.schemes:
            raise NotFound("There is no such scheme.")
        return self.schemes[scheme_id]

    def _note(
        self, what: str, author: str, scheme: RouteScheme | None, subject: str = "", subject_id: str = ""
    ) -> None:
        made = RouteChange(
            at=NOW, author=author, what=what, scheme_id=scheme.id if scheme else "",
            scheme_name=scheme.name if scheme else "", version=scheme.version if scheme else 0, subject=subject,
            subject_id=subject_id,
        )  # fmt: skip
        self.changes.append(made)


def _line(one: RouteScheme) -> RouteSchemeLine:
    return RouteSchemeLine(
        id=one.id, name=one.name, after=one.after, routes=len(one.routes), version=one.version,
        is_default=one.is_default, subjects=one.subjects, author=one.author, changed_at=one.changed_at,
    )  # fmt: skip


def _conflict(pointer: str, code: str, sentences: dict[str, str]) -> Conflict:
    return Conflict(sentences[code], {"errors": [{"pointer": pointer, "code": code, "detail": sentences[code]}]})
