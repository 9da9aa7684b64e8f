"""What everybody may read: the API reference; and the help and the manual of those signed in."""

from flask import Blueprint, Response, abort, render_template, request, url_for

from gateway_http import access, manual, pages
from gateway_http.access import ADVERTISER, MANAGER, OPERATOR, PARTNER
from gateway_http.state import gateway
from gateway_http.tenants import normal_host

docs = Blueprint("docs", __name__)


@docs.get("/api/docs", endpoint="api_reference")
@docs.get("/docs/api", endpoint="api")
def api() -> Response:
    """Of the host's own API: the operator's programs have another one than those of advertisers."""
    access.visitor()
    document = access.OPERATORS_DOCUMENT if access.tenant().realm == "platform" else "api-docs.openapi_json"
    return pages.page("docs/api.html", openapi_url=url_for(document))


@docs.get("/help")
@access.roles(OPERATOR, PARTNER, MANAGER, ADVERTISER, right=None)
def help() -> Response:
    role = access.user().role
    smpp = None if role == OPERATOR else smpp_of_host()
    return pages.page("docs/help.html", smpp=smpp, sections=manual.sections_for(role))


@docs.get("/help/<section>", endpoint="manual")
@access.roles(OPERATOR, PARTNER, MANAGER, ADVERTISER, right=None)
def manual_section(section: str) -> Response:
    role = access.user().role
    found = manual.section_for(role, section) or abort(404)
    headings = manual.headings(render_template(found.template))
    return pages.page("docs/manual.html", section=found, sections=manual.sections_for(role), headings=headings)


def smpp_of_host() -> dict[str, str]:
    """Where programs connect over SMPP: `host`, `port`, and `tls_port`, empty where there is none."""
    settings = gateway().settings
    tls_port = settings.smpp_tls_port if settings.number("smpp_tls_port") else ""
    return {"host": normal_host(request.host), "port": settings.smpp_port, "tls_port": tls_port}
