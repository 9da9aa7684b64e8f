"""The one gate every request passes: whose host, who acts, and whether the route lets that role in.

A route declares its roles with `@roles(...)`. One that declares nothing and is not on the short public list lets nobody
in, and a test walks the whole URL map to find such a route before a person does.
"""

from collections.abc import Callable, Hashable
from math import ceil
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, request
from flask_babel import gettext
from werkzeug.exceptions import Forbidden

from contracts.accounts import ApiPrincipal, HostOwner, Principal
from contracts.accounts_keys import SCOPES
from contracts.accounts_operator import OperatorPrincipal
from contracts.accounts_rights import RIGHTS
from contracts.errors import Forbidden as NotAllowed
from contracts.errors import NotFound, TooManyRequests, Unauthenticated
from gateway_http import audit_gate, csrf, problems, sessions
from gateway_http.done import DONE, Done
from gateway_http.i18n import N_
from gateway_http.keys import bearer_key
from gateway_http.state import gateway

V = TypeVar("V", bound=Callable)

#: The roles of a program with an API key of an advertiser, and with one of the platform's operator; the others are those
#: of contracts.accounts.Principal.
API, OPERATOR_API = "api", "operator_api"
OPERATOR, PARTNER, MANAGER, ADVERTISER = "operator", "partner", "manager", "advertiser"
ROLES = frozenset((API, OPERATOR_API, OPERATOR, PARTNER, MANAGER, ADVERTISER))

#: Answer on every host name, and to everybody: probes come by address.
HOSTLESS = frozenset(("health.live", "health.ready", "health.metrics", "static"))
#: Payment systems call these and send people back to them: other sites' requests, proven by their signature or worth
#: nothing.
FOREIGN = frozenset(("payments.result", "payments.success", "payments.fail"))
#: Answers everybody on the operator's own host; elsewhere there is nothing of it.
OPERATORS_DOCUMENT = "platform-api-docs.openapi_json"
#: Answer everybody on a host that has an owner.
PUBLIC = FOREIGN | frozenset(
    (
        "auth.home",
        "auth.sign_in",
        "auth.sign_out",
        "recovery.ask",
        "recovery.link",
        "auth.second_step",
        "auth.first_factor",
        "brand.stylesheet",
        "brand.logo",
        "brand.icon",
        "docs.api",
        "docs.api_reference",
        "api-docs.openapi_json",
        OPERATORS_DOCUMENT,
    )
)

API_BODY_BYTES = 2 * 1024 * 1024
FORM_BODY_BYTES = 1024 * 1024
#: So much above what any page takes as a file that a file which is too large is mostly told at its field.
FILES_BODY_BYTES = 16 * 1024 * 1024
#: Pages that take files in blocks, which are never in memory as a whole.
LARGE_FILES_BODY_BYTES = {"platform.numbering": 24 * 1024 * 1024}
#: The same as the body of a program's request.
LARGE_API_BODY_BYTES = {"platform_numbering.ported_import": 24 * 1024 * 1024}
#: What a key that may only read can ask.
READS = ("GET", "HEAD")
FOREIGN_BODY_BYTES = 16 * 1024


#: A route that is open to managers says which right it asks for, or None in so many words.
_UNSAID = "unsaid"


def roles(*names: str, right: str | None = _UNSAID, acting: bool = False) -> Callable[[V], V]:
    """Declare who may use a view: put it nearest to the function, below the route.

    `right`: which of `contracts.accounts_rights.RIGHTS` a manager needs; None where every manager may.
    `acting`: of a view of the cabinet, whether it is open to the partner's people while they visit it (decision 43).
    """
    unknown = set(names) - ROLES
    if unknown or not names:
        raise ValueError(f"no such roles: {sorted(unknown)}")
    if (MANAGER in names) == (right == _UNSAID):
        raise ValueError("a right is for views that managers may use, and each of these names one: right=... or None")
    if right not in (None, _UNSAID, *RIGHTS):
        raise ValueError(f"no such right: {right}")
    if acting and ADVERTISER not in names:
        raise ValueError("only the cabinet is visited")

    def declare(view: V) -> V:
        view.golub_roles = frozenset(names)  # type: ignore[attr-defined]
        view.golub_right = None if right == _UNSAID else right  # type: ignore[attr-defined]
        view.golub_acting = acting  # type: ignore[attr-defined]
        return view

    return declare


def scopes(*names: str) -> Callable[[V], V]:
    """Declare which scopes (`contracts.accounts_keys.SCOPES`) the key of a program must have for a view of the role `api`:
    any one of them is enough. Without a declaration no key is let in."""
    if not names or set(names) - set(SCOPES):
        raise ValueError(f"no such scopes: {names}")

    def declare(view: V) -> V:
        view.golub_scopes = frozenset(names)  # type: ignore[attr-defined]
        return view

    return declare


def scopes_of(view: Callable) -> frozenset[str]:
    found: frozenset[str] = getattr(view, "golub_scopes", frozenset())
    return found


def may_use(principal: ApiPrincipal, view: Callable) -> bool:
    """Whether the key of this program has a scope that the view asks for."""
    return not scopes_of(view).isdisjoint(principal.scopes)


def roles_of(view: Callable) -> frozenset[str]:
    """The roles a view declares; none where it declares nothing."""
    found: frozenset[str] = getattr(view, "golub_roles", frozenset())
    return found


def right_of(view: Callable, method: str = "GET") -> str | None:
    """The right that a manager needs for this method of a view; None where every manager may."""
    found: str | None = getattr(acting(view, method), "golub_right", None)
    return found


def is_visited(view: Callable, method: str = "GET") -> bool:
    """Whether the partner's people may use it in an advertiser's cabinet."""
    found: bool = getattr(acting(view, method), "golub_acting", False)
    return found


