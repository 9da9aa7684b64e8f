"""Whether a message meets the conditions of a route. Pure; what a route says is read once, when its scheme is loaded."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from contracts.smpp_routes import Route

_DAY = timedelta(days=1)
EVERY_DAY = frozenset(range(1, 8))


class Traits(NamedTuple):
    """What routes look at, beside the time. Messages that are equal in it take the same route."""

    mcc: str
    mnc: str
    sms_type: str
    sender: str
    partner_id: str
    advertiser_id: str


Meets = Callable[[Traits, datetime], bool]


@dataclass(slots=True, frozen=True)
class Rule:
    """A route with its conditions, each with the name that `RouteStep.why_not` gives it. `position` from 1."""

    position: int
    route: Route
    conditions: tuple[tuple[str, Meets], ...]

    def why_not(self, traits: Traits, at: datetime) -> str:
        """The first condition that is not met; empty: the message takes this route."""
        return next((name for name, meets in self.conditions if not meets(traits, at)), "")


def compiled(routes: list[Route]) -> tuple[Rule, ...]:
    return tuple(Rule(position, one, tuple(_conditions(one))) for position, one in enumerate(routes, 1))


def _conditions(route: Route) -> list[tuple[str, Meets]]:
    mcc, mnc, sms_type = route.mcc, route.mnc, route.sms_type
    partner, advertiser = route.partner_id, route.advertiser_id
    found: list[tuple[str, Meets]] = []
    if mcc:
        found.append(("direction", lambda one, _: one.mcc == mcc and (not mnc or one.mnc == mnc)))
    if sms_type:
        found.append(("type", lambda one, _: one.sms_type == sms_type))
    if route.sender:
        found.append(("sender", _by_sender(route.sender)))
    if partner:
        found.append(("partner", lambda one, _: one.partner_id == partner))
    if advertiser:
        found.append(("advertiser", lambda one, _: one.advertiser_id == advertiser))
    if route.days or route.time_from:
        found.append(("time", _by_time(route)))
    return found


def _by_sender(written: str) -> Meets:
    if written.endswith("*"):
        beginning = written[:-1]
        return lambda one, _: one.sender.startswith(beginning)
    return lambda one, _: one.sender == written


def _by_time(route: Route) -> Meets:
    zone, days = ZoneInfo(route.zone), frozenset(route.days) or EVERY_DAY
    if not route.time_from:
        return lambda _, at: at.astimezone(zone).isoweekday() in days
    begin, end = time.fromisoformat(route.time_from), time.fromisoformat(route.time_to)
    return lambda _, at: _in_window(at.astimezone(zone), days, begin, end)


def _in_window(local: datetime, days: frozenset[int], begin: time, end: time) -> bool:
    """From `begin` to before `end`; what passes midnight belongs to the day on which it began."""
    now = local.time()
    if begin < end:
        return begin <= now < end and local.isoweekday() in days
    if now >= begin:
        return local.isoweekday() in days
    return now < end and (local - _DAY).isoweekday() in days
