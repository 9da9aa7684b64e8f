"""The operator's JSON API: links, traffic schemes, incoming numbers and numbering, for programs with a key of the operator.

It has a document of its own and answers on the operator's hosts alone: to anybody else there is nothing here.
"""

from flask import Flask

from gateway_http.api import GolubApi
from gateway_http.platform_api import (
    assignments,
    domains,
    incoming,
    links,
    numbering,
    partners,
    route_costs,
    route_try,
    scheme_routes,
    schemes,
)

PREFIX = "/api/v1/platform"

_DESCRIPTION = """Manage the platform from programs: links to mobile operators, traffic schemes, numbers for incoming SMS,
numbering, certificates of domains for an ingress. Keys are made on the page «API keys» of the operator: one that reads may make GET requests alone.

What has a version is answered with an `ETag`. A change of it must say in `If-Match` which version it was made from (`*`:
whichever there is): without one it is refused with 428, and with 412 where somebody else has changed it meanwhile.
Every change is noted under the name of its key.

Errors are `application/problem+json` (RFC 9457) with a machine code, a sentence and a pointer to each wrong field."""

_CONFIG = {
    "API_TITLE": "Golub operator API",
    "API_VERSION": "1.0.0",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": PREFIX,
    "OPENAPI_JSON_PATH": "openapi.json",
    "API_SPEC_OPTIONS": {"info": {"description": _DESCRIPTION}, "security": [{"key": []}]},
}
_ROOMS = (links, route_costs, schemes, scheme_routes, assignments, route_try, incoming, numbering, partners, domains)


def install(app: Flask) -> None:
    """Register the routes and their OpenAPI document."""
    app.config.update({f"PLATFORM_{name}": value for name, value in _CONFIG.items()})
    api = GolubApi(app, config_prefix="PLATFORM")
    api.spec.components.security_scheme("key", {"type": "http", "scheme": "bearer", "bearerFormat": "golub_operator_…"})
    for room in _ROOMS:
        api.register_blueprint(room.blueprint, url_prefix=PREFIX)
