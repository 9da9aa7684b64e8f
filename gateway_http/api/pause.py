"""The advertiser's own sending: paused, and going on again."""

from typing import Any

from flask import Response, jsonify, request
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from contracts.smpp_gateway import SendingPause
from gateway_http.access import API, caller, roles, scopes
from gateway_http.api.limits import LONGEST_REASON
from gateway_http.api.parsing import escaped, malformed, problem, read_document, writable
from gateway_http.api.schemas_money import TIME
from gateway_http.audit import audits
from gateway_http.state import clients

#: Who paused, where it was a program with a key.
AUTHOR = "api"
SIDE = "advertiser"

blueprint = Blueprint("pause", __name__, description="Pause of sending")


class PauseRequest(Schema):
    reason = fields.String(metadata={"description": f"For people, at most {LONGEST_REASON} characters"})


class Pause(Schema):
    paused = fields.Boolean(required=True)
    at = fields.String(allow_none=True, metadata=TIME)
    author = fields.String(metadata={"description": "`api`, or the login of whoever paused; empty where nobody did"})
    side = fields.String(
        metadata={
            "description": "`advertiser`, `partner` or `operator`: who paused, and may end it; empty where nobody did"
        }
    )
    reason = fields.String()


_BODY = {"content": {"application/json": {"schema": PauseRequest, "example": {"reason": "A mistake in the text"}}}}


@blueprint.route("/sending/pause", methods=["GET"])
@blueprint.response(200, Pause)
@roles(API)
@scopes("read")
def pause() -> Response:
    """Whether sending is paused, since when, and who paused it"""
    return _document(clients().smpp_gateway.sending_pause(caller().advertiser_id))


@blueprint.route("/sending/pause", methods=["PUT"])
@blueprint.doc(requestBody=_BODY)
@blueprint.response(200, Pause)
@blueprint.alt_response(422, "DEFAULT_ERROR")
@audits("sending.paused")
@roles(API)
@scopes("send")
def pause_put() -> Response:
    """Pause sending

    Within two seconds nothing more goes out and nothing is charged. Messages are accepted and wait, and go out by
    themselves when sending goes on; one whose validity ends meanwhile is given up and costs nothing. What a mobile operator
    has goes its way. A pause that is there already stays as it is.
    """
    sender = caller()
    made = clients().smpp_gateway.pause_sending(
        sender.partner_id, sender.advertiser_id, author=AUTHOR, side=SIDE, reason=_reason()
    )
    return _document(made)


@blueprint.route("/sending/pause", methods=["DELETE"])
@blueprint.response(200, Pause)
@blueprint.alt_response(403, "DEFAULT_ERROR")
@audits("sending.resumed")
@roles(API)
@scopes("send")
def pause_end() -> Response:
    """Go on with sending

    A pause of yours alone: what your partner or the platform paused, they let go on (403).
    """
    sender = caller()
    clients().smpp_gateway.resume_sending(sender.partner_id, sender.advertiser_id, side=SIDE)
    return _document(None)


def _document(found: SendingPause | None) -> Response:
    if found is None:
        return jsonify({"paused": False, "at": None, "author": "", "side": "", "reason": ""})
    told = {"at": found.at, "author": found.author, "side": found.side, "reason": found.reason}
    return jsonify({"paused": True, **told})


def _reason() -> str:
    """Of the body, which may be left out; `Malformed` with every error."""
    if not request.content_length:
        return ""
    document: Any = read_document()
    if type(document) is not dict:
        raise malformed([problem("", "wrong_type")])
    wrong = [problem(f"/{escaped(name)}", "unknown_field", name) for name in document if name != "reason"]
    reason = document.get("reason", "")
    if type(reason) is not str:
        wrong.append(problem("/reason", "wrong_type", "reason"))
    elif len(reason) > LONGEST_REASON:
        wrong.append(problem("/reason", "too_long", "reason"))
    elif not writable(reason):
        wrong.append(problem("/reason", "invalid_string", "reason"))
    if wrong:
        raise malformed(wrong)
    return str(reason)
