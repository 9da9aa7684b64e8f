"""«Настройки»: how long messages wait for money before they are refused."""

from flask import Blueprint, Response, request
from flask_babel import gettext

from contracts.errors import Malformed
from contracts.smpp_gateway import WaitingPolicy
from gateway_http import pages
from gateway_http.access import MANAGER, PARTNER, form_view, partner_id, roles, user
from gateway_http.audit import audits
from gateway_http.forms import Form
from gateway_http.state import clients

LEAST_HOURS, MOST_HOURS = 1, 168


def install(blueprint: Blueprint) -> None:
    view = form_view(waiting, waiting_save)
    blueprint.add_url_rule("/settings/waiting", "settings_waiting", view, methods=["GET", "POST"])


@roles(PARTNER, MANAGER, right="settings")
def waiting() -> Response:
    policy = clients().smpp_gateway.waiting_policy(partner_id())
    return _page({"funds_wait_hours": str(policy.funds_wait_hours)}, {})


@audits("waiting.changed", "Changed how long messages wait for money")
@roles(PARTNER, MANAGER, right="settings")
def waiting_save() -> Response:
    form = Form(request.form)
    policy = WaitingPolicy(funds_wait_hours=form.whole("funds_wait_hours", LEAST_HOURS, MOST_HOURS))
    if form.errors:
        return _page(form.values, form.errors)
    try:
        clients().smpp_gateway.set_waiting_policy(partner_id(), policy, author=user().login)
    except Malformed as error:
        form.take(error)
        return _page(form.values, form.errors)
    return pages.done(gettext("The time of waiting was saved."), "admin.settings_waiting")


def _page(values: dict[str, str], errors: dict[str, str]) -> Response:
    bounds = {"least": LEAST_HOURS, "most": MOST_HOURS}
    return pages.page("settings/waiting.html", 422 if errors else 200, form=values, errors=errors, bounds=bounds)
