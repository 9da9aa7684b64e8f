"""Pages for people: what every template gets, and errors as pages."""

from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.exceptions import HTTPException

from contracts.accounts import Principal
from contracts.accounts_people import ManagerCard
from contracts.billing import Balance
from contracts.errors import GolubError, TooManyRequests
from gateway_http import brand, csrf, problems
from gateway_http.i18n import DEFAULT_ZONE
from gateway_http.notices import notices
from gateway_http.state import clients, gateway

#: The page of each status; what has none of its own is told by the one that comes nearest.
_ERROR_PAGES = {400: 422, 401: 403, 403: 403, 404: 404, 405: 404, 409: 422, 411: 422, 413: 422, 422: 422, 429: 429}
_ERROR_PAGES |= {500: 500, 503: 503, 504: 503}

START_PAGES = {
    "operator": "platform.overview",
    "partner": "admin.advertisers",
    "manager": "admin.advertisers",
    "advertiser": "cabinet.messages",
}


def install(app: Flask) -> None:
    app.context_processor(_context)


def _context() -> dict[str, Any]:
    owner = g.get("tenant")
    person: Principal | None = g.get("user")
    return {
        "brand": None if owner is None else brand.shown(owner),
        "user": person,
        "acting_as": g.get("acting_as"),
        "zone": person.zone if person else DEFAULT_ZONE,
        "csrf_token": csrf.token,
        "request_id": problems.request_id(),
    }


def page(template: str, status: int = 200, **context: Any) -> Response:
    """A whole page with the person's balance and notices on top; `fragment` is for a part of one."""
    shown = {"balance": _balance(), "manager_card": _manager_card(), "notices": notices()} | context
    return make_response(render_template(template, **shown), status)


def fragment(template: str, status: int = 200, **context: Any) -> Response:
    return make_response(render_template(template, **context), status)


def _balance() -> Balance | None:
    """Of whoever looks at the page; a page is shown without it when billing doesn't answer."""
    person: Principal | None = g.get("user")
    account = person and (person.advertiser_id or person.partner_id)
    if not account:
        return None
    try:
        return clients().billing.balances([account])[0]
    except GolubError:
        return None


def _manager_card() -> ManagerCard | None:
    """The contact of the advertiser whose page it is; a page is shown without it when accounts doesn't answer."""
    person: Principal | None = g.get("user")
    if person is None or not person.advertiser_id or not person.partner_id:
        return None
    try:
        return gateway().cards.card(person.partner_id, person.advertiser_id)
    except GolubError:
        return None


def done(text: str, endpoint: str, **values: Any) -> Response:
    """After a form was carried out: say so on the next page."""
    flash(text, "success")
    return see_other(url_for(endpoint, **values))


def see_other(address: str) -> Response:
    return make_response(redirect(address, 303))


def back(default: str) -> str:
    """The page of ours that the request came from, else `default`."""
    given = urlsplit(request.headers.get("Referer", ""))
    if given.netloc.lower() != request.host.lower():
        return default
    address = f"{given.path}?{given.query}" if given.query else given.path
    return address if is_own_path(address) else default


def is_own_path(address: str) -> bool:
    """Whether an address leads nowhere else than to this host: browsers read `//` and `/\\` as another one."""
    return address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()


def start_page(role: str) -> str:
    return url_for(START_PAGES[role])


def to_sign_in() -> Response:
    """Where a request without a session goes; htmx is told to load the whole page anew."""
    again = request.full_path.rstrip("?") if request.method == "GET" else ""
    htmx = "HX-Request" in request.headers
    address = url_for("auth.sign_in", next=None if htmx or again in ("", "/") else again)
    if not htmx:
        return see_other(address)
    response = make_response("", 401)
    response.headers["HX-Redirect"] = address
    return response


def error_page(error: GolubError | HTTPException) -> Response:
    """The page that tells of an error. On a host that nobody owns there is only a plain line."""
    status = error.http_status if isinstance(error, GolubError) else error.code or 500
    if "tenant" not in g:
        return Response(f"{gettext('Page not found') if status == 404 else status}\n", status, mimetype="text/plain")
    shown = _ERROR_PAGES.get(status, 500)
    retry_after = problems.retry_after_seconds(error) if isinstance(error, TooManyRequests) else None
    message = gettext("What you sent is too large: choose smaller files.") if status == 413 else None
    if isinstance(error, problems.MissingRight):
        message = error.detail
    response = fragment(f"errors/{shown}.html", status, retry_after_seconds=retry_after, message=message)
    if retry_after is not None or shown == 503:
        response.headers["Retry-After"] = str(retry_after or problems.RETRY_AFTER_SECONDS)
    if isinstance(error, csrf.StaleForm) and "HX-Request" in request.headers:
        # A whole page has no place in the part that htmx would put it into: load everything anew, with a fresh token.
        response.headers["HX-Refresh"] = "true"
    if isinstance(error, HTTPException):
        response.headers.update({name: value for name, value in error.get_headers() if name == "Allow"})
    return response
