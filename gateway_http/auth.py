"""Signing in and out, and the first page of each role."""

from flask import Blueprint, Response, request
from flask_babel import gettext

from contracts.errors import Unauthenticated
from gateway_http import access, auth_step, pages, sessions
from gateway_http.audit import unaudited
from gateway_http.auth_step import start_page
from gateway_http.forms import Form
from gateway_http.state import clients

blueprint = Blueprint("auth", __name__)


@blueprint.get("/")
def home() -> Response:
    """To the start page of the role, or to sign in."""
    person = access.visitor()
    return pages.to_sign_in() if person is None else pages.see_other(start_page(person))


def show_sign_in() -> Response:
    person = access.visitor()
    if person is not None:
        return pages.see_other(start_page(person))
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
    if signed_in.step:
        return auth_step.next_page(signed_in, wanted)
    address = wanted if pages.is_own_path(wanted) else start_page(signed_in.principal)
    response = pages.see_other(address)
    sessions.keep(response, signed_in)
    return response


FORM = ["GET", "POST"]
blueprint.add_url_rule("/sign-in", "sign_in", access.form_view(show_sign_in, sign_in), methods=FORM)
_STEPS = {
    "second_step": ("/sign-in/code", access.form_view(auth_step.show_second_step, auth_step.second_step)),
    "first_factor": ("/sign-in/setup", access.form_view(auth_step.show_first_factor, auth_step.first_factor)),
}
for _name, (_path, _view) in _STEPS.items():
    blueprint.add_url_rule(_path, _name, _view, methods=FORM)


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
