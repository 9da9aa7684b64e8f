"""The session cookie of people, and who it belongs to."""

from datetime import datetime

from flask import Response, g, request

from contracts.accounts import HostOwner, Principal, SignedIn
from contracts.errors import Unauthenticated
from gateway_http.state import gateway
from gateway_http.tenants import normal_host

LONGEST_TOKEN = 128


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
        found = gateway().clients.accounts.session(host=owner.host, token=given)
    except Unauthenticated:
        return None
    if not belongs(found, owner):
        return None
    g.zone = found.zone
    return found


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
        user_agent=_printable(request.headers.get("User-Agent", ""))[:500],
    )
    end()
    return signed_in


def _printable(text: str) -> str:
    """Without what PostgreSQL does not keep; a header may hold it."""
    return "".join(letter for letter in text if letter.isprintable())


def end() -> None:
    """End the browser's present session on the server, if it has one."""
    if token():
        gateway().clients.accounts.sign_out(token())


def keep(response: Response, signed_in: SignedIn) -> None:
    response.set_cookie(
        cookie_name(),
        signed_in.token,
        expires=datetime.fromisoformat(signed_in.expires_at),
        path="/",
        secure=secure(),
        httponly=True,
        samesite="Lax",
    )


def drop(response: Response) -> None:
    response.delete_cookie(cookie_name(), path="/", secure=secure(), httponly=True, samesite="Lax")
