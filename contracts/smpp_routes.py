"""smpp_gateway: which link a message takes («схема трафика»): schemes of routes, who has which, what links cost."""

from dataclasses import field

from contracts.client import Client
from contracts.wire import from_wire, many_from_wire, many_to_wire, wire

#: Codes of `data["errors"]` of a `Malformed` or `Conflict` of these calls, and their sentences (English msgids).
PROBLEMS = {
    "scheme_name_invalid": "Give the scheme a name of 1 to 100 characters in one line",
    "scheme_name_taken": "Another scheme has this name already",
    "scheme_after_invalid": "Say what happens to a message that no route takes",
    "too_many_schemes": "There are at most 100 schemes",
    "too_many_routes": "A scheme has at most 500 routes",
    "scheme_in_use": "The scheme is in use: give its partners and advertisers another one first",
    "route_name_invalid": "A name has at most 100 characters in one line",
    "route_direction_invalid": "An MCC has 3 digits, an MNC 2 or 3; an MNC never stands alone",
    "route_type_unknown": "There is no such type of SMS",
    "route_sender_invalid": "A sender has at most 15 characters; a star may stand at its end only",
    "route_owner_invalid": "This is no id of a partner or advertiser",
    "route_days_invalid": "A day of the week is a number from 1 (Monday) to 7 (Sunday), each once",
    "route_time_invalid": "Write both times as HH:MM, and not the same one twice",
    "route_zone_unknown": "There is no such time zone",
    "route_mode_unknown": "Choose how the links of the route take turns",
    "route_links_missing": "A route needs at least one link",
    "too_many_links": "A route has at most 16 links",
    "route_link_unknown": "There is no such link",
    "route_link_twice": "A route names a link once",
    "route_weight_invalid": "A weight is a whole number from 1 to 1,000",
    "cost_invalid": "A cost is not below zero and at most 1,000 for a part",
    "cost_twice": "A direction has one cost on a link",
    "too_many_costs": "A link has at most 5,000 costs",
}

#: What a message takes that no route of a scheme takes: the default scheme goes on, or it is refused.
AFTER = ("default", "refuse")
MODES = ("failover", "weights", "least_cost")
SUBJECTS = ("advertiser", "partner")


@wire
class RouteTarget:
    """`weight` counts where the mode of the route is weights."""

    link: str
    weight: int = 1


@wire
class Route:
    """A message takes it that meets every condition; an empty one holds for all.

    `mnc` empty: the whole country, `mcc` empty: any number. `sender`: the whole name, or its beginning and a star.
    `days`: ISO days of the week, 1 Monday. From `time_from` to before `time_to` (HH:MM) by the clocks of `zone` (IANA); a
    time that passes midnight belongs to the day on which it begins. `mode`: failover (the first link that works), weights
    (shared out), least_cost (the cheapest for the direction; one without a cost only where it stands last).
    """

    targets: list[RouteTarget]
    name: str = ""
    mcc: str = ""
    mnc: str = ""
    sms_type: str = ""
    sender: str = ""
    partner_id: str = ""
    advertiser_id: str = ""
    days: list[int] = field(default_factory=list)
    time_from: str = ""
    time_to: str = ""
    zone: str = ""
    mode: str = "failover"


@wire
class RouteScheme:
    """The first of `routes` that a message meets takes it; `after` (one of AFTER) tells what becomes of the others.

    `version` grows with every change; `changed_at` (RFC 3339) and `author` are of the last. `is_default`: for all who have
    none of their own. `subjects`: how many partners and advertisers have it.
    """

    id: str
    name: str
    after: str
    routes: list[Route]
    version: int
    is_default: bool
    subjects: int
    author: str
    changed_at: str


@wire
class RouteSchemeLine:
    """A scheme in a list: `routes` is how many it has, else as `RouteScheme`."""

    id: str
    name: str
    after: str
    routes: int
    version: int
    is_default: bool
    subjects: int
    author: str
    changed_at: str


@wire
class RouteAssignment:
    """`subject`: advertiser or partner."""

    subject: str
    subject_id: str
    scheme_id: str
    scheme_name: str
    author: str
    assigned_at: str


@wire
class RouteChange:
    """What somebody did: created, changed, deleted (`version` of the scheme), default, assigned, released, costs.

    `subject` and `subject_id` tell for whom: advertiser, partner, or a link with the costs that were changed.
    """

    at: str
    author: str
    what: str
    scheme_id: str
    scheme_name: str
    version: int
    subject: str
    subject_id: str


@wire
class LinkCost:
    """What the operator pays for a part, 1/10,000; `mnc` empty: the whole country, `mcc` empty too: everywhere."""

    mcc: str
    mnc: str
    price: int


@wire
class LinkCosts:
    """`version` grows with every change of the link's costs, 0 while there were none."""

    link: str
    rows: list[LinkCost]
    version: int


@wire
class RouteLink:
    """A link as routes see it; `cost` of a part for the direction that was asked for, None where it is not known."""

    link: str
    enabled: bool
    up: bool
    cost: int | None
    weight: int


