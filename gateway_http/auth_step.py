"""The second step of signing in: a code, or for who has to have one and has none yet, setting it up first.

Between the steps the browser holds a cookie of its own, whose token opens nothing else (`contracts.accounts_own`).
"""

from flask import Response, request, url_for
from flask_babel import gettext

from contracts.accounts import Principal, SignedIn
from contracts.errors import Conflict, Malformed, Unauthenticated
from gateway_http import access, navigation, pages, sessions
from gateway_http.account_factor import LONGEST_CODE, picture_of
from gateway_http.audit import unaudited
from gateway_http.forms import Form
from gateway_http.state import clients

_WHY = "accounts enters every sign-in itself"


def next_page(signed_in: SignedIn, wanted: str) -> Response:
    """Where a sign-in goes on that is not finished; `wanted`: the page that the person came for."""
    endpoint = "auth.second_step" if signed_in.step == "code" else "auth.first_factor"
    response = pages.see_other(url_for(endpoint, next=wanted or None))
    sessions.keep_half(response, signed_in)
    return response


def show_second_step() -> Response:
    return _code_page({}) if sessions.half_token() else pages.to_sign_in()


@unaudited(_WHY)
def second_step() -> Response:
    form = Form(request.form)
    code = form.text("code", required=True, longest=LONGEST_CODE)
    if form.errors:
        return _code_page(form.errors)
    try:
        signed_in = clients().accounts.second_step(**_half(), code=code)
    except Unauthenticated:
        return _again()
    except (Conflict, Malformed) as error:
        form.take(error)
        return _code_page(form.errors)
    response = pages.see_other(_wanted(signed_in))
    _finish(response, signed_in)
    return response


def show_first_factor() -> Response:
    try:
        return _setup_page({}) if sessions.half_token() else pages.to_sign_in()
    except (Conflict, Unauthenticated):
        return _again()


@unaudited(_WHY)
def first_factor() -> Response:
    """The answer itself shows the recovery codes, as nothing that is kept may hold them."""
    form = Form(request.form)
    code = form.text("code", required=True, longest=LONGEST_CODE)
    try:
        if form.errors:
            return _setup_page(form.errors)
        done = clients().accounts.confirm_first_factor(**_half(), code=code)
    except Unauthenticated:
        return _again()
    except (Conflict, Malformed) as error:
        form.take(error)
        return _setup_page(form.errors)
    response = pages.fragment("auth/codes.html", codes=done.codes, next_address=_wanted(done.signed_in))
    response.headers["Cache-Control"] = "no-store"
    _finish(response, done.signed_in)
    return response


def start_page(person: Principal) -> str:
    """That of the role, or for a manager who may not see it the first one of the menu that is open."""
    first = pages.START_PAGES[person.role]
    known = (first, *(item.endpoint for item in navigation.menu(person.role)))
    return url_for(next((one for one in known if access.allows(person, one)), first))


def _half() -> dict[str, str]:
    return {
        "host": access.tenant().host,
        "token": sessions.half_token(),
        "address": request.remote_addr or "",
        "user_agent": sessions.user_agent(),
    }


def _finish(response: Response, signed_in: SignedIn) -> None:
    sessions.keep(response, signed_in)
    sessions.drop_half(response)


def _wanted(signed_in: SignedIn) -> str:
    wanted = request.form.get("next", "")
    return wanted if pages.is_own_path(wanted) else start_page(signed_in.principal)


def _again() -> Response:
    """Five wrong codes or five minutes: the password is asked for anew."""
    response = pages.done(
        gettext("This sign-in took too long or had too many wrong codes: begin anew."), "auth.sign_in"
    )
    sessions.drop_half(response)
    return response


def _code_page(errors: dict[str, str]) -> Response:
    return pages.fragment("auth/second_step.html", 422 if errors else 200, errors=errors, next=_asked())


def _setup_page(errors: dict[str, str]) -> Response:
    pending = clients().accounts.first_factor(host=access.tenant().host, token=sessions.half_token())
    context = {"pending": pending, "picture": picture_of(pending), "errors": errors, "next": _asked()}
    return pages.fragment("auth/first_factor.html", 422 if errors else 200, **context)


def _asked() -> str:
    return request.values.get("next", "")[:2000]
