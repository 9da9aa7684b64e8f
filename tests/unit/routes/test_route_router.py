"""What the stages are told: a link for each message, a refusal before its money is asked for, the next link."""

from datetime import UTC, datetime
from typing import Any

from contracts.smpp_routes import LinkCost
from kit.clock import FixedClock
from services.smpp_gateway.link_order import Costs
from services.smpp_gateway.route_router import SchemeRouter
from services.smpp_gateway.routing import LinkStatus
from services.smpp_gateway.schemes import Tables
from services.smpp_gateway.work import Work
from tests.unit.routes.samples import route, scheme, tables
from tests.unit.smpp_gateway import samples

NOON = datetime(2026, 11, 22, 12, 0, 30, tzinfo=UTC)


def work(**changes: Any) -> Work:
    return samples.work(**{"mcc": "250", "mnc": "01", "sms_type": "advertising", "link": ""} | changes)


class Room:
    def __init__(self, found: Tables, *links: LinkStatus) -> None:
        self.tables, self.links, self.clock = found, list(links), FixedClock(NOON)
        self.router = SchemeRouter(lambda: self.tables, lambda: self.links, self.clock)


def room(*routes: Any, links: tuple[LinkStatus, ...] = (), **rest: Any) -> Room:
    known = links or (LinkStatus("a"), LinkStatus("b"))
    return Room(tables([scheme("d", *routes)], default_id="d", **rest), *known)


def test_each_message_goes_to_the_first_link_of_its_route_that_is_up() -> None:
    made = room(route("a", "b", mcc="250"), route("b"), links=(LinkStatus("a", up=False), LinkStatus("b")))
    assert made.router.links_of([work(), work(mcc="255")]) == ["b", "b"]
    made.links = [LinkStatus("a"), LinkStatus("b")]
    assert made.router.links_of([work(), work(mcc="255")]) == ["a", "b"]


def test_what_no_route_takes_is_refused() -> None:
    made = room(route("a", mcc="255"))
    assert made.router.refusal_of(work()) == "no_route"
    assert made.router.refusal_of(work(mcc="255")) is None


def test_where_every_link_of_the_route_is_down_the_message_waits_for_the_first() -> None:
    made = room(route("b", "a"), links=(LinkStatus("a", up=False), LinkStatus("b", up=False), LinkStatus("c")))
    assert made.router.refusal_of(work()) is None
    assert made.router.links_of([work()]) == ["b"]


def test_where_every_link_of_the_route_is_disabled_or_gone_the_message_takes_no_other() -> None:
    links = LinkStatus("a", enabled=False), LinkStatus("main")
    assert room(route("gone", "a"), links=links).router.links_of([work()]) == ["a"]
    assert room(route("gone"), links=links).router.links_of([work()]) == ["gone"]


def test_the_next_link_is_one_of_the_route_that_is_up() -> None:
    links = LinkStatus("a"), LinkStatus("b", up=False), LinkStatus("c"), LinkStatus("d")
    made = room(route("a", "b", "c"), links=links)
    assert made.router.alternative(work(link="a"), {"a"}) == "c"
    assert made.router.alternative(work(link="a"), {"a", "c"}) is None


def test_the_cheapest_link_of_the_direction_goes_first_and_the_next_is_the_next_cheapest() -> None:
    costs = Costs({"a": [LinkCost(mcc="250", mnc="", price=9)], "b": [LinkCost(mcc="250", mnc="", price=5)]})
    made = room(route("a", "b", mode="least_cost"), costs=costs)
    assert made.router.links_of([work()]) == ["b"]
    assert made.router.alternative(work(link="b"), {"b"}) == "a"


def test_weights_give_a_message_the_same_link_each_time_in_every_process() -> None:
    works = [work(id=f"01a202b2-c500-7041-a315-{number:012x}") for number in range(200)]
    first, second = (room(route(("a", 1), ("b", 1), mode="weights")).router for _ in range(2))
    links = first.links_of(works)
    assert set(links) == {"a", "b"}
    assert links == second.links_of(works) == first.links_of(works)


def test_a_decision_holds_for_the_minute_and_a_change_of_tables_at_once() -> None:
    evening = {"time_from": "12:01", "time_to": "13:00", "zone": "UTC"}
    made = room(route("b", **evening), route("a"))
    assert made.router.links_of([work()]) == ["a"]
    made.clock.advance(30)
    assert made.router.links_of([work()]) == ["b"]
    made.tables = tables([scheme("d", route("a"))], default_id="d")
    assert made.router.links_of([work()]) == ["a"]


def test_a_clock_that_is_set_back_does_not_leave_a_decision_standing() -> None:
    made = room(route("b", time_from="12:01", time_to="13:00", zone="UTC"), route("a"))
    made.clock.advance(60)
    assert made.router.links_of([work()]) == ["b"]
    made.clock.advance(-120)
    assert made.router.links_of([work()]) == ["a"]
