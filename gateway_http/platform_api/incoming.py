"""The platform's numbers for incoming SMS, the words that stop advertising, and what nobody receives."""

from typing import Any

from flask import Response, jsonify
from flask_babel import gettext
from flask_smorest import Blueprint
from marshmallow import RAISE

from contracts.errors import NotFound
from contracts.smpp_incoming import StopWords
from contracts.wire import many_to_wire, to_wire
from gateway_http.access import OPERATOR_API, roles
from gateway_http.api.parsing import malformed
from gateway_http.audit import audits
from gateway_http.platform_api import schemas_incoming as schemas
from gateway_http.platform_api.author import author
from gateway_http.platform_api.bodies import described, problem, read
from gateway_http.platform_api.paging import PageQuery, page_of
from gateway_http.state import clients

blueprint = Blueprint("platform_incoming", __name__, description="Numbers for incoming SMS and stop words")

_NUMBER_EXAMPLE = {"partner_id": "019ab3c2-7a01-7c35-9d1e-0f2b6c4d8e90"}
_WORDS_EXAMPLE = {"stop": ["STOP", "СТОП"], "start": ["START"]}
LONGEST_NUMBER = 32


@blueprint.route("/incoming/numbers", methods=["GET"])
@blueprint.arguments(PageQuery, location="query", as_kwargs=True, unknown=RAISE)
@blueprint.response(200, schemas.NumberPage)
@roles(OPERATOR_API)
def numbers(**query: Any) -> Response:
    """The numbers with their partners, and the keywords that partners gave to their advertisers"""
    found, cursor = page_of(clients().smpp_gateway.incoming_numbers(None), lambda one: one.number, query)
    return jsonify({"numbers": many_to_wire(found), "next_cursor": cursor})


@blueprint.route("/incoming/numbers/<number>", methods=["PUT"])
@blueprint.doc(requestBody=described(schemas.NumberToPut, _NUMBER_EXAMPLE))
@blueprint.response(200, schemas.Number)
@blueprint.alt_response(422, "DEFAULT_ERROR")
@audits("incoming_number.saved")
@roles(OPERATOR_API)
def number_put(number: str) -> Response:
    """Add a number, or give it to another partner

    With another partner it loses its keywords and its advertiser; with the same one nothing changes.
    """
    partner = read(schemas.NumberToPut)["partner_id"]
    if partner and not clients().accounts.partners([partner]):
        raise malformed([problem("/partner_id", "unknown", gettext("There is no such partner"))])
    kept = clients().smpp_gateway.put_incoming_number(_short(number), partner_id=partner, author=author())
    return jsonify(to_wire(kept))


@blueprint.route("/incoming/numbers/<number>", methods=["DELETE"])
@blueprint.response(204)
@blueprint.alt_response(404, "DEFAULT_ERROR")
@audits("incoming_number.deleted")
@roles(OPERATOR_API)
def number_drop(number: str) -> Response:
    """Remove a number with its keywords; what came to it stays"""
    clients().smpp_gateway.drop_incoming_number(_short(number))
    return Response(status=204)


@blueprint.route("/incoming/messages", methods=["GET"])
@blueprint.arguments(schemas.MessageQuery, location="query", as_kwargs=True, unknown=RAISE)
@blueprint.response(200, schemas.MessagePage)
@roles(OPERATOR_API)
def messages_of_nobody(**query: Any) -> Response:
    """What people wrote to numbers and keywords that nobody receives, newest first"""
    page = clients().smpp_gateway.incoming_of_nobody(
        cursor=str(query["cursor"]) if "cursor" in query else None, limit=query["limit"], search=query["search"]
    )
    return jsonify({"messages": many_to_wire(page.items), "next_cursor": page.next_cursor})


@blueprint.route("/incoming/stop-words", methods=["GET"])
@blueprint.response(200, schemas.Words)
@roles(OPERATOR_API)
def stop_words() -> Response:
    """The words that put a sender on the stop list, and those that take it off again"""
    return jsonify(to_wire(clients().smpp_gateway.stop_words()))


@blueprint.route("/incoming/stop-words", methods=["PUT"])
@blueprint.doc(requestBody=described(schemas.WordsToPut, _WORDS_EXAMPLE))
@blueprint.response(200, schemas.Words)
@blueprint.alt_response(422, "DEFAULT_ERROR")
@audits("stop_words.changed")
@roles(OPERATOR_API)
def stop_words_put() -> Response:
    """All words anew, for messages that come from now on; case, blanks and signs do not matter"""
    given = read(schemas.WordsToPut)
    return jsonify(to_wire(clients().smpp_gateway.set_stop_words(StopWords(stop=given["stop"], start=given["start"]))))


def _short(number: str) -> str:
    if len(number) > LONGEST_NUMBER or "\0" in number:
        raise NotFound
    return number