@wire
class RouteStep:
    """A route that was tried. `why_not`: the first condition the message does not meet, empty for the route it takes.

    One of direction, type, sender, partner, advertiser, time.
    """

    scheme_id: str
    position: int
    name: str
    why_not: str


@wire
class RouteExplained:
    """Which way a message would go at `at`, and why.

    `chosen_by`: whose scheme counts: advertiser, partner, default, or none where there is no scheme for it. `schemes`: those
    that were gone through, in order. `route` (position in the last of them, from 1) is 0 where no route takes it; then it is
    refused where `refusal` says so, else it takes the enabled links by their names. `links` in the order in which they are
    tried, `link` the one it goes to, empty where it is refused; one that is down waits.
    """

    recipient: str
    direction: str
    mcc: str
    mnc: str
    chosen_by: str
    schemes: list[RouteSchemeLine]
    steps: list[RouteStep]
    route: int
    mode: str
    links: list[RouteLink]
    link: str
    refusal: str | None
    at: str


class RouteCalls(Client):
    """Part of `SmppGatewayClient`. What is refused as `Malformed` names the field: `/routes/3/targets/0/link`."""

    def route_schemes(self) -> list[RouteSchemeLine]:
        """By name, the default first."""
        return many_from_wire(RouteSchemeLine, self._call("route_schemes"))

    def route_scheme(self, scheme_id: str, *, version: int | None = None) -> RouteScheme:
        """As it is now, or as an earlier version had it; `NotFound`."""
        return from_wire(RouteScheme, self._call("route_scheme", scheme_id=scheme_id, version=version))

    def put_route_scheme(
        self,
        *,
        name: str,
        after: str,
        routes: list[Route],
        author: str,
        scheme_id: str | None = None,
        was: int | None = None,
    ) -> RouteScheme:
        """A new scheme, or all of this one anew; `Conflict` where its version is not `was` any more, or the name is taken.

        Routes may overlap: their order decides.
        """
        arguments = {"name": name, "after": after, "routes": many_to_wire(routes), "author": author}
        return from_wire(RouteScheme, self._call("put_route_scheme", scheme_id=scheme_id, was=was, **arguments))

    def delete_route_scheme(self, scheme_id: str, *, author: str) -> None:
        """`Conflict` while it is the default or anybody's."""
        self._call("delete_route_scheme", scheme_id=scheme_id, author=author)

    def set_default_route_scheme(self, scheme_id: str | None, *, author: str) -> None:
        """For all who have none; None: they take the enabled links in the order of their names."""
        self._call("set_default_route_scheme", scheme_id=scheme_id, author=author)

    def assign_route_scheme(self, *, subject: str, subject_id: str, scheme_id: str | None, author: str) -> None:
        """`subject`: one of SUBJECTS. None: the scheme of its partner, or the default, counts again."""
        arguments = {"subject": subject, "subject_id": subject_id, "scheme_id": scheme_id, "author": author}
        self._call("assign_route_scheme", **arguments)

    def route_assignments(self, *, subject_ids: list[str], scheme_id: str | None = None) -> list[RouteAssignment]:
        """Of these subjects (at most 1,000) that have a scheme of their own; with `scheme_id` all that have that one."""
        arguments = {"subject_ids": subject_ids, "scheme_id": scheme_id}
        return many_from_wire(RouteAssignment, self._call("route_assignments", **arguments))

    def route_changes(self, scheme_id: str | None = None) -> list[RouteChange]:
        """The newest 200 of that scheme, or of all."""
        return many_from_wire(RouteChange, self._call("route_changes", scheme_id=scheme_id))

    def link_costs(self) -> list[LinkCosts]:
        """Of every link there is, by name, its costs by direction."""
        return many_from_wire(LinkCosts, self._call("link_costs"))

    def put_link_costs(self, link: str, *, rows: list[LinkCost], was: int, author: str) -> LinkCosts:
        """All of the link's costs anew; `Conflict` where their version is not `was` any more."""
        arguments = {"link": link, "rows": many_to_wire(rows), "was": was, "author": author}
        return from_wire(LinkCosts, self._call("put_link_costs", **arguments))

    def route_links(self) -> list[RouteLink]:
        """The links that routes can name, by name, with what they cost where nothing else says it."""
        return many_from_wire(RouteLink, self._call("route_links"))

    def explain_route(
        self,
        *,
        recipient: str,
        sender: str,
        sms_type: str,
        advertiser_id: str = "",
        partner_id: str = "",
        at: str | None = None,
    ) -> RouteExplained:
        """A dry run; `at` (RFC 3339) None: now. `Malformed` for a number that is none."""
        arguments = {
            "recipient": recipient,
            "sender": sender,
            "sms_type": sms_type,
            "advertiser_id": advertiser_id,
            "partner_id": partner_id,
            "at": at,
        }
        return from_wire(RouteExplained, self._call("explain_route", **arguments))
