"""«Оповещение пользователей» and «Оповещение администратора»: signatures, a text, and the hours for letters and SMS."""

from flask import Blueprint, Response, request
from flask_babel import gettext

from contracts.errors import Conflict, Malformed
from contracts.notify_settings import CREDIT_PLACEHOLDERS, Notices
from contracts.wire import to_wire
from gateway_http import audit, pages
from gateway_http.access import MANAGER, PARTNER, form_view, partner_id, roles, tenant, user
from gateway_http.admin.changed import tell_changed
from gateway_http.audit import audits
from gateway_http.forms import Form
from gateway_http.i18n import N_
from gateway_http.state import clients

HOURS = ("mail_from", "mail_to", "sms_from", "sms_to")
TEXTS = ("service_signature", "test_signature", "credit_text")


def install(blueprint: Blueprint) -> None:
    view = form_view(notices, notices_save)
    blueprint.add_url_rule("/settings/notices", "settings_notices", view, methods=["GET", "POST"])


@roles(PARTNER, MANAGER, right="settings")
def notices() -> Response:
    stored = clients().notify.notices(partner_id())
    return _page({name: str(value) for name, value in to_wire(stored).items()}, {})


@audits("notices.changed", N_("Changed the notices"))
@roles(PARTNER, MANAGER, right="settings")
def notices_save() -> Response:
    form, stored = Form(request.form), clients().notify.notices(partner_id())
    given = {name: form.text(name, longest=500) for name in (*TEXTS, *HOURS)}
    audit.subject("notices")
    audit.before({name: getattr(stored, name) for name in given})
    audit.after(given)
    wanted = Notices(**given, zone=tenant().zone or stored.zone, version=form.whole("version", 0, 10**9))
    if not form.errors:
        try:
            clients().notify.set_notices(partner_id(), wanted, author=user().login)
        except (Conflict, Malformed) as error:
            form.take(error)
            tell_changed(form, error)
        else:
            return pages.done(gettext("The notices were saved."), "admin.settings_notices")
    return _page(form.values, form.errors)


def _page(values: dict[str, str], errors: dict[str, str]) -> Response:
    zone = tenant().zone
    status = 422 if errors else 200
    return pages.page(
        "settings/notices.html", status, form=values, errors=errors, own_zone=zone, placeholders=CREDIT_PLACEHOLDERS
    )
