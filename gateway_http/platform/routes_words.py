"""Routes in words: what a route asks for, how its links take turns, why it does not take a message."""

from datetime import date, timedelta

from babel.dates import format_date
from flask_babel import gettext

from contracts.smpp_routes import Route
from gateway_http.admin.tariff_directions import Directions
from gateway_http.i18n import N_, language
from gateway_http.states import SMS_TYPES

MODES = {
    "failover": N_("In order: the next one when the link is down"),
    "weights": N_("Shared out by weights"),
    "least_cost": N_("The cheapest first"),
}
SHORT_MODES = {"failover": N_("In order"), "weights": N_("By weights"), "least_cost": N_("Least cost")}
AFTER = {"refuse": N_("refuse the message"), "default": N_("go on with the default scheme")}
WHY_NOT = {
    "direction": N_("another direction"),
    "type": N_("another type of SMS"),
    "sender": N_("another sender"),
    "partner": N_("another partner"),
    "advertiser": N_("another advertiser"),
    "time": N_("another day or time"),
}
CHOSEN_BY = {
    "advertiser": N_("The advertiser has a scheme of its own"),
    "partner": N_("The partner has a scheme of its own"),
    "default": N_("The default scheme counts"),
    "none": N_("There is no scheme for it: enabled links are taken in the order of their names"),
}
CHANGES = {
    "created": N_("created"),
    "changed": N_("changed"),
    "deleted": N_("deleted"),
    "default": N_("made the default"),
    "assigned": N_("assigned"),
    "released": N_("taken back"),
    "costs": N_("costs changed"),
}
_MONDAY = date(2026, 1, 5)


def day_names() -> list[tuple[int, str]]:
    """(ISO number, short name) of the days of the week, in the reader's language."""
    days = [_MONDAY + timedelta(days=number) for number in range(7)]
    return [(one.isoweekday(), format_date(one, "ccc", locale=language())) for one in days]


def conditions(route: Route, directions: Directions, owners: dict[str, str]) -> list[str]:
    """What a message must be like, a phrase for each condition; `owners`: names of partners and advertisers by id."""
    found = []
    if route.mcc:
        found.append(directions.label(route.mcc, route.mnc))
    if route.sms_type:
        found.append(gettext(SMS_TYPES.get(route.sms_type, route.sms_type)))
    if route.sender:
        found.append(gettext("sender %(name)s", name=route.sender))
    if route.partner_id:
        found.append(gettext("partner %(name)s", name=owners.get(route.partner_id, route.partner_id)))
    if route.advertiser_id:
        found.append(gettext("advertiser %(name)s", name=owners.get(route.advertiser_id, route.advertiser_id)))
    if route.days or route.time_from:
        found.append(_when(route))
    return found or [gettext("any message")]


def _when(route: Route) -> str:
    names = dict(day_names())
    days = ", ".join(names[one] for one in sorted(route.days) if one in names)
    hours = f"{route.time_from}\N{EN DASH}{route.time_to}" if route.time_from else ""
    return " ".join(one for one in (days, hours, f"({route.zone})") if one)
