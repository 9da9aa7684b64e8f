"""«SMPP» of the advertiser: where its programs connect, with which logins and limits; a new password, and from where.

What is allowed (limits, whether SMPP is on) the partner decides. Template cabinet/smpp.html: `access`
(contracts.accounts_smpp.SmppAccess), `smpp` (host, port, tls_port), `binds` (list of contracts.smpp_gateway.SmppBind, None
where the gateway does not answer), `issued` (IssuedSmppPassword or None), `allow_list` (as typed), `errors`, `bad_lines`.
"""

from dataclasses import replace

from flask import Blueprint, Response, request
from flask_babel import gettext

from contracts.accounts_smpp import IssuedSmppPassword
from contracts.errors import GolubError, Malformed, NotFound
from contracts.smpp_gateway import SmppBind
from gateway_http import audit, open_pages, pages
from gateway_http.access import ADVERTISER, form_view, partner_id, roles, user
from gateway_http.address_lines import bad_lines, numbered_lines
from gateway_http.audit import audits
from gateway_http.cabinet.whose import advertiser_id
from gateway_http.forms import Form
from gateway_http.state import clients

LONGEST_LIST = 10_000


def install(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/smpp", "smpp", form_view(smpp, smpp_addresses), methods=["GET", "POST"])
    blueprint.post("/smpp/password", endpoint="smpp_password")(smpp_password)


@roles(ADVERTISER)
def smpp() -> Response:
    return _page()


@audits("smpp_addresses.changed", "Changed the addresses that SMPP is allowed from")
@roles(ADVERTISER)
def smpp_addresses() -> Response:
    """The addresses alone: everything else of the settings stays as the partner has it."""
    form = Form(request.form)
    lines = numbered_lines(form.text("allow_list", longest=LONGEST_LIST))
    if form.errors:
        return _page(form)
    settings = clients().accounts.smpp_access(partner_id(), advertiser_id()).settings
    audit.before({"allow_list": ", ".join(settings.allow_list)})
    wanted = replace(settings, allow_list=[line for _, line in lines])
    try:
        saved = clients().accounts.set_smpp_settings(partner_id(), advertiser_id(), wanted, author=user().login)
    except Malformed as error:
        wrong = bad_lines(error, lines)
        form.take(error)
        if wrong:
            form.errors = {"allow_list": gettext("Nothing was saved: correct these lines.")}
        return _page(form, wrong=wrong)
    audit.after({"allow_list": ", ".join(saved.allow_list)})
    return pages.done(gettext("Saved: connections follow within seconds."), "cabinet.smpp")


@audits("smpp_password.issued", "Made a new SMPP password")
@roles(ADVERTISER)
def smpp_password() -> Response:
    """For a login of its own alone. The answer itself shows the password, as nothing that is kept may hold it."""
    system_id = Form(request.form).text("system_id", longest=15)
    access = clients().accounts.smpp_access(partner_id(), advertiser_id())
    if system_id not in {one.system_id for one in access.logins}:
        raise NotFound("There is no such login.")
    issued = clients().accounts.issue_smpp_password(partner_id(), advertiser_id(), system_id=system_id)
    audit.subject("smpp_login", system_id, system_id)
    return _page(issued=issued)


def _page(
    form: Form | None = None, *, issued: IssuedSmppPassword | None = None, wrong: list[str] | None = None
) -> Response:
    access = clients().accounts.smpp_access(partner_id(), advertiser_id())
    return pages.page(
        "cabinet/smpp.html",
        422 if form else 200,
        access=access,
        smpp=open_pages.smpp_of_host(),
        binds=_binds(),
        issued=issued,
        allow_list=form.values.get("allow_list", "") if form else "\n".join(access.settings.allow_list),
        errors=form.errors if form else {},
        bad_lines=wrong or [],
    )


def _binds() -> list[SmppBind] | None:
    """Settings can be read and changed while the gateway is away."""
    try:
        return clients().smpp_gateway.smpp_binds(advertiser_id())
    except GolubError:
        return None
