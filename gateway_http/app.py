"""Puts the Flask app of the gateway together: `create_app(settings, clients)`."""

import hashlib
import hmac
import logging
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import InternalServerError
from werkzeug.middleware.proxy_fix import ProxyFix

from contracts.errors import GolubError, Unauthenticated
from gateway_http import (
    access,
    access_log,
    account,
    admin,
    api,
    audit,
    audit_gate,
    auth,
    brand,
    built_files,
    cabinet,
    compression,
    headers,
    interface,
    metrics,
    open_pages,
    pages,
    payments,
    platform,
    platform_api,
    probes,
    problems,
    recovery,
    short_way,
)
from gateway_http.cache import TimedCache
from gateway_http.clients import Clients
from gateway_http.expiring import Expiring
from gateway_http.health import Readiness
from gateway_http.intake import Intake
from gateway_http.keys import ApiKeys
from gateway_http.manager_cards import ManagerCards
from gateway_http.rates import Rates
from gateway_http.state import Gateway
from gateway_http.tenants import Tenants
from kit.settings import Settings

_BLUEPRINTS = (
    probes.blueprint,
    auth.blueprint,
    recovery.blueprint,
    account.blueprint,
    brand.blueprint,
    open_pages.docs,
    admin.blueprint,
    cabinet.blueprint,
    platform.blueprint,
    payments.blueprint,
)

#: A logo has some ten kilobytes, half a megabyte at most.
LOGOS_SECONDS, MOST_LOGOS = 300.0, 50

log = logging.getLogger(__name__)


def create_app(settings: Settings, clients: Clients) -> Flask:
    """The whole gateway as a WSGI app that works with these clients."""
    app = Flask(__name__, static_folder=None)
    app.extensions["golub"] = build_state(settings, clients)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.json.compact = True  # type: ignore[attr-defined]
    _install_errors(app)
    app.before_request(_begin_log_context)
    access_log.install(app)
    metrics.install(app)
    access.install(app)
    audit_gate.install(app)
    problems.install(app)
    compression.install(app)
    headers.install(app)
    built_files.install(app)
    _install_interface(app, settings)
    api.install(app)
    platform_api.install(app)
    for blueprint in _BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.wsgi_app = _behind(short_way.before(app, app.wsgi_app), settings.number("trusted_proxies"))  # type: ignore[method-assign]
    return app


def build_state(settings: Settings, clients: Clients) -> Gateway:
    """What the app keeps between requests, all caches empty."""
    return Gateway(
        settings=settings,
        secret=settings.secret,
        clients=clients,
        tenants=Tenants(clients.accounts),
        expiring=Expiring(clients.accounts),
        keys=ApiKeys(clients.accounts),
        rates=Rates(settings.number("api_requests_per_second")),
        calls=Rates(payments.CALLS_PER_SECOND),
        readiness=Readiness(clients),
        intake=Intake(clients.smpp_gateway),
        cards=ManagerCards(clients.accounts),
        logos=TimedCache(seconds=LOGOS_SECONDS, most=MOST_LOGOS),
    )


def forget(app: Flask, advertiser_ids: list[str]) -> None:
    """Drop what is remembered of these advertisers' API keys: their credentials changed."""
    state: Gateway = app.extensions["golub"]
    state.keys.forget(advertiser_ids)


def forget_brands(app: Flask, partner_ids: list[str]) -> None:
    """Ask anew how the hosts of these partners look: they changed that."""
    state: Gateway = app.extensions["golub"]
    state.tenants.forget(partner_ids)


def _install_interface(app: Flask, settings: Settings) -> None:
    interface.init_app(app)
    pages.install(app)
    https = settings.https == "1"
    # Flask's own session carries nothing but the short messages that the next page shows.
    app.secret_key = hmac.new(settings.secret, b"messages of the next page", hashlib.sha256).digest()
    app.config.update(
        SESSION_COOKIE_NAME="__Host-golub_messages" if https else "golub_messages",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
    )


def _install_errors(app: Flask) -> None:
    @app.errorhandler(GolubError)
    def _ours(error: GolubError) -> Response:
        audit.refused(error.code)
        if error.http_status == 500:
            log.error("%s %s: %s", request.method, request.url_rule, error.detail)
        if problems.wanted():
            return problems.of_error(error)
        return pages.to_sign_in() if isinstance(error, Unauthenticated) else pages.error_page(error)

    @app.errorhandler(InternalServerError)
    def _unexpected(error: InternalServerError) -> Response:
        # Flask has logged the original with its traceback; nothing of it goes out.
        return problems.of_error(GolubError()) if problems.wanted() else pages.error_page(GolubError())


def _begin_log_context() -> None:
    access_log.begin_context(problems.request_id())


def _behind(wsgi: Callable, proxies: int) -> Callable:
    """The app behind this many proxies that we trust; also lets bodies of unknown length be read to their end."""
    inner = ProxyFix(wsgi, x_for=proxies, x_proto=proxies, x_host=0, x_port=0, x_prefix=0) if proxies else wsgi

    def serve(environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        # eventlet ends a chunked body by itself, but doesn't say so: werkzeug would take it for an empty one.
        if "eventlet.input" in environ and environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked":
            environ["wsgi.input_terminated"] = True
        return inner(environ, start_response)

    return serve
