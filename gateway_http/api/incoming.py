"""What people write to the advertiser's numbers and keywords."""

from typing import Any

from flask import Response, jsonify
from flask_smorest import Blueprint
from marshmallow import RAISE

from contracts.smpp_incoming import IncomingView
from contracts.wire import to_wire
from gateway_http.access import API, caller, roles, scopes
from gateway_http.api import schemas_incoming as schemas
from gateway_http.state import clients

blueprint = Blueprint("incoming", __name__, description="Incoming messages: what people write to you")


@blueprint.route("/incoming", methods=["GET"])
@blueprint.arguments(schemas.IncomingQuery, location="query", as_kwargs=True, unknown=RAISE)
@blueprint.response(200, schemas.IncomingList)
@roles(API)
@scopes("read")
def list_incoming(**query: Any) -> Response:
    """Incoming messages, newest first

    Those to your numbers, and those that begin with your keyword. They are also sent to your SMPP clients, to your webhook
    and to your e-mail address where your manager has set them up.
    """
    page = clients().smpp_gateway.incoming(
        caller().advertiser_id,
        cursor=str(query["cursor"]) if "cursor" in query else None,
        limit=query["limit"],
        search=query["search"],
    )
    return jsonify({"messages": [_document(view) for view in page.items], "next_cursor": page.next_cursor})


def _document(view: IncomingView) -> dict[str, Any]:
    return {name: value for name, value in to_wire(view).items() if name != "advertiser_id"}
