"""Send messages and follow them."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify, request
from flask_babel import gettext
from flask_smorest import Blueprint
from marshmallow import RAISE

from contracts.errors import Conflict, NotFound
from contracts.smpp_gateway import Accepted
from gateway_http import problems
from gateway_http.access import API, caller, roles, scopes
from gateway_http.api import schemas
from gateway_http.api.cancelling import read_ids, verdict_document
from gateway_http.api.documents import body_of_ids, body_of_messages, idempotency_header
from gateway_http.api.idempotency import idempotency_key
from gateway_http.api.parsing import read_submission
from gateway_http.api.sending import order_of
from gateway_http.api.views import accepted_body, message_document, refusal_errors
from gateway_http.audit import unaudited
from gateway_http.done import DONE, Done
from gateway_http.state import clients, gateway
from gateway_http.submission import Submission

blueprint = Blueprint("messages", __name__, description="Messages: send, follow, find")


@blueprint.route("/messages", methods=["POST"])
@blueprint.doc(requestBody=body_of_messages(), parameters=[idempotency_header()])
@blueprint.response(202, schemas.AcceptedMessages)
@blueprint.alt_response(422, "DEFAULT_ERROR")
@unaudited("every message is a record of its own, with who sent it")
@roles(API)
@scopes("send")
def send() -> Response:
    """Send up to 1,000 messages

    They are stored before the answer is given, and answered in the order of the request. A message that can't be sent
    has the state `refused` with the reason; when none can be sent, the whole answer is a problem with status 422.
    A message with a later `send_at`, or outside of its `local_hours`, waits unpaid and goes out by itself.
    A repeat with the same `Idempotency-Key` and body gets the first answer and sends nothing twice.
    """
    done: Done | None = request.environ.get(DONE)
    if done is not None:
        return _told(done.submission, done.answers())
    submission = read_submission()
    order = order_of(caller(), idempotency_key(), submission)
    return _told(submission, gateway().intake.accept(order, submission.items))


def _told(submission: Submission, answers: list[Accepted]) -> Response:
    if all(answer.refusal is not None for answer in answers):
        return _all_refused(refusal_errors(submission, answers))
    return Response(accepted_body(answers), 202, mimetype="application/json")


@blueprint.route("/messages", methods=["GET"])
@blueprint.arguments(schemas.ListQuery, location="query", as_kwargs=True, unknown=RAISE)
@blueprint.response(200, schemas.MessageList)
@roles(API)
@scopes("read")
def list_messages(**query: Any) -> Response:
    """Messages, newest first"""
    page = clients().smpp_gateway.messages(
        caller().advertiser_id,
        cursor=str(query["cursor"]) if "cursor" in query else None,
        limit=query["limit"],
        search=query["search"],
    )
    return _json({"messages": [message_document(view) for view in page.items], "next_cursor": page.next_cursor})


@blueprint.route("/messages/<message_id>", methods=["GET"])
@blueprint.response(200, schemas.Message)
@blueprint.alt_response(404, "DEFAULT_ERROR")
@roles(API)
@scopes("read")
def message(message_id: str) -> Response:
    """One message: its state, why, its parts, price and times"""
    view = clients().smpp_gateway.message(caller().advertiser_id, canonical_id(message_id))
    return _json(message_document(view))


@blueprint.route("/messages/cancel", methods=["POST"])
@blueprint.doc(requestBody=body_of_ids())
@blueprint.response(200, schemas.CancelledMessages)
@blueprint.alt_response(422, "DEFAULT_ERROR")
@unaudited("it is written to each message")
@roles(API)
@scopes("send")
def cancel() -> Response:
    """Cancel up to 1,000 messages

    A verdict for each id, in the order of the request. What no mobile operator has yet is cancelled: it is final at
    once, it never goes out, and what was taken for it is paid back. Cancelling again changes nothing.
    """
    verdicts = clients().smpp_gateway.cancel(caller().advertiser_id, read_ids())
    return _json({"messages": [verdict_document(one) for one in verdicts]})


@blueprint.route("/messages/<message_id>", methods=["DELETE"])
@blueprint.response(200, schemas.CancelledMessage)
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(409, "DEFAULT_ERROR")
@unaudited("it is written to the message")
@roles(API)
@scopes("send")
def cancel_one(message_id: str) -> Response:
    """Cancel one message

    A 409 says that it is too late: a mobile operator has the message, or it has ended.
    """
    (one,) = clients().smpp_gateway.cancel(caller().advertiser_id, [canonical_id(message_id)])
    if one.verdict == "not_found":
        raise NotFound("There is no such message.")
    if one.verdict != "cancelled":
        raise Conflict(verdict_document(one)["detail"])
    return _json(verdict_document(one))


def canonical_id(text: str) -> str:
    """A UUID in its usual spelling; `NotFound` for anything else, since no message has such a name."""
    try:
        return str(UUID(text))
    except ValueError:
        raise NotFound("There is no such message.") from None


def _all_refused(errors: list[dict[str, str]]) -> Response:
    """Nothing of the request goes out. The refused messages are kept all the same, as records that can be found."""
    detail = gettext("Each message was refused; errors tells why.")
    return problems.response(
        422, "refused", gettext("No message of this request can be sent"), detail, "caller", errors, {}
    )


def _json(document: Any, status: int = 200) -> Response:
    response = jsonify(document)
    response.status_code = status
    return response
