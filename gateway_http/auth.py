"""Signing in and out, and the first page of each role."""

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext

from contracts.accounts import Principal
from contracts.errors import Unauthenticated
from gateway_http import access, navigation, pages, sessions
from gateway_http.audit import unaudited
from gateway_http.forms import Form
from gateway_http.state import clients

blueprint = Blueprint("auth", __name__)


@blueprint.get("/")
def home() -> Response:
    """To the start page of the role, or to sign in."""
    person = access.visitor()
    return pages.to_sign_in() if person is None else pages.see_other(_start_page(person))


def _start_page(person: Principal) -> str:
    """That of the role, or for a manager who may not see it the first one of the menu that is open."""
    first = pages.START_PAGES[person.role]
    known = (first, *(item.endpoint for item in navigation.menu(person.role)))
    return url_for(next((one for one in known if access.allows(person, one)), first))


def show_sign_in() -> Response:
    person = access.visitor()
    if person is not None:
        return pages.see_other(_start_page(person))
    return _page({}, {}, request.args.get("next", ""))


@unaudited("accounts writes the entry of it itself")
def sign_in() -> Response:
    form = Form(request.form)
    login, password, wanted = (form.text("login", required=True), form.password(), form.text("next", longest=2000))
    if form.errors:
        return _page(form.values, form.errors, wanted)
    try:
        signed_in = sessions.sign_in(login, password)
    except Unauthenticated:
        signed_in = None
    if signed_in is not None and not sessions.belongs(signed_in.principal, access.tenant()):
        clients().accounts.sign_out(signed_in.token)
        signed_in = None
    if signed_in is None:
        return _page(form.values, {"form": gettext("Wrong login or password")}, wanted)
    address = wanted if pages.is_own_path(wanted) else _start_page(signed_in.principal)
    response = pages.see_other(address)
    sessions.keep(response, signed_in)
    return response


blueprint.add_url_rule("/sign-in", "sign_in", access.form_view(show_sign_in, sign_in), methods=["GET", "POST"])


def _page(values: dict[str, str], errors: dict[str, str], wanted: str) -> Response:
    status = 422 if errors else 200
    forgotten = access.tenant().realm == "partner"
    return pages.fragment("auth/sign_in.html", status, form=values, errors=errors, next=wanted, forgotten=forgotten)


@blueprint.post("/sign-out")
@unaudited("accounts writes the entry of it itself")
def sign_out() -> Response:
    """End the session here and on the server."""
    sessions.end()
    response = pages.see_other("/sign-in")
    sessions.drop(response)
    return response
