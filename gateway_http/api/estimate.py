"""The price of messages, asked without sending them."""

from typing import Any

from flask import Response, jsonify
from flask_smorest import Blueprint

from gateway_http.access import API, caller, roles, scopes
from gateway_http.api import schemas
from gateway_http.api.documents import body_of_messages
from gateway_http.api.parsing import read_submission
from gateway_http.api.views import reason_document
from gateway_http.audit import unaudited
from gateway_http.estimate import Line, estimate
from gateway_http.state import clients
from kit.money import CURRENCY, format_money

blueprint = Blueprint("estimates", __name__, description="Estimates: the price before sending")


@blueprint.route("/messages:estimate", methods=["POST"])
@blueprint.doc(requestBody=body_of_messages())
@blueprint.response(200, schemas.Estimate)
@unaudited("it changes nothing")
@roles(API)
@scopes("send")
def estimate_messages() -> Response:
    """What these messages would cost; nothing is sent

    The body is that of sending. A message that would be refused has no price, and is not part of the total.
    """
    submission = read_submission()
    for item in submission.items:
        item.sms_type = submission.sending.get("type", item.sms_type)
    result = estimate(clients(), caller().partner_id, caller().advertiser_id, submission.items)
    items = [_document(line) for line in result.lines]
    return jsonify({"total": format_money(result.total), "currency": CURRENCY, "items": items})


def _document(line: Line) -> dict[str, Any]:
    document: dict[str, Any] = {
        "recipient": line.recipient,
        "direction": line.direction,
        "parts": line.parts,
        "price": None if line.price is None else format_money(line.price),
    }
    if line.refusal is not None:
        document["refusal"] = reason_document(line.refusal)
    return document
