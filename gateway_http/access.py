"""The one gate every request passes: whose host, who acts, and whether the route lets that role in.

A route declares its roles with `@roles(...)`. One that declares nothing and is not on the short public list lets nobody
in, and a test walks the whole URL map to find such a route before a person does.
"""

from collections.abc import Callable
from math import ceil
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import Forbidden

from contracts.accounts import ApiPrincipal, HostOwner, Principal
from contracts.errors import NotFound, TooManyRequests, Unauthenticated
from gateway_http import csrf, sessions
from gateway_http.done import DONE, Done
from gateway_http.i18n import N_
from gateway_http.keys import bearer_key
from gateway_http.state import gateway

V = TypeVar("V", bound=Callable)

#: The role of a program with an API key; the others are those of contracts.accounts.Principal.
API = "api"
OPERATOR, PARTNER, MANAGER, ADVERTISER = "operator", "partner", "manager", "advertiser"
ROLES = frozenset((API, OPERATOR, PARTNER, MANAGER, ADVERTISER))

#: Answer on every host name, and to everybody: probes come by address.
HOSTLESS = frozenset(("health.live", "health.ready", "health.metrics", "static"))
#: Payment systems call these and send people back to them: other sites' requests, proven by their signature or worth
#: nothing.
FOREIGN = frozenset(("payments.result", "payments.success", "payments.fail"))
#: Answer everybody on a host that has an owner.
PUBLIC = FOREIGN | frozenset(
    (
        "auth.home",
        "auth.sign_in",
        "auth.sign_out",
        "brand.stylesheet",
        "docs.api",
        "docs.api_reference",
        "api-docs.openapi_json",
    )
)

API_BODY_BYTES = 2 * 1024 * 1024
FORM_BODY_BYTES = 1024 * 1024
#: So much above what any page takes as a file that a file which is too large is mostly told at its field.
FILES_BODY_BYTES = 16 * 1024 * 1024
#: Pages that take files in blocks, which are never in memory as a whole.
LARGE_FILES_BODY_BYTES = {"platform.numbering": 24 * 1024 * 1024}
FOREIGN_BODY_BYTES = 16 * 1024


def roles(*names: str) -> Callable[[V], V]:
    """Declare who may use a view: put it nearest to the function, below the route."""
    unknown = set(names) - ROLES
    if unknown or not names:
        raise ValueError(f"no such roles: {sorted(unknown)}")

    def declare(view: V) -> V:
        view.golub_roles = frozenset(names)  # type: ignore[attr-defined]
        return view

    return declare


def roles_of(view: Callable) -> frozenset[str]:
    """The roles a view declares; none where it declares nothing."""
    found: frozenset[str] = getattr(view, "golub_roles", frozenset())
    return found


def form_view(show: Callable[..., Response], submit: Callable[..., Response]) -> Callable[..., Response]:
    """One view of a page with a form: `show` answers GET, `submit` POST; both declare the same roles."""
    if roles_of(show) != roles_of(submit):
        raise ValueError(f"{show.__name__} and {submit.__name__} are open to different roles")

    def view(**arguments: Any) -> Response:
        return submit(**arguments) if request.method == "POST" else show(**arguments)

    view.golub_roles = roles_of(show)  # type: ignore[attr-defined]
    return view


def tenant() -> HostOwner:
    """Owner of the host this request came to."""
    found: HostOwner = g.tenant
    return found


def user() -> Principal:
    """Who is signed in; only in views that declare a role of people."""
    found: Principal = g.user
    return found


def visitor() -> Principal | None:
    """Who is signed in on a page that is open to everybody; the templates then know it too."""
    if "user" not in g:
        g.user = sessions.principal(tenant())
    found: Principal | None = g.user
    return found


def partner_id() -> str:
    """The partner of the host, which is also the signed-in person's: `admit` has compared them."""
    owner = tenant().partner_id
    if owner is None:
        raise NotFound
    return owner


def caller() -> ApiPrincipal:
    """Whose API key it is; only in views that declare the role `api`."""
    found: ApiPrincipal = g.caller
    return found


def install(app: Flask) -> None:
    app.before_request(admit)


def admit() -> None:
    """Find out who acts and refuse what the route does not allow; runs before every view."""
    request.max_content_length = _most_bytes()
    if request.endpoint in HOSTLESS:
        return
    done: Done | None = request.environ.get(DONE)
    if done is not None:
        # Asked again, the answer might be another one, for a request that has had its effect.
        g.tenant, g.caller = done.tenant, done.caller
        return
    g.tenant = gateway().tenants.owner(request.host)
    if request.endpoint is None:
        return
    allowed = roles_of(current_app.view_functions[request.endpoint])
    if API in allowed:
        g.caller = _caller()
        return
    if request.endpoint in FOREIGN:
        return
    if request.endpoint not in PUBLIC:
        _check_role(allowed)
    csrf.check()


def _most_bytes() -> int:
    """How large the body of this request may be."""
    if request.endpoint in FOREIGN:
        return FOREIGN_BODY_BYTES
    if request.mimetype == "multipart/form-data" and request.endpoint not in PUBLIC:
        return LARGE_FILES_BODY_BYTES.get(request.endpoint or "", FILES_BODY_BYTES)
    return API_BODY_BYTES if request.path.startswith("/api/") else FORM_BODY_BYTES


def _caller() -> ApiPrincipal:
    """`Unauthenticated` for a key of another partner too, in the same words: keys of others must not be told apart."""
    key = bearer_key(request.headers.get("Authorization"))
    found = gateway().keys.principal(key, request.remote_addr or "")
    if not is_of(found, tenant()):
        raise Unauthenticated(N_("This API key doesn't exist or was withdrawn."))
    wait_seconds = gateway().rates.wait_seconds(found.key_id)
    if wait_seconds:
        detail = N_("This key makes too many requests: send more messages with each, or fewer requests a second.")
        raise TooManyRequests(detail, {"retry_after_seconds": ceil(wait_seconds)})
    return found


def is_of(principal: ApiPrincipal, owner: HostOwner) -> bool:
    """Whether a key's requests may come to a host of this owner."""
    return owner.realm == "partner" and principal.partner_id == owner.partner_id


def _check_role(allowed: frozenset[str]) -> None:
    person = visitor()
    if person is None:
        raise Unauthenticated("Please sign in.")
    if person.role not in allowed:
        raise Forbidden
