"""Schemes of routes in the database: changes, their history, and what processes make of them."""

import json
from collections.abc import Callable
from typing import Any
from unittest.mock import create_autospec

import pytest
from nameko.testing.services import worker_factory

from contracts.errors import Conflict, Malformed, NotFound, Unavailable
from contracts.smpp_gateway import SmppGatewayClient
from contracts.smpp_routes import LinkCost, Route, RouteScheme, RouteTarget
from services.smpp_gateway.fleet import Fleet
from services.smpp_gateway.route_checks import MOST_SCHEMES
from services.smpp_gateway.route_router import SchemeRouter
from services.smpp_gateway.route_tables import RouteTables
from services.smpp_gateway.routing import LinkStatus
from services.smpp_gateway.service import SmppGatewayService
from tests.service.smpp_gateway.rooms import ADVERTISER, NOW, PARTNER, Room
from tests.service.smpp_gateway.statements import statements

OTHER = "018f0000-0000-7000-8000-0000000000cc"
NUMBER = "79030000001"


class Operator:
    """The calls of the operator's pages, and a process that routes by what they have changed."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.statuses = [LinkStatus("main"), LinkStatus("spare")]
        self.tables = RouteTables(room.db)
        room.context.router = SchemeRouter(self.tables.current, lambda: self.statuses, room.clock)
        service = worker_factory(SmppGatewayService, db=room.db, clock=room.clock, tariffs=room.tariffs)
        fleet = service.gateway.fleet = create_autospec(Fleet, instance=True)
        fleet.statuses.side_effect = lambda: self.statuses
        fleet.is_up.side_effect = lambda name: any(one.name == name and one.up for one in self.statuses)
        service.gateway.routes = self.tables

        def call(_service: str, method: str, arguments: dict[str, Any], _seconds: float) -> Any:
            return json.loads(json.dumps(getattr(service, method)(**json.loads(json.dumps(arguments)))))

        self.client = SmppGatewayClient(call)

    def put(self, name: str, *routes: Route, after: str = "refuse", **more: Any) -> RouteScheme:
        return self.client.put_route_scheme(name=name, after=after, routes=list(routes), author="ops", **more)

    def default(self, *routes: Route) -> RouteScheme:
        made = self.put("Default", *routes)
        self.client.set_default_route_scheme(made.id, author="ops")
        self.tables.refresh()
        return made

    def links(self, *recipients: str) -> list[str]:
        """Send and charge; the link of each message, empty where it is refused."""
        ids = self.room.accept(*recipients)
        self.room.charging.run_once()
        return [self.room.work(one).link for one in ids]


@pytest.fixture
def operator(room: Room) -> Operator:
    return Operator(room)


def route(*links: str, **conditions: Any) -> Route:
    return Route(targets=[RouteTarget(link=one) for one in links or ("main",)], **conditions)


def problems(call: Callable[..., object], *arguments: Any, **named: Any) -> list[tuple[str, str]]:
    with pytest.raises((Malformed, Conflict)) as caught:
        call(*arguments, **named)
    return [(one["pointer"], one["code"]) for one in caught.value.data["errors"]]


def test_a_scheme_is_read_as_it_was_written(operator: Operator) -> None:
    full = route(
        "spare", "main", name="Night", mcc="250", mnc="99", sms_type="service", sender="BANK*", advertiser_id=OTHER,
        days=[6, 7], time_from="22:00", time_to="06:00", zone="Europe/Moscow", mode="least_cost",
    )  # fmt: skip
    made = operator.put("First", full, route())
    assert made == operator.client.route_scheme(made.id)
    assert (made.routes, made.version, made.author) == ([full, route()], 1, "ops")
    (line,) = operator.client.route_schemes()
    assert (line.id, line.name, line.routes, line.is_default, line.subjects) == (made.id, "First", 2, False, 0)


def test_a_change_is_a_new_version_and_the_old_one_can_be_read(operator: Operator) -> None:
    made = operator.put("First", route())
    after = operator.put("Second", route("spare"), after="default", scheme_id=made.id, was=1)
    assert (after.version, after.name, after.after) == (2, "Second", "default")
    before = operator.client.route_scheme(made.id, version=1)
    assert (before.name, before.after, before.routes, before.version) == ("First", "refuse", [route()], 1)
    with pytest.raises(NotFound):
        operator.client.route_scheme(made.id, version=3)
    assert [(one.what, one.version, one.author) for one in operator.client.route_changes(made.id)] == [
        ("changed", 2, "ops"),
        ("created", 1, "ops"),
    ]


def test_a_stale_change_writes_nothing_and_a_repeat_is_no_change(operator: Operator) -> None:
    made = operator.put("First", route())
    operator.put("Second", route("spare"), scheme_id=made.id, was=1)
    stale: dict[str, Any] = {"scheme_id": made.id, "was": 1}
    assert problems(operator.put, "Third", route(), **stale) == [("/was", "changed_meanwhile")]
    assert operator.put("Second", route("spare"), **stale).version == 2


def test_wrong_fields_are_told_and_nothing_is_written(operator: Operator) -> None:
    assert problems(operator.put, " ", route("gone")) == [
        ("/name", "scheme_name_invalid"),
        ("/routes/0/targets/0/link", "route_link_unknown"),
    ]
    operator.put("First", route())
    assert problems(operator.put, "First ", route()) == [("/name", "scheme_name_taken")]
    assert [one.name for one in operator.client.route_schemes()] == ["First"]
    with pytest.raises(NotFound):
        operator.put("x", scheme_id=OTHER, was=1)


def test_there_are_no_more_schemes_than_are_allowed(operator: Operator) -> None:
    for number in range(MOST_SCHEMES):
        operator.put(f"Scheme {number}")
    assert problems(operator.put, "One more") == [("/name", "too_many_schemes")]


def test_a_scheme_that_is_in_use_is_not_deleted(operator: Operator) -> None:
    made = operator.default(route())
    assert problems(operator.client.delete_route_scheme, made.id, author="ops") == [("/scheme_id", "scheme_in_use")]
    operator.client.set_default_route_scheme(None, author="ops")
    operator.client.assign_route_scheme(subject="partner", subject_id=PARTNER, scheme_id=made.id, author="ops")
    assert problems(operator.client.delete_route_scheme, made.id, author="ops") == [("/scheme_id", "scheme_in_use")]
    operator.client.assign_route_scheme(subject="partner", subject_id=PARTNER, scheme_id=None, author="ops")
    operator.client.delete_route_scheme(made.id, author="boss")
    assert operator.client.route_schemes() == []
    history = [(one.what, one.scheme_name, one.author) for one in operator.client.route_changes()]
    assert history[0] == ("deleted", "Default", "boss")
    assert [one[0] for one in history] == ["deleted", "released", "assigned", "default", "default", "created"]


def test_assignments_are_found_by_whose_they_are_and_by_the_scheme(operator: Operator) -> None:
    made = operator.put("Own", route())
    operator.client.assign_route_scheme(subject="advertiser", subject_id=ADVERTISER, scheme_id=made.id, author="ops")
    (found,) = operator.client.route_assignments(subject_ids=[OTHER, ADVERTISER])
    assert (found.subject, found.subject_id, found.scheme_name) == ("advertiser", ADVERTISER, "Own")
    assert operator.client.route_assignments(subject_ids=[], scheme_id=made.id) == [found]
    assert operator.client.route_assignments(subject_ids=[OTHER]) == []
    assert operator.client.route_schemes()[0].subjects == 1
    wrong = {"subject": "manager", "subject_id": ADVERTISER, "scheme_id": made.id, "author": "ops"}
    assert problems(operator.client.assign_route_scheme, **wrong) == [("/subject_id", "route_owner_invalid")]


def test_costs_are_replaced_as_a_whole_and_never_by_a_stale_form(operator: Operator) -> None:
    rows = [LinkCost(mcc="", mnc="", price=9), LinkCost(mcc="250", mnc="99", price=5)]
    assert operator.client.put_link_costs("main", rows=rows, was=0, author="ops").version == 1
    assert problems(operator.client.put_link_costs, "main", rows=[], was=0, author="ops") == [
        ("/was", "changed_meanwhile")
    ]
    assert [(one.link, one.rows, one.version) for one in operator.client.link_costs()] == [
        ("main", rows, 1),
        ("spare", [], 0),
    ]
    assert problems(operator.client.put_link_costs, "gone", rows=[], was=0, author="ops")[0][0] == "/link"


def test_messages_take_the_links_of_their_routes(operator: Operator) -> None:
    operator.default(route("spare", mcc="250", mnc="99"), route("main"))
    assert operator.links(NUMBER) == ["spare"]


def test_a_message_without_a_route_is_refused_and_nobody_is_asked_for_money(operator: Operator) -> None:
    operator.default(route("spare", mcc="255"))
    room = operator.room
    before = room.billing.left
    (refused,) = room.accept(NUMBER)
    room.charging.run_once()
    work = room.work(refused)
    assert (work.state, work.reason, work.link) == ("refused", "no_route", "")
    assert room.billing.left == before
    assert work.direction == "Beeline"


def test_the_scheme_of_the_advertiser_counts_from_the_next_look_on(operator: Operator) -> None:
    operator.default(route("main"))
    own = operator.put("Own", route("spare"))
    operator.client.assign_route_scheme(subject="advertiser", subject_id=ADVERTISER, scheme_id=own.id, author="ops")
    assert operator.links(NUMBER) == ["main"]
    operator.tables.refresh()
    assert operator.links(NUMBER) == ["spare"]
    operator.client.assign_route_scheme(subject="advertiser", subject_id=ADVERTISER, scheme_id=None, author="ops")
    operator.tables.refresh()
    assert operator.links(NUMBER) == ["main"]


def test_the_cheapest_link_for_the_direction_is_taken(operator: Operator) -> None:
    operator.default(route("main", "spare", mode="least_cost"))
    for link, price in (("main", 900), ("spare", 800)):
        row = LinkCost(mcc="250", mnc="99", price=price)
        operator.client.put_link_costs(link, rows=[row], was=0, author="ops")
    operator.tables.refresh()
    assert operator.links(NUMBER) == ["spare"]


def test_a_batch_is_routed_without_asking_the_database(operator: Operator) -> None:
    operator.default(route("spare"))
    works = [operator.room.work(one) for one in operator.room.accept(*[f"7903{n:07d}" for n in range(20)])]
    with statements() as seen:
        assert operator.room.context.router.links_of(works) == ["spare"] * 20
        assert [operator.room.context.router.refusal_of(one) for one in works] == [None] * 20
    assert seen == []


def test_a_look_at_what_has_not_changed_asks_for_one_number(operator: Operator) -> None:
    operator.default(route("spare"))
    with statements() as seen:
        operator.tables.refresh()
    assert len(seen) == 1
    assert operator.tables.refresh() is operator.tables.current()


def test_who_sweeps_often_does_not_ask_each_time(operator: Operator) -> None:
    operator.default(route("spare"))
    operator.tables.look()
    with statements() as seen:
        for _ in range(20):
            operator.tables.look()
    assert len(seen) < 20


def test_another_process_learns_only_what_is_new(operator: Operator) -> None:
    first, second = operator.put("First", route()), operator.put("Second", route())
    before = operator.tables.refresh()
    operator.put("Second", route("spare"), scheme_id=second.id, was=1)
    after = operator.tables.refresh()
    assert after.schemes[first.id] is before.schemes[first.id]
    assert after.schemes[second.id].version == 2


def test_nothing_is_routed_before_the_routes_are_known(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    operator.default(route("spare"))
    room = operator.room
    (waiting,) = room.accept(NUMBER)
    fresh = RouteTables(room.db)

    def away() -> Any:
        raise Unavailable("the database is away")

    with monkeypatch.context() as patch:
        patch.setattr(fresh, "refresh", away)
        room.context.router = SchemeRouter(fresh.current, lambda: operator.statuses, room.clock)
        with pytest.raises(Unavailable):
            room.charging.run_once()
    assert room.work(waiting).state == "accepted"
    room.charging.run_once()
    assert room.work(waiting).link == "spare"


def test_the_dry_run_tells_the_way_of_a_message_step_by_step(operator: Operator) -> None:
    operator.default(route("main", name="Bank", sender="BANK*"), route("spare", "main", name="Russia", mcc="250"))
    operator.statuses = [LinkStatus("main"), LinkStatus("spare", up=False)]
    asked = {"recipient": "8 903 000-00-01", "sender": "GOLUB", "sms_type": "service", "partner_id": PARTNER}
    found = operator.client.explain_route(**asked, advertiser_id=ADVERTISER)
    assert (found.recipient, found.direction, found.mcc, found.mnc) == (NUMBER, "Beeline", "250", "99")
    assert (found.chosen_by, [one.name for one in found.schemes]) == ("default", ["Default"])
    assert [(one.name, one.why_not) for one in found.steps] == [("Bank", "sender"), ("Russia", "")]
    assert (found.route, found.mode) == (2, "failover")
    assert [(one.link, one.up) for one in found.links] == [("spare", False), ("main", True)]
    assert (found.link, found.refusal) == ("main", None)


def test_the_dry_run_tells_what_is_refused_and_why(operator: Operator) -> None:
    asked = {"sender": "GOLUB", "sms_type": "service", "at": "2026-11-22T23:00:00Z"}
    operator.default(route(time_from="08:00", time_to="20:00", zone="UTC"))
    found = operator.client.explain_route(recipient=NUMBER, **asked)
    assert (found.refusal, found.link, found.links, found.steps[0].why_not) == ("no_route", "", [], "time")
    assert found.at == "2026-11-22T23:00:00Z"
    assert operator.client.explain_route(recipient="+49 1512 3456789", **asked).refusal == "direction_unknown"
    assert problems(operator.client.explain_route, recipient="12", **asked) == [("/recipient", "recipient_invalid")]
    late = asked | {"at": "tomorrow"}
    assert problems(operator.client.explain_route, recipient=NUMBER, **late) == [("/at", "invalid")]


def test_the_dry_run_and_the_way_of_a_message_agree(operator: Operator) -> None:
    operator.default(route("main", mcc="255"), route("spare", sender="GOL*", sms_type="advertising"))
    found = operator.client.explain_route(
        recipient=NUMBER, sender="GOLUB", sms_type="advertising", advertiser_id=ADVERTISER, partner_id=PARTNER
    )
    assert operator.links(NUMBER) == [found.link] == ["spare"]
    assert operator.room.clock.now() == NOW
