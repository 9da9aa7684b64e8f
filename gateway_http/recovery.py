"""«Забыли пароль?»: a request that is always answered alike, and the page that a link in a letter leads to."""

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext

from contracts.accounts_recovery import Recovery
from contracts.errors import Malformed, NotFound
from gateway_http import access, pages
from gateway_http.audit import unaudited
from gateway_http.forms import Form
from gateway_http.state import clients

blueprint = Blueprint("recovery", __name__)

LONGEST_TOKEN = 128


def show_ask() -> Response:
    _partners_only()
    return pages.fragment("auth/recovery.html", form={}, errors={})


@unaudited("nobody is signed in, and whom it is for is not looked up here")
def ask() -> Response:
    """The answer says nothing of whether there is such a login."""
    _partners_only()
    form = Form(request.form)
    wanted = form.text("wanted", required=True, longest=254)
    if form.errors:
        return pages.fragment("auth/recovery.html", 422, form=form.values, errors=form.errors)
    clients().accounts.ask_recovery(host=access.tenant().host, wanted=wanted, address=request.remote_addr or "")
    flash(
        gettext("If there is such a login or e-mail, a letter with a link is on its way. Look into “Spam” too."),
        "success",
    )
    return pages.see_other(url_for("auth.sign_in"))


def show_link(token: str) -> Response:
    found = _recovery(token)
    return _ended() if found is None else _link_page(found, {})


@unaudited("nobody is signed in; whose password it is gets a letter about it")
def use_link(token: str) -> Response:
    found = _recovery(token)
    if found is None:
        return _ended()
    form = Form(request.form)
    password, again = form.password(), form.password("again")
    form.values.pop("again", None)
    if not form.errors and password != again:
        form.errors["again"] = gettext("The two passwords differ")
    if form.errors:
        return _link_page(found, form.errors)
    try:
        clients().accounts.recover(host=access.tenant().host, token=token, password=password)
    except Malformed as error:
        form.take(error)
        return _link_page(found, form.errors)
    except NotFound:
        return _ended()
    flash(gettext("The new password is set: sign in with it."), "success")
    return pages.see_other(url_for("auth.sign_in"))


blueprint.add_url_rule("/recovery", "ask", access.form_view(show_ask, ask), methods=["GET", "POST"])
blueprint.add_url_rule("/recovery/<token>", "link", access.form_view(show_link, use_link), methods=["GET", "POST"])


def _partners_only() -> None:
    """The operator's own people have nobody to send them letters."""
    if access.tenant().realm != "partner":
        raise NotFound


def _recovery(token: str) -> Recovery | None:
    _partners_only()
    if len(token) > LONGEST_TOKEN:
        return None
    try:
        return clients().accounts.recovery(host=access.tenant().host, token=token)
    except NotFound:
        return None


def _link_page(found: Recovery, errors: dict[str, str]) -> Response:
    return pages.fragment("auth/recovery_link.html", 422 if errors else 200, recovery=found, errors=errors)


def _ended() -> Response:
    return pages.fragment("auth/recovery_ended.html", 404)
