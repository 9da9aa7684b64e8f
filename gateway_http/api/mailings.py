"""The advertiser's mailings: each paused, going on again, or cancelled by itself."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify
from flask_smorest import Blueprint
from marshmallow import Schema, ValidationError, fields

from contracts.smpp_gateway import CancelMatch, Mailing
from contracts.wire import many_to_wire, to_wire
from gateway_http.access import API, caller, roles, scopes
from gateway_http.api.limits import LONGEST_MAILING, LONGEST_REASON
from gateway_http.api.parsing import escaped, malformed, problem, read_document, writable
from gateway_http.api.pause import AUTHOR, SIDE
from gateway_http.api.schemas_money import TIME
from gateway_http.api.sending import mailing_name
from gateway_http.audit import unaudited
from gateway_http.state import clients

blueprint = Blueprint("mailings", __name__, description="Mailings")


class MailingName(Schema):
    mailing = fields.String(required=True, metadata={"maxLength": LONGEST_MAILING, "example": "Black Friday"})


class MailingPause(MailingName):
    reason = fields.String(metadata={"description": f"For people, at most {LONGEST_REASON} characters"})


class MailingCancel(MailingName):
    cursor = fields.String(metadata={"description": "`next_cursor` of the answer before"})


class MailingState(MailingName):
    paused = fields.Boolean(required=True)
    at = fields.String(allow_none=True, metadata=TIME)
    author = fields.String(metadata={"description": "`api`, or the login of whoever paused; empty where nobody did"})
    side = fields.String(metadata={"description": "`advertiser`, `partner` or `operator`: who paused, and may end it"})
    reason = fields.String()


class MailingList(Schema):
    mailings = fields.List(fields.Nested(MailingState), required=True)


class MailingCancelled(Schema):
    cancelled = fields.Integer(required=True)
    next_cursor = fields.String(
        required=True, allow_none=True, metadata={"description": "Ask again with it; null: all of it was cancelled"}
    )


def _body(schema: type[Schema], **more: str) -> dict[str, Any]:
    example = {"mailing": "Black Friday", **more}
    return {"required": True, "content": {"application/json": {"schema": schema, "example": example}}}


@blueprint.route("/mailings", methods=["GET"])
@blueprint.response(200, MailingList)
@roles(API)
@scopes("read")
def mailings() -> Response:
    """Mailings of which something waits, and those that are paused; the first 100 by name"""
    found = clients().smpp_gateway.mailings(caller().advertiser_id)
    return jsonify({"mailings": many_to_wire(found)})


@blueprint.route("/mailings/pause", methods=["POST"])
@blueprint.doc(requestBody=_body(MailingPause, reason="A mistake in the text"))
@blueprint.response(200, MailingState)
@blueprint.alt_response(409, "DEFAULT_ERROR")
@blueprint.alt_response(422, "DEFAULT_ERROR")
@unaudited("it is written to each message of the mailing")
@roles(API)
@scopes("send")
def mailing_pause() -> Response:
    """Pause a mailing

    As a pause of all sending, of the messages of this mailing alone: your others go on. It may be paused before its
    first message came. A message whose validity ends meanwhile is given up and costs nothing.
    """
    sender, asked = caller(), _read("reason")
    reason = asked.get("reason", "")
    made = clients().smpp_gateway.pause_mailing(
        sender.partner_id, sender.advertiser_id, asked["mailing"], author=AUTHOR, side=SIDE, reason=reason
    )
    return jsonify(to_wire(made))


@blueprint.route("/mailings/resume", methods=["POST"])
@blueprint.doc(requestBody=_body(MailingName))
@blueprint.response(200, MailingState)
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(422, "DEFAULT_ERROR")
@unaudited("it is written to each message of the mailing")
@roles(API)
@scopes("send")
def mailing_resume() -> Response:
    """Go on with a mailing

    A pause of yours alone: what your partner or the platform paused, they let go on (403).
    """
    sender, asked = caller(), _read()
    clients().smpp_gateway.resume_mailing(sender.partner_id, sender.advertiser_id, asked["mailing"], side=SIDE)
    return jsonify(to_wire(Mailing(mailing=asked["mailing"], paused=False)))


@blueprint.route("/mailings/cancel", methods=["POST"])
@blueprint.doc(requestBody=_body(MailingCancel))
@blueprint.response(200, MailingCancelled)
@blueprint.alt_response(422, "DEFAULT_ERROR")
@unaudited("it is written to each message of the mailing")
@roles(API)
@scopes("send")
def mailing_cancel() -> Response:
    """Cancel what waits of a mailing

    Up to 10,000 messages at once that no mobile operator has; what was paid for them comes back. Ask again with
    `next_cursor` while there is one.
    """
    asked = _read("cursor")
    match, cursor = CancelMatch(mailing=asked["mailing"]), asked.get("cursor")
    page = clients().smpp_gateway.cancel_matching(caller().advertiser_id, match, cursor=cursor)
    return jsonify({"cancelled": page.cancelled, "next_cursor": page.next_cursor})


def _read(other: str = "") -> dict[str, str]:
    """The name, and the other field where it is given; `Malformed` with every error."""
    document: Any = read_document()
    if type(document) is not dict:
        raise malformed([problem("", "wrong_type")])
    known = ("mailing", other) if other else ("mailing",)
    wrong = [problem(f"/{escaped(name)}", "unknown_field", name) for name in document if name not in known]
    if "mailing" not in document:
        wrong.append(problem("/mailing", "required", "mailing"))
    found: dict[str, str] = {}
    for name in known:
        code = _wrong(name, document[name]) if name in document else ""
        if code:
            wrong.append(problem(f"/{name}", code, name))
        elif name in document:
            found[name] = document[name].strip()
    if wrong:
        raise malformed(wrong)
    return found


def _wrong(name: str, value: Any) -> str:
    """The code of what is wrong with a field, empty where nothing is."""
    if type(value) is not str:
        return "wrong_type"
    if name == "reason":
        return "too_long" if len(value) > LONGEST_REASON else "" if writable(value) else "invalid_string"
    try:
        mailing_name(value) if name == "mailing" else UUID(value)
    except ValidationError:
        return "mailing_invalid"
    except ValueError:
        return "invalid_string"
    return ""
