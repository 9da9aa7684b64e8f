"""Whose scheme counts, which route is taken, and what becomes of a message that none takes."""

import itertools
from datetime import UTC, datetime
from typing import Any

import pytest

from services.smpp_gateway.schemes import Decision, Scheme
from tests.unit.routes.samples import ADVERTISER, OTHER, PARTNER, TRAITS, route, scheme, tables

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
NEVER = {"sms_type": "service"}


def taken(found: Decision) -> str:
    return found.rule.route.name if found.rule else found.refusal or "by name"


def decided(schemes: list[Scheme], **rest: Any) -> str:
    return taken(tables(schemes, **rest).decide(TRAITS, NOW))


def test_the_first_route_that_a_message_meets_takes_it() -> None:
    routes = route(name="1", **NEVER), route(name="2", mcc="250"), route(name="3")
    assert decided([scheme("d", *routes)], default_id="d") == "2"


def test_without_any_scheme_links_are_taken_by_their_names() -> None:
    assert decided([]) == "by name"
    assert decided([scheme("d", route(name="1"))]) == "by name"


def test_what_no_route_of_the_default_takes_is_refused() -> None:
    assert decided([scheme("d", route(name="1", **NEVER))], default_id="d") == "no_route"
    assert decided([scheme("d", route(name="1", **NEVER), after="default")], default_id="d") == "by name"


@pytest.mark.parametrize(
    ("of_advertiser", "of_partner", "expected"),
    [
        ({ADVERTISER: "own"}, {PARTNER: "theirs"}, "own"),
        ({OTHER: "own"}, {PARTNER: "theirs"}, "theirs"),
        ({OTHER: "own"}, {OTHER: "theirs"}, "default"),
        ({ADVERTISER: "gone"}, {}, "default"),
    ],
)
def test_the_scheme_of_the_advertiser_goes_before_the_partners_and_the_default(
    of_advertiser: dict[str, str], of_partner: dict[str, str], expected: str
) -> None:
    known = [scheme(one, route(name=one)) for one in ("own", "theirs", "default")]
    assert decided(known, default_id="default", of_advertiser=of_advertiser, of_partner=of_partner) == expected


def test_a_scheme_of_its_own_ends_with_a_refusal_or_with_the_default_and_never_with_the_partners() -> None:
    known = [scheme("default", route(name="default")), scheme("theirs", route(name="theirs"))]
    both = {"of_advertiser": {ADVERTISER: "own"}, "of_partner": {PARTNER: "theirs"}, "default_id": "default"}
    assert decided([*known, scheme("own", route(**NEVER), after="refuse")], **both) == "no_route"
    assert decided([*known, scheme("own", route(**NEVER), after="default")], **both) == "default"


def test_a_scheme_that_goes_on_where_there_is_no_default_ends_with_the_links_by_name() -> None:
    own = {"of_advertiser": {ADVERTISER: "own"}}
    assert decided([scheme("own", route(**NEVER), after="default")], **own) == "by name"
    assert decided([scheme("own", after="refuse")], **own) == "no_route"


def test_exactly_one_decision_is_made_whatever_is_configured() -> None:
    """Every combination of three schemes that take or don't, go on or refuse, and are assigned or not."""
    choices = itertools.product([True, False], ["default", "refuse"], [True, False])
    for own, theirs, default in itertools.product(list(choices), repeat=3):
        known = [
            scheme(key, route(name=key, **({} if takes else NEVER)), after=after)
            for key, (takes, after, _) in zip(("own", "theirs", "default"), (own, theirs, default), strict=True)
        ]
        found = tables(
            known,
            of_advertiser={ADVERTISER: "own"} if own[2] else {},
            of_partner={PARTNER: "theirs"} if theirs[2] else {},
            default_id="default" if default[2] else None,
        )
        decision = found.decide(TRAITS, NOW)
        assert decision.rule is None or decision.refusal is None
        first = next((one for one in (own, theirs, default) if one[2]), None)
        if first is not None and first[0]:
            assert decision.rule is not None
        if first is not None and not first[0] and first[1] == "refuse":
            assert decision.refusal == "no_route"