def acting(view: Callable, method: str) -> Callable:
    """The function that answers this method: of a form's view the one that shows or the one that submits."""
    if method in csrf.SAFE_METHODS:
        return getattr(view, "golub_show", view)
    return getattr(view, "golub_submit", view)


def form_view(show: Callable[..., Response], submit: Callable[..., Response]) -> Callable[..., Response]:
    """One view of a page with a form: `show` answers GET, `submit` POST; both declare the same roles."""
    if roles_of(show) != roles_of(submit):
        raise ValueError(f"{show.__name__} and {submit.__name__} are open to different roles")

    def view(**arguments: Any) -> Response:
        return submit(**arguments) if request.method == "POST" else show(**arguments)

    view.golub_roles = roles_of(show)  # type: ignore[attr-defined]
    view.golub_show, view.golub_submit = show, submit  # type: ignore[attr-defined]
    return view


def may(endpoint: str, method: str = "GET") -> bool:
    """Whether who is signed in may use this view: what is not allowed stands in no menu and on no page."""
    person: Principal | None = g.get("user")
    if endpoint in PUBLIC:
        return True
    visited = actor() is None or is_visited(current_app.view_functions[endpoint], method)
    return person is not None and visited and allows(person, endpoint, method)


def allows(person: Principal, endpoint: str, method: str = "GET") -> bool:
    """Whether this person may use the view of that name, by role and, where it is a manager, by right."""
    return _is_allowed(person, current_app.view_functions[endpoint], method)


def _is_allowed(person: Principal, view: Callable, method: str) -> bool:
    if person.role not in roles_of(view):
        return False
    right = right_of(view, method)
    return person.role != MANAGER or right is None or right in person.rights


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


def actor() -> Principal | None:
    """Who really acts while somebody of the partner is in an advertiser's cabinet, where `user` is the advertiser."""
    found: Principal | None = g.get("actor")
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


def operator_program() -> OperatorPrincipal:
    """Which of the operator's keys it is; only in views that declare the role `operator_api`."""
    found: OperatorPrincipal = g.operator_program
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
    view = current_app.view_functions[request.endpoint]
    allowed = roles_of(view)
    if OPERATOR_API in allowed or request.endpoint == OPERATORS_DOCUMENT:
        _check_operators_host()
    if OPERATOR_API in allowed:
        g.operator_program = _operator_program()
        audit_gate.begin(acting(view, request.method))
        return
    if API in allowed:
        g.caller = _caller()
        _check_scope(view)
        audit_gate.begin(acting(view, request.method))
        return
    if request.endpoint in FOREIGN:
        return
    if request.endpoint not in PUBLIC:
        _check_role(view)
    csrf.check()
    audit_gate.begin(acting(view, request.method))


def _most_bytes() -> int:
    """How large the body of this request may be."""
    if request.endpoint in FOREIGN:
        return FOREIGN_BODY_BYTES
    if request.mimetype == "multipart/form-data" and request.endpoint not in PUBLIC:
        return LARGE_FILES_BODY_BYTES.get(request.endpoint or "", FILES_BODY_BYTES)
    if request.path.startswith("/api/"):
        return LARGE_API_BODY_BYTES.get(request.endpoint or "", API_BODY_BYTES)
    return FORM_BODY_BYTES


def _caller() -> ApiPrincipal:
    """`Unauthenticated` for a key of another partner too, in the same words: keys of others must not be told apart."""
    key = bearer_key(request.headers.get("Authorization"))
    found = gateway().keys.principal(key, request.remote_addr or "")
    if not is_of(found, tenant()):
        raise Unauthenticated(N_("This API key doesn't exist or was withdrawn."))
    _check_rate(
        found.key_id, N_("This key makes too many requests: send more messages with each, or fewer requests a second.")
    )
    return found


def _check_scope(view: Callable) -> None:
    if not may_use(g.caller, view):
        raise NotAllowed(N_("This API key may not do that: make a key that may, in the cabinet."))


def _check_operators_host() -> None:
    """On hosts of partners there is nothing at these addresses, whatever key comes."""
    if tenant().realm != "platform":
        raise NotFound("There is nothing at this address.")


def _operator_program() -> OperatorPrincipal:
    """Asked of accounts at each request: these are few, and a key that was withdrawn must not work for another second."""
    key = bearer_key(request.headers.get("Authorization"))
    found = gateway().clients.accounts.authenticate_operator_key(key=key, address=request.remote_addr or "")
    _check_rate(("operator", found.key_id), N_("This key makes too many requests: make fewer of them a second."))
    if not found.manages and request.method not in READS:
        raise NotAllowed(N_("This key may only read: make one that may change things."))
    return found


def _check_rate(whose: Hashable, detail: str) -> None:
    wait_seconds = gateway().rates.wait_seconds(whose)
    if wait_seconds:
        raise TooManyRequests(detail, {"retry_after_seconds": ceil(wait_seconds)})


def is_of(principal: ApiPrincipal, owner: HostOwner) -> bool:
    """Whether a key's requests may come to a host of this owner."""
    return owner.realm == "partner" and principal.partner_id == owner.partner_id


def _check_role(view: Callable) -> None:
    person = visitor()
    if person is None:
        raise Unauthenticated("Please sign in.")
    if person.role not in roles_of(view):
        raise Forbidden
    if g.get("actor") is not None and not is_visited(view, request.method):
        raise NotAllowed(N_("Only the advertiser itself can do this in its cabinet."))
    if not _is_allowed(person, view, request.method):
        needed = right_of(view, request.method) or ""
        told = gettext(
            "This needs a right that you don't have: «%(right)s». Whoever owns this panel can give it to you."
        )
        raise problems.MissingRight(told % {"right": gettext(RIGHTS[needed])})
