"""«Письма»: the three letters that a partner writes itself, each shown with examples while it is being written."""

from flask import Blueprint, Response, request
from flask_babel import gettext

from contracts.errors import Conflict, Malformed, NotFound
from contracts.notify_settings import LETTER_PLACEHOLDERS, LetterText
from gateway_http import audit, pages
from gateway_http.access import MANAGER, PARTNER, form_view, partner_id, roles, user
from gateway_http.admin.changed import tell_changed
from gateway_http.audit import audits, unaudited
from gateway_http.forms import Form
from gateway_http.i18n import N_
from gateway_http.state import clients

#: How the letters are called (msgids).
TITLES = {
    "registration": N_("Registration"),
    "recovery": N_("Recovery of the password"),
    "small_balance": N_("Critical level of funds"),
}
MEANINGS = {
    "LOGIN": N_("the login"),
    "PASSWORD": N_("the password"),
    "NAME": N_("the name"),
    "FORGET": N_("the link to a new password"),
    "SMALL_BALANCE": N_("the critical level"),
}
MOST_TEXT = 10_000


def install(blueprint: Blueprint) -> None:
    view = form_view(letters, letters_save)
    blueprint.add_url_rule("/settings/letters", "settings_letters", view, methods=["GET", "POST"])
    blueprint.post("/settings/letters/preview", endpoint="settings_letters_preview")(letters_preview)
    blueprint.post("/settings/letters/reset", endpoint="settings_letters_reset")(letters_reset)


@roles(PARTNER, MANAGER, right="settings")
def letters() -> Response:
    stored = _stored(request.args.get("letter", "registration"))
    return _page(stored, {"subject": stored.subject, "text": stored.text, "version": str(stored.version)}, {})


@audits("letter.changed", N_("Changed a letter"))
@roles(PARTNER, MANAGER, right="settings")
def letters_save() -> Response:
    form = Form(request.form)
    stored = _stored(form.text("letter"))
    subject = form.text("subject", required=True, longest=200)
    text = form.text("text", required=True, longest=MOST_TEXT)
    version = form.whole("version", 0, 10**9)
    _record(stored)
    audit.after({"subject": subject, "text": text[:2000]})
    return _written(form, stored, subject, text, version, gettext("The letter was saved."))


@audits("letter.reset", N_("Went back to the built-in letter"))
@roles(PARTNER, MANAGER, right="settings")
def letters_reset() -> Response:
    form = Form(request.form)
    stored = _stored(form.text("letter"))
    _record(stored)
    form.values |= {"subject": stored.subject, "text": stored.text}
    return _written(
        form, stored, "", "", form.whole("version", 0, 10**9), gettext("The letter is the built-in one again.")
    )


def _written(form: Form, stored: LetterText, subject: str, text: str, version: int, told: str) -> Response:
    if not form.errors:
        arguments = {"kind": stored.kind, "subject": subject, "text": text}
        try:
            clients().notify.set_letter_text(partner_id(), **arguments, version=version, author=user().login)
        except (Conflict, Malformed) as error:
            form.take(error)
            tell_changed(form, error)
        else:
            return pages.done(told, "admin.settings_letters", letter=stored.kind)
    return _page(stored, form.values, form.errors)


@unaudited("it changes nothing")
@roles(PARTNER, MANAGER, right="settings")
def letters_preview() -> Response:
    """The letter as it is being written."""
    form = Form(request.form)
    stored = _stored(form.text("letter"))
    return pages.fragment("settings/_letter_preview.html", preview=_preview(stored.kind, form.values))


def _preview(kind: str, values: dict[str, str]) -> object:
    subject, text = values.get("subject", "")[:200], values.get("text", "")[:MOST_TEXT]
    return clients().notify.preview_letter(partner_id(), kind=kind, subject=_plain(subject), text=_plain(text))


def _plain(text: str) -> str:
    return text.replace("\0", "")


def _stored(kind: str) -> LetterText:
    found = next((one for one in clients().notify.letter_texts(partner_id()) if one.kind == kind), None)
    if found is None:
        raise NotFound
    return found


def _record(stored: LetterText) -> None:
    audit.subject("letter", "", stored.kind)
    audit.before({"subject": stored.subject, "text": stored.text[:2000]})


def _page(stored: LetterText, values: dict[str, str], errors: dict[str, str]) -> Response:
    return pages.page(
        "settings/letters.html",
        422 if errors else 200,
        letter=stored,
        titles={kind: gettext(TITLES[kind]) for kind in LETTER_PLACEHOLDERS},
        meanings=[(name, gettext(MEANINGS[name])) for name in stored.placeholders],
        preview=_preview(stored.kind, values),
        form=values,
        errors=errors,
    )
