"""«Отправка писем»: the partner's own mail server, and a letter that shows whether it works."""

from flask import Blueprint, Response, request
from flask_babel import gettext

from contracts.errors import Conflict, Malformed, TooManyRequests
from contracts.notify_settings import MAIL_SECURITY, MAIL_TROUBLES, MailChange, MailSettings
from contracts.wire import to_wire
from gateway_http import audit, pages
from gateway_http.access import MANAGER, PARTNER, form_view, partner_id, roles, user
from gateway_http.admin.changed import tell_changed
from gateway_http.audit import audits
from gateway_http.forms import Form
from gateway_http.i18n import N_
from gateway_http.sentences import told
from gateway_http.state import clients

#: How the choices of the form are called (msgids).
SECURITY_LABELS = {
    "plain": N_("Without encryption"),
    "starttls": N_("STARTTLS (usually 587)"),
    "tls": N_("TLS (usually 465)"),
}
TOLD = ("sender", "host", "port", "security", "username")


def install(blueprint: Blueprint) -> None:
    view = form_view(mail, mail_save)
    blueprint.add_url_rule("/settings/mail", "settings_mail", view, methods=["GET", "POST"])
    blueprint.post("/settings/mail/try", endpoint="settings_mail_try")(mail_try)


@roles(PARTNER, MANAGER, right="settings")
def mail() -> Response:
    stored = clients().notify.mail_settings(partner_id())
    return _page(_values(stored), {}, stored)


@audits("mail.changed", N_("Changed the mail server"))
@roles(PARTNER, MANAGER, right="settings")
def mail_save() -> Response:
    form = Form(request.form)
    stored, change = clients().notify.mail_settings(partner_id()), _change(form)
    _record(stored, change)
    if form.errors:
        return _page(form.values, form.errors, stored)
    try:
        clients().notify.set_mail_settings(partner_id(), change, author=user().login)
    except (Conflict, Malformed) as error:
        form.take(error)
        tell_changed(form, error)
        return _page(form.values, form.errors, stored)
    return pages.done(gettext("The mail server was saved."), "admin.settings_mail")


@audits("mail.tried", N_("Sent a trial letter"))
@roles(PARTNER, MANAGER, right="settings")
def mail_try() -> Response:
    """The settings as they are typed, saved or not; what came of the letter stands on the same page."""
    form = Form(request.form)
    stored, change = clients().notify.mail_settings(partner_id()), _change(form)
    recipient = form.text("recipient", required=True, longest=254)
    audit.after({"host": change.host, "port": change.port, "recipient": recipient})
    if form.errors:
        return _page(form.values, form.errors, stored)
    try:
        trial = clients().notify.try_mail(partner_id(), change, recipient=recipient)
    except (Malformed, TooManyRequests) as error:
        form.take(error)
        return _page(form.values, form.errors, stored)
    if not trial.trouble:
        told_so = gettext("The letter was sent to %(address)s: look whether it has come.", address=recipient)
        return _page(form.values, {}, stored, trial={"good": True, "text": told_so, "words": ""})
    text = told(MAIL_TROUBLES.get(trial.trouble, MAIL_TROUBLES["other"]))
    return _page(form.values, {}, stored, trial={"good": False, "text": text, "words": trial.words})


def _change(form: Form) -> MailChange:
    host = form.text("host", longest=253)
    security = form.text("security") or "starttls"
    password = request.form.get("password", "")
    if security not in MAIL_SECURITY:
        form.errors["security"] = gettext("Choose one of the list")
    return MailChange(
        sender=form.text("sender", required=bool(host), longest=254),
        host=host,
        port=form.whole("port", 0, 99_999) if host or form.text("port") else 587,
        security=security,
        username=form.text("username", longest=200),
        password=password,
        version=form.whole("version", 0, 10**9),
    )


def _record(stored: MailSettings, change: MailChange) -> None:
    audit.subject("mail_server", "", change.host)
    audit.before({name: getattr(stored, name) for name in TOLD} | {"password_changed": False})
    audit.after({name: getattr(change, name) for name in TOLD} | {"password_changed": bool(change.password)})


def _values(stored: MailSettings) -> dict[str, str]:
    known = {name: str(value) for name, value in to_wire(stored).items() if name in (*TOLD, "version")}
    return known | {"recipient": ""}


def _page(
    values: dict[str, str], errors: dict[str, str], stored: MailSettings, trial: dict[str, object] | None = None
) -> Response:
    return pages.page(
        "settings/mail.html",
        422 if errors else 200,
        form=values,
        errors=errors,
        stored=stored,
        trial=trial,
        security=[(name, gettext(label)) for name, label in SECURITY_LABELS.items()],
    )
