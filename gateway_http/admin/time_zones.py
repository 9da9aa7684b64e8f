"""«Настройки часовых поясов»: the zones that a partner offers its advertisers, and the one that is chosen first."""

from flask import Blueprint, Response, request
from flask_babel import gettext

from contracts.errors import Conflict, Malformed
from gateway_http import audit, pages, zones
from gateway_http.access import MANAGER, PARTNER, form_view, partner_id, roles, tenant, user
from gateway_http.admin.changed import tell_changed
from gateway_http.audit import audits
from gateway_http.forms import Form
from gateway_http.i18n import N_
from gateway_http.state import clients


def install(blueprint: Blueprint) -> None:
    view = form_view(time_zones, time_zones_save)
    blueprint.add_url_rule("/settings/zones", "settings_zones", view, methods=["GET", "POST"])


@roles(PARTNER, MANAGER, right="settings")
def time_zones() -> Response:
    stored = clients().accounts.zone_settings(partner_id())
    first = stored.default_zone or tenant().zone
    offered = stored.offered or zones.OFFERED
    return _page({"default_zone": first, "version": str(stored.version)}, {}, offered)


@audits("zones.changed", N_("Changed the time zones"))
@roles(PARTNER, MANAGER, right="settings")
def time_zones_save() -> Response:
    form, offered = Form(request.form), request.form.getlist("offered")[:100]
    stored = clients().accounts.zone_settings(partner_id())
    first, version = form.text("default_zone", required=True, longest=64), form.whole("version", 0, 10**9)
    audit.subject("zones")
    audit.before({"offered": ", ".join(stored.offered), "default_zone": stored.default_zone})
    audit.after({"offered": ", ".join(offered)[:2000], "default_zone": first})
    if not offered:
        form.errors["offered"] = gettext("Offer at least one time zone")
    if not form.errors:
        try:
            clients().accounts.set_zone_settings(
                partner_id(), offered=offered, default_zone=first, version=version, author=user().login
            )
        except (Conflict, Malformed) as error:
            form.take(error)
            tell_changed(form, error)
        else:
            return pages.done(gettext("The time zones were saved."), "admin.settings_zones")
    return _page(form.values, form.errors, offered)


def _page(values: dict[str, str], errors: dict[str, str], offered: list[str]) -> Response:
    known = list(
        dict.fromkeys([*zones.OFFERED, *(one for one in offered if zones.is_known(one)), tenant().zone or "UTC"])
    )
    status = 422 if errors else 200
    return pages.page("settings/zones.html", status, form=values, errors=errors, offered=offered, known=known)
