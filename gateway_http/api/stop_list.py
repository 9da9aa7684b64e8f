"""Who gets no more advertising of the advertiser."""

from typing import Any

from flask import Response, jsonify
from flask_babel import gettext
from flask_smorest import Blueprint
from marshmallow import RAISE

from contracts.smpp_incoming import PROBLEMS
from gateway_http.access import API, caller, roles, scopes
from gateway_http.api import schemas_incoming as schemas
from gateway_http.api.limits import LONGEST_RECIPIENT, MOST_MESSAGES
from gateway_http.api.parsing import escaped, malformed, problem, read_document
from gateway_http.audit import unaudited
from gateway_http.state import clients

blueprint = Blueprint("stop_list", __name__, description="Stop list: who gets no advertising of you")

_BODY = {
    "required": True,
    "content": {
        "application/json": {"schema": schemas.Recipients, "example": {"recipients": ["+79123456789", "79123456780"]}}
    },
}


@blueprint.route("/stop-list", methods=["GET"])
@blueprint.arguments(schemas.StopQuery, location="query", as_kwargs=True, unknown=RAISE)
@blueprint.response(200, schemas.StopList)
@roles(API)
@scopes("read")
def stop_list(**query: Any) -> Response:
    """Numbers that get no advertising of you, in their order

    Messages of type advertising to them are refused with the reason `recipient_stopped` and cost nothing.
    """
    page = clients().smpp_gateway.stop_list(
        caller().advertiser_id, cursor=query.get("cursor"), limit=query["limit"], search=query["search"]
    )
    listed = [{"recipient": one.recipient, "reason": one.reason, "at": one.at} for one in page.items]
    return jsonify({"recipients": listed, "next_cursor": page.next_cursor})


@blueprint.route("/stop-list", methods=["POST"])
@blueprint.doc(requestBody=_BODY)
@blueprint.response(200, schemas.StopAdded)
@blueprint.alt_response(422, "DEFAULT_ERROR")
@unaudited("the list keeps when and by whom")
@roles(API)
@scopes("send")
def stop_add() -> Response:
    """Add up to 1,000 numbers

    Where one of them is no phone number none is added. A number that is on it already stays as it is.
    """
    added = clients().smpp_gateway.stop_add(caller().advertiser_id, _recipients(), author="api")
    return jsonify({"added": added})


@blueprint.route("/stop-list", methods=["DELETE"])
@blueprint.doc(requestBody=_BODY)
@blueprint.response(200, schemas.StopRemoved)
@blueprint.alt_response(422, "DEFAULT_ERROR")
@unaudited("programs take numbers off the list by the thousand")
@roles(API)
@scopes("send")
def stop_remove() -> Response:
    """Take up to 1,000 numbers off, whoever put them there"""
    return jsonify({"removed": clients().smpp_gateway.stop_remove(caller().advertiser_id, _recipients())})


def _recipients() -> list[str]:
    """The numbers in the body, as they are written; `Malformed` where there is no such list."""
    document = read_document()
    if type(document) is not dict:
        raise malformed([problem("", "wrong_type")])
    wrong = [problem(f"/{escaped(name)}", "unknown_field", name) for name in document if name != "recipients"]
    if "recipients" not in document:
        raise malformed([*wrong, problem("/recipients", "required", "recipients")])
    listed = document["recipients"]
    if type(listed) is not list:
        raise malformed([*wrong, problem("/recipients", "wrong_type", "recipients")])
    if not 1 <= len(listed) <= MOST_MESSAGES:
        code = "too_many_recipients"
        wrong.append({"pointer": "/recipients", "code": code, "detail": gettext(PROBLEMS[code])})
    for index, one in enumerate(listed[:MOST_MESSAGES]):
        if type(one) is not str:
            wrong.append(problem(f"/recipients/{index}", "wrong_type", "recipient"))
        elif len(one) > LONGEST_RECIPIENT:
            wrong.append(problem(f"/recipients/{index}", "too_long", "recipient"))
    if wrong:
        raise malformed(wrong)
    return listed
