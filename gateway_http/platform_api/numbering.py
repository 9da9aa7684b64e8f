"""Where numbers belong: the plan in force, the list of ported numbers, and one number."""

from typing import Any

from flask import Response, jsonify, request
from flask_babel import gettext
from flask_smorest import Blueprint
from marshmallow import RAISE
from werkzeug.exceptions import UnsupportedMediaType

from contracts.wire import to_wire
from gateway_http.access import OPERATOR_API, roles
from gateway_http.api.parsing import malformed
from gateway_http.audit import audits
from gateway_http.platform.numbering import number_of
from gateway_http.platform.ported_upload import UploadError, import_file
from gateway_http.platform_api import schemas_incoming as schemas
from gateway_http.platform_api.author import author
from gateway_http.platform_api.bodies import problem
from gateway_http.state import clients

blueprint = Blueprint("platform_numbering", __name__, description="Numbering and ported numbers")

MEDIA_TYPES = ("text/csv", "text/plain")
_BODY = {
    "required": True,
    "content": {"text/csv": {"schema": {"type": "string"}, "example": "79123456789;99\n79123456780;01\n"}},
}


@blueprint.route("/numbering", methods=["GET"])
@blueprint.response(200, schemas.State)
@roles(OPERATOR_API)
def numbering() -> Response:
    """Which plan is in force, how many numbers are ported, and what the last import did"""
    return jsonify(to_wire(clients().tariffs.numbering_state()))


@blueprint.route("/numbering/<number>", methods=["GET"])
@blueprint.response(200, schemas.Info)
@blueprint.alt_response(422, "DEFAULT_ERROR")
@roles(OPERATOR_API)
def number(number: str) -> Response:
    """Which operator serves a number, by its range and by the list of ported numbers"""
    digits = number_of(number)
    if not digits:
        raise malformed([problem("/number", "recipient_invalid", gettext("This is no phone number"))])
    return jsonify(to_wire(clients().tariffs.look_up([digits])[0]))


@blueprint.route("/numbering/ported", methods=["POST"])
@blueprint.doc(requestBody=_BODY)
@blueprint.arguments(schemas.PortedQuery, location="query", as_kwargs=True, unknown=RAISE)
@blueprint.response(200, schemas.Report)
@blueprint.alt_response(409, "DEFAULT_ERROR")
@blueprint.alt_response(422, "DEFAULT_ERROR")
@audits("ported_numbers.imported")
@roles(OPERATOR_API)
def ported_import(**query: Any) -> Response:
    """Import a list of ported numbers, all at once or not at all: at most 20 MB as text/csv

    A line is `number;MNC` or `number,MCC,MNC`. Sending the list again changes nothing; what is wrong is named by its line.
    """
    if request.mimetype not in MEDIA_TYPES:
        raise UnsupportedMediaType
    try:
        report = import_file(
            clients().tariffs,
            request.stream,
            name=query["source"],
            replaces=query["mode"] == "replace",
            author=author(),
            dry_run=query["dry_run"],
        )
    except UploadError as error:
        raise malformed([problem("", "file", str(error))]) from None
    return jsonify(to_wire(report))
