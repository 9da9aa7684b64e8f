"""Requests that change something must come from our own pages.

Two walls: what the browser says of the request's origin (`Sec-Fetch-Site`, `Origin`), and a token that only our pages
know: an HMAC of the session's token. The token stands in forms as `csrf_token`, htmx sends it as `X-CSRF-Token`.

Pages go out compressed and show what was typed, so a secret that stood in them unchanged could be guessed from their
length (the BREACH attack): each page carries it under a random mask.
"""

import hashlib
import hmac
import re
import secrets
from urllib.parse import urlsplit

from flask import g, request

from contracts.errors import Forbidden
from gateway_http import sessions
from gateway_http.state import gateway

SECRET_BYTES = hashlib.sha256().digest_size
_TOKEN = re.compile(f"[0-9a-f]{{{4 * SECRET_BYTES}}}")
SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))


class StaleForm(Forbidden):
    """The form was made for another session, or by another site."""

    code = "stale_form"
    who = "caller"


def token() -> str:
    """The token of this session, or of nobody's session on this host (the form of signing in); masked anew per page."""
    if "csrf_token" not in g:
        mask = secrets.token_bytes(SECRET_BYTES)
        g.csrf_token = (mask + _xor(mask, _secret())).hex()
    found: str = g.csrf_token
    return found


def _secret() -> bytes:
    message = f"csrf:{request.host}:{sessions.token()}"
    return hmac.new(gateway().secret, message.encode(), hashlib.sha256).digest()


def _xor(mask: bytes, text: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(mask, text, strict=True))


def _is_ours(given: str) -> bool:
    if not _TOKEN.fullmatch(given):
        return False
    both = bytes.fromhex(given)
    return hmac.compare_digest(_xor(both[:SECRET_BYTES], both[SECRET_BYTES:]), _secret())


def check() -> None:
    """`StaleForm` for an unsafe request that is not proven to come from our own pages."""
    if request.method in SAFE_METHODS:
        return
    given = request.headers.get("X-CSRF-Token") or request.form.get("csrf_token", "")
    if not same_origin() or not _is_ours(given):
        raise StaleForm("The page is out of date. Please reload it and try again.")


def same_origin() -> bool:
    """False when the browser says that another site made the request; a browser that says nothing is left to the token."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    given = urlsplit(origin)
    return given.netloc.lower() == request.host.lower() and given.scheme == (
        "https" if sessions.secure() else request.scheme
    )
