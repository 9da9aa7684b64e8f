"""A dry run: which way a message would go, and why."""

from typing import Any

from flask import Response, jsonify
from flask_babel import gettext
from flask_smorest import Blueprint
from marshmallow import RAISE

from contracts.wire import to_wire
from gateway_http.access import OPERATOR_API, roles
from gateway_http.api.parsing import malformed, writable
from gateway_http.platform_api import schemas_routes as schemas
from gateway_http.platform_api.bodies import problem
from gateway_http.state import clients

blueprint = Blueprint("platform_route", __name__, description="Which route a number takes, and why")


@blueprint.route("/route", methods=["GET"])
@blueprint.arguments(schemas.TryQuery, location="query", as_kwargs=True, unknown=RAISE)
@blueprint.response(200, schemas.Explained)
@blueprint.alt_response(422, "DEFAULT_ERROR")
@roles(OPERATOR_API)
def route(**query: Any) -> Response:
    """Which route and link a message would take, and why others do not; nothing is sent

    `steps` are the routes that were tried, each with the first condition that the message does not meet; `links` those of
    the route in the order in which they are tried.
    """
    partner, advertiser = (str(query.get(name, "")) for name in ("partner_id", "advertiser_id"))
    if advertiser:
        partner = _partner_of(advertiser, partner)
    for name in ("recipient", "sender", "sms_type"):
        if not writable(query[name]):
            told = gettext("This holds a NUL or half a surrogate pair, which is no character.")
            raise malformed([problem(f"/{name}", "invalid_string", told)])
    found = clients().smpp_gateway.explain_route(
        recipient=query["recipient"],
        sender=query["sender"],
        sms_type=query["sms_type"],
        advertiser_id=advertiser,
        partner_id=partner,
        at=query.get("at"),
    )
    return jsonify(to_wire(found))


def _partner_of(advertiser: str, partner: str) -> str:
    """The advertiser's partner; `Malformed` for nobody's id, and where another partner was named."""
    known = clients().accounts.advertisers([advertiser])
    if not known or partner not in ("", known[0].partner_id):
        raise malformed([problem("/advertiser_id", "unknown", gettext("There is no such advertiser"))])
    return known[0].partner_id
