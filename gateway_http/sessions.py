"""The session cookie of people, and who it belongs to."""

from datetime import datetime

from flask import Response, g, request, url_for

from contracts.accounts import HostOwner, Principal, SignedIn
from contracts.accounts_own import CabinetSession
from contracts.errors import Unauthenticated
from gateway_http.state import gateway
from gateway_http.tenants import normal_host

LONGEST_TOKEN = 128
#: How the endpoints of the cabinet begin.
CABINET = "cabinet."


def secure() -> bool:
    return gateway().settings.https == "1"


def cookie_name() -> str:
    """With HTTPS the name gets the prefix that pins the cookie to this very host (RFC 6265bis, 4.1.3.2)."""
    return "__Host-golub_session" if secure() else "golub_session"


def token() -> str:
    """The session token of this request, empty where there is none."""
    given = request.cookies.get(cookie_name(), "")
    return given if len(given) <= LONGEST_TOKEN else ""


def principal(owner: HostOwner) -> Principal | None:
    """Who is signed in on this host; None for nobody, for an ended session, and for one of another partner."""
    given = token()
    if not given:
        return None
    try:
        found = (
            _acting(owner, given) if is_cabinet() else gateway().clients.accounts.session(host=owner.host, token=given)
        )
    except Unauthenticated:
        return None
    if not belongs(found, owner):
        return None
    g.zone = found.zone
    return found


def is_cabinet() -> bool:
    """Whether this request is for a page of the cabinet, where alone the partner's people may be in another's name."""
    return (request.endpoint or "").startswith(CABINET)


def _acting(owner: HostOwner, given: str) -> Principal:
    """Who the cabinet is for; of somebody who visits it `g.actor` and `g.acting_as` tell."""
    found: CabinetSession = gateway().clients.accounts.cabinet_session(host=owner.host, token=given)
    if found.actor is None or found.visit is None:
        return found.principal
    if not belongs(found.actor, owner):
        raise Unauthenticated
    g.actor = found.actor
    g.acting_as = {
        "login": found.principal.login,
        "leave_url": url_for("admin.cabinet_leave"),
        "until": found.visit.expires_at,
    }
    return found.principal


def belongs(person: Principal, owner: HostOwner) -> bool:
    """A second wall behind the one of accounts: the operator only on the platform's host, others on their partner's."""
    if owner.realm == "platform":
        return person.role == "operator"
    return person.role != "operator" and person.partner_id == owner.partner_id


def sign_in(login: str, password: str) -> SignedIn:
    """A new session in place of the one the browser had; `Unauthenticated` or `TooManyRequests`."""
    signed_in = gateway().clients.accounts.sign_in(
        host=normal_host(request.host),
        login=login,
        password=password,
        address=request.remote_addr or "",
        user_agent=user_agent(),
    )
    end()
    return signed_in


def user_agent() -> str:
    """What the browser calls itself, without what PostgreSQL does not keep; a header may hold it."""
    return "".join(letter for letter in request.headers.get("User-Agent", "") if letter.isprintable())[:500]


def end() -> None:
    """End the browser's present session on the server, if it has one."""
    if token():
        gateway().clients.accounts.sign_out(token())


def keep(response: Response, signed_in: SignedIn) -> None:
    _keep(response, cookie_name(), signed_in)


def keep_half(response: Response, signed_in: SignedIn) -> None:
    """Of a sign-in that waits for its second step: in a cookie of its own, in place of the ended session's."""
    drop(response)
    _keep(response, _half_name(), signed_in)


def half_token() -> str:
    """The token of a sign-in that waits for its second step, empty where there is none."""
    given = request.cookies.get(_half_name(), "")
    return given if len(given) <= LONGEST_TOKEN else ""


def drop_half(response: Response) -> None:
    response.delete_cookie(_half_name(), path="/", secure=secure(), httponly=True, samesite="Lax")


def _half_name() -> str:
    return "__Host-golub_step" if secure() else "golub_step"


def _keep(response: Response, name: str, signed_in: SignedIn) -> None:
    response.set_cookie(
        name,
        signed_in.token,
        expires=datetime.fromisoformat(signed_in.expires_at),
        path="/",
        secure=secure(),
        httponly=True,
        samesite="Lax",
    )


def drop(response: Response) -> None:
    response.delete_cookie(cookie_name(), path="/", secure=secure(), httponly=True, samesite="Lax")
