"""In which order links are tried: failover, weights, least cost."""

from collections import Counter
from collections.abc import Sequence

import pytest

from contracts.smpp_routes import LinkCost, RouteTarget
from services.smpp_gateway.link_order import Costs, as_listed, by_weight, cheapest_first
from services.smpp_gateway.routing import LinkStatus, first_of
from tests.unit.routes.samples import targets

IDS = [f"01a202b2-c500-7{number:03x}-8000-{number * 40_503 % 2**48:012x}" for number in range(4_000)]


def links(*names: str, disabled: Sequence[str] = (), down: Sequence[str] = ()) -> dict[str, LinkStatus]:
    return {one: LinkStatus(one, enabled=one not in disabled, up=one not in down) for one in names}


def drawn(given: Sequence[RouteTarget], known: dict[str, LinkStatus], message_id: str) -> list[LinkStatus]:
    return list(by_weight(given, known, message_id))


def names(order: Sequence[LinkStatus]) -> list[str]:
    return [one.name for one in order]


def test_failover_tries_enabled_links_as_they_are_listed() -> None:
    assert names(as_listed(targets("c", "a", "gone", "b"), links("a", "b", "c", disabled=["a"]))) == ["c", "b"]


COSTS = Costs(
    {
        "a": [LinkCost(mcc="250", mnc="01", price=300), LinkCost(mcc="250", mnc="", price=100)],
        "b": [LinkCost(mcc="250", mnc="", price=200)],
        "c": [LinkCost(mcc="", mnc="", price=250)],
    }
)


@pytest.mark.parametrize(
    ("mcc", "mnc", "expected"),
    [
        ("250", "01", ["b", "c", "a"]),
        ("250", "02", ["a", "b", "c"]),
        ("255", "01", ["c"]),
    ],
)
def test_least_cost_goes_by_the_most_specific_cost_of_the_direction(mcc: str, mnc: str, expected: list[str]) -> None:
    assert names(cheapest_first(targets("a", "b", "c"), links("a", "b", "c"), COSTS, mcc, mnc)) == expected


def test_a_link_without_a_cost_counts_only_where_it_is_listed_last() -> None:
    known = links("a", "b", "x")
    assert names(cheapest_first(targets("x", "a", "b"), known, COSTS, "250", "02")) == ["a", "b"]
    assert names(cheapest_first(targets("a", "b", "x"), known, COSTS, "250", "02")) == ["a", "b", "x"]
    assert names(cheapest_first(targets("a", "x"), links("a", "x", disabled=["x"]), COSTS, "250", "02")) == ["a"]


def test_links_of_equal_cost_are_tried_as_listed() -> None:
    same = Costs({one: [LinkCost(mcc="", mnc="", price=5)] for one in "ab"})
    assert names(cheapest_first(targets("b", "a"), links("a", "b"), same, "250", "01")) == ["b", "a"]


def test_a_link_may_say_itself_what_it_costs() -> None:
    known = {"a": LinkStatus("a", cost=70), "b": LinkStatus("b", cost=60)}
    assert names(cheapest_first(targets("a", "b"), known, Costs(), "250", "01")) == ["b", "a"]


WEIGHTS = {"a": 60, "b": 30, "c": 10}


def shares(down: Sequence[str] = (), disabled: Sequence[str] = ()) -> dict[str, int]:
    """Messages of 4,000 that each link takes, by per cent."""
    known = links(*WEIGHTS, down=down, disabled=disabled)
    taken = Counter(first_of(drawn(targets(*WEIGHTS.items()), known, one)) for one in IDS)
    return {name: round(100 * count / len(IDS)) for name, count in taken.items()}


def test_weights_share_messages_out() -> None:
    assert all(abs(shares()[name] - weight) <= 2 for name, weight in WEIGHTS.items())


def test_what_a_link_that_is_down_leaves_is_shared_by_the_weights_of_the_others() -> None:
    for found in (shares(down=["a"]), shares(disabled=["a"])):
        assert set(found) == {"b", "c"}
        assert abs(found["b"] - 75) <= 2


def test_only_the_messages_of_a_link_that_goes_down_move() -> None:
    given, up, down = targets(*WEIGHTS.items()), links(*WEIGHTS), links(*WEIGHTS, down=["b"])
    for one in IDS:
        before = first_of(drawn(given, up, one))
        if before != "b":
            assert first_of(drawn(given, down, one)) == before


def test_a_retry_of_a_message_draws_the_same() -> None:
    given, known = targets(*WEIGHTS.items()), links(*WEIGHTS)
    assert all(names(drawn(given, known, one)) == names(drawn(given, known, one)) for one in IDS[:100])


def test_every_enabled_link_has_its_place() -> None:
    given, known = targets(*((f"l{number}", number + 1) for number in range(16))), links(*(f"l{n}" for n in range(16)))
    assert all(sorted(names(drawn(given, known, one))) == sorted(known) for one in IDS[:100])
