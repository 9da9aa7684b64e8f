"""«Настройки»: the partner's test sender, and what becomes of names that are not registered."""

from flask import Blueprint, Response, request
from flask_babel import gettext

from contracts.errors import Conflict, Malformed
from gateway_http import audit, pages
from gateway_http.access import MANAGER, PARTNER, form_view, partner_id, roles, user
from gateway_http.audit import audits
from gateway_http.forms import Form
from gateway_http.state import clients


def install(blueprint: Blueprint) -> None:
    view = form_view(settings, settings_save)
    blueprint.add_url_rule("/settings/senders", "settings_senders", view, methods=["GET", "POST"])


@roles(PARTNER, MANAGER, right="settings")
def settings() -> Response:
    found = clients().senders.sender_settings(partner_id())
    values = {"test_sender": found.test_sender, "unregistered": found.unregistered, "version": str(found.version)}
    return _page(values, {})


@audits("sender_settings.changed", "Changed the test sender or the rule for unregistered names")
@roles(PARTNER, MANAGER, right="settings")
def settings_save() -> Response:
    form = Form(request.form)
    given = {"test_sender": form.text("test_sender", longest=15), "unregistered": form.text("unregistered")}
    version = form.whole("version", 0, 1_000_000)
    if form.errors:
        return _page(form.values, form.errors)
    try:
        clients().senders.set_sender_settings(partner_id(), version=version, author=user().login, **given)
    except (Malformed, Conflict) as error:
        form.take(error)
        return _page(form.values, form.errors)
    audit.subject("partner", partner_id(), "")
    audit.after(dict(given))
    return pages.done(gettext("The settings of sender names are saved."), "admin.settings_senders")


def _page(values: dict[str, str], errors: dict[str, str]) -> Response:
    known = clients().senders.sender_settings(partner_id())
    return pages.page("senders/settings.html", 422 if errors else 200, form=values, errors=errors, known=known)
