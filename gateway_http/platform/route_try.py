"""«Какой маршрут возьмёт номер»: a dry run, told step by step.

Template routes/try.html: `form` {recipient, sender, sms_type, partner_id, login, date, time}, `errors`, `found`
(contracts.smpp_routes.RouteExplained or None), `partners`, `words`.
"""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request
from flask_babel import gettext

from contracts.errors import Malformed
from contracts.smpp_routes import RouteExplained
from gateway_http import pages
from gateway_http.access import OPERATOR, roles, user
from gateway_http.forms import Form, parse_id
from gateway_http.platform import routes_words
from gateway_http.platform.route_owners import advertiser_of
from gateway_http.state import clients
from kit.clock import to_rfc3339


def install(blueprint: Blueprint) -> None:
    blueprint.get("/routes/try", endpoint="route_try")(route_try)


@roles(OPERATOR)
def route_try() -> Response:
    form = Form(request.args)
    found = _explained(form) if request.args else None
    return pages.page(
        "routes/try.html",
        422 if form.errors else 200,
        form=form.values or {"sms_type": "transactional"},
        errors=form.errors,
        found=found,
        partners=clients().accounts.list_partners(),
        words=routes_words,
    )


def _explained(form: Form) -> RouteExplained | None:
    partner, login = parse_id(form.text("partner_id")), form.text("login")
    advertiser = advertiser_of(partner, login) if partner and login else None
    if login and advertiser is None:
        form.errors["login"] = (
            gettext("The partner has no advertiser with this login") if partner else gettext("Choose its partner first")
        )
    recipient, sender = form.text("recipient", required=True, longest=30), form.text("sender", longest=15)
    moment, sms_type = _moment(form), form.text("sms_type", longest=20)
    if form.errors:
        return None
    try:
        return clients().smpp_gateway.explain_route(
            recipient=recipient,
            sender=sender,
            sms_type=sms_type,
            advertiser_id=advertiser.id if advertiser else "",
            partner_id=partner,
            at=moment,
        )
    except Malformed as error:
        form.take(error)
        return None


def _moment(form: Form) -> str | None:
    """The day and time in the reader's zone, RFC 3339; None: now."""
    day, clock = form.date("date"), form.text("time", longest=5)
    if not day:
        return None
    try:
        at = time.fromisoformat(clock or "00:00")
    except ValueError:
        form.errors["time"] = gettext("Write a time as HH:MM")
        return None
    return to_rfc3339(datetime.combine(date.fromisoformat(day), at, ZoneInfo(user().zone)))
