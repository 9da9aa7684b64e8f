"""The short way of the commonest request: messages by a known key, on a known host, with nothing wrong or rare about them.

Most of what a request of one message costs is what Flask does around it. This stands in front of Flask, calls the very
functions that it would have called, and gives the answer that it would have given, to the byte. Whatever is not plainly
good goes to Flask as it came; messages that are stored, but can't be answered plainly, go there as `Done`.
"""

import json
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from flask import Flask

from contracts.accounts import ApiPrincipal, HostOwner
from contracts.errors import GolubError
from contracts.smpp_gateway import Accepted, AcceptOrder
from gateway_http import access, access_log, metrics, problems
from gateway_http.api import PREFIX
from gateway_http.api.idempotency import key_of
from gateway_http.api.messages import send
from gateway_http.api.parsing import well_formed
from gateway_http.api.sending import order_of
from gateway_http.api.views import accepted_body
from gateway_http.done import DONE, Done
from gateway_http.headers import NO_STORE, PROTECTION
from gateway_http.keys import bearer_key
from gateway_http.state import Gateway
from gateway_http.submission import Submission

Environ = dict[str, Any]
Wsgi = Callable[[Environ, Callable], Iterable[bytes]]

METHOD, ROUTE, STATUS = "POST", f"{PREFIX}/messages", 202
#: The usual spellings; Flask knows all of them.
_JSON_TYPES = frozenset(("application/json", "application/json; charset=utf-8", "application/json;charset=utf-8"))


@dataclass(frozen=True, slots=True)
class _Asked:
    tenant: HostOwner
    caller: ApiPrincipal
    submission: Submission
    order: AcceptOrder


def before(app: Flask, long_way: Wsgi) -> Wsgi:
    """The WSGI app that takes the short way where it can, and else the long one, which is Flask's."""

    def serve(environ: Environ, start_response: Callable) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != METHOD or environ["PATH_INFO"] != ROUTE:
            return long_way(environ, start_response)
        environ[metrics.BEGAN] = time.perf_counter()
        state: Gateway = app.extensions["golub"]
        asked = _asked(state, environ)
        if asked is None:
            return long_way(environ, start_response)
        # From here on the request has one id, whoever answers it.
        request_id = environ["HTTP_X_REQUEST_ID"] = problems.request_id_of(environ.get("HTTP_X_REQUEST_ID", ""))
        access_log.begin_context(request_id)
        outcome = _outcome(state, asked)
        if isinstance(outcome, Exception) or any(one.refusal is not None for one in outcome):
            environ[DONE] = Done(asked.tenant, asked.caller, asked.submission, outcome)
            return long_way(environ, start_response)
        body = accepted_body(outcome)
        seconds = time.perf_counter() - environ[metrics.BEGAN]
        partner_id = asked.tenant.partner_id
        metrics.count(METHOD, ROUTE, STATUS, seconds)
        access_log.tell(
            logging.INFO, METHOD, ROUTE, STATUS, seconds=seconds, partner_id=partner_id, request_id=request_id
        )
        start_response("202 ACCEPTED", _head(len(body), state.settings.https == "1", request_id))
        return [body]

    return serve


def _asked(state: Gateway, environ: Environ) -> _Asked | None:
    """What is asked by whom, and a token taken for it; None for all that Flask shall see to: nothing has happened then."""
    try:
        owner = state.tenants.remembered(environ.get("HTTP_HOST", ""))
        key = bearer_key(environ.get("HTTP_AUTHORIZATION"))
    except GolubError:
        return None
    principal = state.keys.remembered(key, environ.get("REMOTE_ADDR") or "")
    if owner is None or principal is None or not access.is_of(principal, owner):
        return None
    if not access.may_use(principal, send):
        return None
    if not state.rates.has_token(principal.key_id):
        return None
    submission = _submission(environ)
    written = environ.get("HTTP_IDEMPOTENCY_KEY")
    repeatable = None if written is None else key_of(written)
    if submission is None or (written is not None and repeatable is None):
        return None
    if state.rates.wait_seconds(principal.key_id):
        return None
    return _Asked(owner, principal, submission, order_of(principal, repeatable, submission))


def _submission(environ: Environ) -> Submission | None:
    """The messages of a small enough JSON body; Flask can read the same body again."""
    length = environ.get("CONTENT_LENGTH") or ""
    if environ.get("CONTENT_TYPE", "").lower() not in _JSON_TYPES or "HTTP_TRANSFER_ENCODING" in environ:
        return None
    if not (length.isascii() and length.isdigit() and len(length) < 10 and int(length) <= access.API_BODY_BYTES):
        return None
    try:
        body = environ["wsgi.input"].read(int(length))
    except (OSError, ValueError):
        # The sender went away or was too slow, which Flask says of a body that is too short.
        body = b""
    environ["wsgi.input"] = BytesIO(body)
    if len(body) != int(length):
        return None
    try:
        return well_formed(json.loads(body.decode("utf-8")))
    except (ValueError, RecursionError):
        return None


def _outcome(state: Gateway, asked: _Asked) -> list[Accepted] | Exception:
    try:
        return state.intake.accept(asked.order, asked.submission.items)
    except Exception as error:  # Flask tells each of them, and logs what it does not expect.
        return error


def _head(length: int, https: bool, request_id: str) -> list[tuple[str, str]]:
    return [
        ("Content-Type", "application/json"),
        ("Content-Length", str(length)),
        *PROTECTION[https].items(),
        ("Cache-Control", NO_STORE),
        ("X-Request-Id", request_id),
    ]
