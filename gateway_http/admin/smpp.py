"""«SMPP»: the logins of one advertiser, what they may do and from where, and who is bound now.

Template advertisers/smpp.html: `access` (contracts.accounts_smpp.SmppAccess), `binds` (list of
contracts.smpp_gateway.SmppBind, None where the gateway does not answer), `issued` (IssuedSmppPassword or None), `form`,
`errors`, `bad_lines` (sentences about lines of the list of addresses), `dialog` (settings or login: whose errors they are).
"""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request
from flask_babel import gettext

from contracts.accounts_smpp import PRIORITY_URGENT, IssuedSmppPassword, SmppSettings
from contracts.errors import Conflict, GolubError, Malformed
from contracts.smpp_gateway import SmppBind
from contracts.wire import to_wire
from gateway_http import audit, pages
from gateway_http.access import MANAGER, PARTNER, form_view, partner_id, roles, user
from gateway_http.address_lines import bad_lines, numbered_lines
from gateway_http.admin.people import advertiser_context
from gateway_http.audit import audits
from gateway_http.forms import Form
from gateway_http.state import clients

SETTINGS, LOGIN = "settings", "login"
#: Limits as accounts has them: most connections, messages a second, unanswered messages.
MOST_BINDS, MOST_RATE, MOST_WINDOW = 100, 10_000, 1_000
LONGEST_LIST = 10_000


def install(blueprint: Blueprint) -> None:
    address = "/advertisers/<uuid:advertiser_id>/smpp"
    blueprint.add_url_rule(
        address, "advertiser_smpp", form_view(advertiser_smpp, smpp_settings_save), methods=["GET", "POST"]
    )
    blueprint.post(f"{address}/login", endpoint="smpp_login")(smpp_login)
    blueprint.post(f"{address}/remove", endpoint="smpp_remove")(smpp_remove)


@roles(PARTNER, MANAGER, right="clients")
def advertiser_smpp(advertiser_id: UUID) -> Response:
    return _page(advertiser_id)


@audits("smpp_settings.changed", "Changed SMPP settings")
@roles(PARTNER, MANAGER, right="clients")
def smpp_settings_save(advertiser_id: UUID) -> Response:
    form, wrong = Form(request.form), []
    numbered = numbered_lines(form.text("allow_list", longest=LONGEST_LIST))
    settings = SmppSettings(
        enabled=form.checked("enabled"),
        max_binds=form.whole("max_binds", 1, MOST_BINDS),
        submits_per_second=form.whole("submits_per_second", 1, MOST_RATE),
        window=form.whole("window", 1, MOST_WINDOW),
        allow_list=[line for _, line in numbered],
        highest_priority=form.whole("highest_priority", 0, PRIORITY_URGENT),
    )
    if not form.errors:
        before = clients().accounts.smpp_access(partner_id(), str(advertiser_id)).settings
        audit.before(to_wire(before) | {"allow_list": ", ".join(before.allow_list)})
        audit.after(to_wire(settings) | {"allow_list": ", ".join(settings.allow_list)})
        try:
            clients().accounts.set_smpp_settings(partner_id(), str(advertiser_id), settings, author=user().login)
        except Malformed as error:
            wrong = bad_lines(error, numbered)
            form.take(error)
            if wrong:
                form.errors = {"allow_list": gettext("Nothing was saved: correct these lines.")}
    if form.errors:
        return _page(advertiser_id, form, SETTINGS, wrong=wrong)
    return _done(gettext("Saved: connections follow within seconds."), advertiser_id)


@audits("smpp_login.saved", "Saved an SMPP login")
@roles(PARTNER, MANAGER, right="clients")
def smpp_login(advertiser_id: UUID) -> Response:
    """A new login, or a new password of one. The answer itself shows a generated password: nothing that is kept may hold it."""
    form, owner = Form(request.form), str(advertiser_id)
    system_id, password = form.text("system_id", required=True, longest=15), request.form.get("password", "")
    issued = None
    audit.subject("smpp_login", system_id, system_id)
    if not form.errors:
        accounts = clients().accounts
        try:
            if password:
                accounts.set_smpp_password(partner_id(), owner, system_id=system_id, password=password)
            else:
                issued = accounts.issue_smpp_password(partner_id(), owner, system_id=system_id)
        except (Conflict, Malformed) as error:
            form.take(error)
    if form.errors:
        return _page(advertiser_id, form, LOGIN)
    if issued is not None:
        return _page(advertiser_id, issued=issued)
    return _done(gettext("The password of %(system_id)s was saved.", system_id=system_id), advertiser_id)


@audits("smpp_login.removed", "Removed an SMPP login")
@roles(PARTNER, MANAGER, right="clients")
def smpp_remove(advertiser_id: UUID) -> Response:
    system_id = Form(request.form).text("system_id", longest=15)
    audit.subject("smpp_login", system_id, system_id)
    clients().accounts.remove_smpp_login(partner_id(), str(advertiser_id), system_id=system_id)
    return _done(gettext("The login %(system_id)s was removed.", system_id=system_id), advertiser_id)


def _page(
    advertiser_id: UUID,
    form: Form | None = None,
    dialog: str = "",
    *,
    wrong: list[str] | None = None,
    issued: IssuedSmppPassword | None = None,
) -> Response:
    head = advertiser_context(advertiser_id)
    access = clients().accounts.smpp_access(partner_id(), str(advertiser_id))
    return pages.page(
        "advertisers/smpp.html",
        422 if form else 200,
        access=access,
        binds=_binds(advertiser_id),
        issued=issued,
        form=form.values if form and dialog == LOGIN else {},
        settings=form.values if form and dialog == SETTINGS else _as_typed(access.settings),
        errors=form.errors if form else {},
        bad_lines=wrong or [],
        dialog=dialog,
        **head,
    )


def _binds(advertiser_id: UUID) -> list[SmppBind] | None:
    """Settings can be read and changed while the gateway is away."""
    try:
        return clients().smpp_gateway.smpp_binds(str(advertiser_id))
    except GolubError:
        return None


def _as_typed(settings: SmppSettings) -> dict[str, Any]:
    return {
        "enabled": "1" if settings.enabled else "",
        "max_binds": settings.max_binds,
        "submits_per_second": settings.submits_per_second,
        "window": settings.window,
        "allow_list": "\n".join(settings.allow_list),
        "highest_priority": settings.highest_priority,
    }


def _done(text: str, advertiser_id: UUID) -> Response:
    return pages.done(text, "admin.advertiser_smpp", advertiser_id=advertiser_id)
