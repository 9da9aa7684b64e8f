"""Routes, schemes and tables for tests of the pure rules."""

from collections.abc import Sequence
from typing import Any

from contracts.smpp_routes import Route, RouteScheme, RouteTarget
from services.smpp_gateway.route_rules import Traits
from services.smpp_gateway.schemes import Scheme, Tables

PARTNER = "018f0000-0000-7000-8000-0000000000aa"
ADVERTISER = "018f0000-0000-7000-8000-0000000000bb"
OTHER = "018f0000-0000-7000-8000-0000000000cc"

TRAITS = Traits("250", "01", "advertising", "GOLUB", PARTNER, ADVERTISER)


def targets(*links: str | tuple[str, int]) -> list[RouteTarget]:
    named = [one if isinstance(one, tuple) else (one, 1) for one in links]
    return [RouteTarget(link=link, weight=weight) for link, weight in named]


def route(*links: str | tuple[str, int], **conditions: Any) -> Route:
    return Route(targets=targets(*(links or ("a",))), **conditions)


def scheme(key: str, *routes: Route, after: str = "refuse") -> Scheme:
    return Scheme(
        RouteScheme(
            id=key, name=key, after=after, routes=list(routes), version=1, is_default=False, subjects=0,
            author="ops", changed_at="2026-11-22T10:00:00Z",
        )
    )  # fmt: skip


def tables(schemes: Sequence[Scheme], **rest: Any) -> Tables:
    return Tables(schemes={one.id: one for one in schemes}, **rest)
