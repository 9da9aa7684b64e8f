"""How the gateway says to accounts whose account it is: by the session itself."""

from flask import request

from gateway_http import sessions
from gateway_http.access import tenant


def whose() -> dict[str, str]:
    """The `host` and `token` of this request, as `contracts.accounts_own.OwnCalls` takes them."""
    return {"host": tenant().host, "token": sessions.token()}


def address() -> str:
    return request.remote_addr or ""
