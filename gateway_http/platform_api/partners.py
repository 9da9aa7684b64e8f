"""Partners by their ids, as schemes and numbers name them."""

from typing import Any

from flask import Response, jsonify
from flask_smorest import Blueprint
from marshmallow import RAISE

from gateway_http.access import OPERATOR_API, roles
from gateway_http.platform_api import schemas_incoming as schemas
from gateway_http.platform_api.paging import PageQuery, page_of
from gateway_http.state import clients

blueprint = Blueprint("platform_partners", __name__, description="Partners")


@blueprint.route("/partners", methods=["GET"])
@blueprint.arguments(PageQuery, location="query", as_kwargs=True, unknown=RAISE)
@blueprint.response(200, schemas.PartnerPage)
@roles(OPERATOR_API)
def partners(**query: Any) -> Response:
    """All partners with their hosts, oldest first"""
    found, cursor = page_of(clients().accounts.list_partners(), lambda one: one.id, query)
    shown = [{"id": one.id, "name": one.name, "hosts": one.hosts, "created_at": one.created_at} for one in found]
    return jsonify({"partners": shown, "next_cursor": cursor})
