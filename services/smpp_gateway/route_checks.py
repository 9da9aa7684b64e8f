"""What a scheme of routes and the costs of a link may say; a problem for each field that is wrong. Pure."""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cache
from uuid import UUID
from zoneinfo import available_timezones

from contracts.errors import Malformed
from contracts.smpp_routes import AFTER, MODES, PROBLEMS, SUBJECTS, LinkCost, Route
from contracts.tariffs import SMS_TYPES
from services.smpp_gateway.link_order import MOST_TARGETS

MOST_SCHEMES, MOST_ROUTES, MOST_COSTS = 100, 500, 5_000
MOST_NAME, MOST_SENDER, MOST_WEIGHT = 100, 15, 1_000
#: 1/10,000 of the currency for a part.
MOST_COST = 1_000 * 10_000
#: More than that nobody reads.
MOST_PROBLEMS = 100

_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_DIRECTION = re.compile(r"[0-9]{3}/(?:[0-9]{2,3})?|/")
_SENDER = re.compile(rf"[^*]{{0,{MOST_SENDER}}}\*?")

Found = Iterable[tuple[str, str]]


def problem(pointer: str, code: str) -> dict[str, str]:
    return {"pointer": pointer, "code": code, "detail": PROBLEMS[code]}


def raise_of(found: Found, what: str) -> None:
    errors = [problem(pointer, code) for pointer, code in found]
    if errors:
        raise Malformed(f"{what} was not saved: {errors[0]['detail']}.", {"errors": errors[:MOST_PROBLEMS]})


def check_scheme(name: str, after: str, routes: Sequence[Route], links: Collection[str]) -> None:
    """`Malformed` with a pointer to each wrong field. `links`: those there are."""
    raise_of(_of_scheme(name, after, routes, links), "The scheme")


def _of_scheme(name: str, after: str, routes: Sequence[Route], links: Collection[str]) -> Found:
    if not _is_line(name, MOST_NAME) or not name.strip():
        yield "/name", "scheme_name_invalid"
    if after not in AFTER:
        yield "/after", "scheme_after_invalid"
    if len(routes) > MOST_ROUTES:
        yield "/routes", "too_many_routes"
        return
    for index, route in enumerate(routes):
        for check in _CHECKS:
            yield from ((f"/routes/{index}{pointer}", code) for pointer, code in check(route))
        yield from ((f"/routes/{index}{pointer}", code) for pointer, code in _of_targets(route, links))


def _of_name(route: Route) -> Found:
    if not _is_line(route.name, MOST_NAME):
        yield "/name", "route_name_invalid"


def _of_kind(route: Route) -> Found:
    if not is_direction(route.mcc, route.mnc):
        yield ("/mnc" if is_direction(route.mcc, "") else "/mcc"), "route_direction_invalid"
    if route.sms_type and route.sms_type not in SMS_TYPES:
        yield "/sms_type", "route_type_unknown"
    if not _SENDER.fullmatch(route.sender) or not _is_line(route.sender, MOST_SENDER + 1):
        yield "/sender", "route_sender_invalid"


def _of_owners(route: Route) -> Found:
    for field in ("partner_id", "advertiser_id"):
        if getattr(route, field) and not _is_id(getattr(route, field)):
            yield f"/{field}", "route_owner_invalid"


def _of_time(route: Route) -> Found:
    days = route.days
    if len(set(days)) != len(days) or not all(type(one) is int and 1 <= one <= 7 for one in days):
        yield "/days", "route_days_invalid"
    times = route.time_from, route.time_to
    if any(times) and not (all(map(_TIME.fullmatch, times)) and route.time_from != route.time_to):
        bad = "/time_to" if _TIME.fullmatch(route.time_from) else "/time_from"
        yield bad, "route_time_invalid"
    if (any(times) or days) and route.zone not in _zones():
        yield "/zone", "route_zone_unknown"


def _of_targets(route: Route, links: Collection[str]) -> Found:
    if route.mode not in MODES:
        yield "/mode", "route_mode_unknown"
    if not 1 <= len(route.targets) <= MOST_TARGETS:
        yield "/targets", "too_many_links" if route.targets else "route_links_missing"
        return
    seen: set[str] = set()
    for index, one in enumerate(route.targets):
        if one.link not in links:
            yield f"/targets/{index}/link", "route_link_unknown"
        elif one.link in seen:
            yield f"/targets/{index}/link", "route_link_twice"
        seen.add(one.link)
        if not 1 <= one.weight <= MOST_WEIGHT:
            yield f"/targets/{index}/weight", "route_weight_invalid"


_CHECKS: tuple[Callable[[Route], Found], ...] = (_of_name, _of_kind, _of_owners, _of_time)


def check_costs(link: str, rows: Sequence[LinkCost], links: Collection[str]) -> None:
    """`Malformed` with a pointer to each wrong row."""
    raise_of(_of_costs(link, rows, links), "The cost table")


def _of_costs(link: str, rows: Sequence[LinkCost], links: Collection[str]) -> Found:
    if link not in links:
        yield "/link", "route_link_unknown"
    if len(rows) > MOST_COSTS:
        yield "/rows", "too_many_costs"
        return
    seen: set[tuple[str, str]] = set()
    for index, one in enumerate(rows):
        if not is_direction(one.mcc, one.mnc):
            yield f"/rows/{index}/mcc", "route_direction_invalid"
        elif (one.mcc, one.mnc) in seen:
            yield f"/rows/{index}/mcc", "cost_twice"
        seen.add((one.mcc, one.mnc))
        if not 0 <= one.price <= MOST_COST:
            yield f"/rows/{index}/price", "cost_invalid"


def check_subject(subject: str, subject_id: str) -> None:
    if subject not in SUBJECTS or not _is_id(subject_id):
        raise_of([("/subject_id", "route_owner_invalid")], "The assignment")


def is_direction(mcc: str, mnc: str) -> bool:
    """Empty, a country, or a network of it (ITU-T E.212)."""
    return _DIRECTION.fullmatch(f"{mcc}/{mnc}") is not None


def _is_line(text: str, most: int) -> bool:
    return len(text) <= most and text.isprintable()


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
