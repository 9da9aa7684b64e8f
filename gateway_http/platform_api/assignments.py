"""Which partner or advertiser has which scheme of its own."""

from uuid import UUID

from flask import Response, jsonify
from flask_smorest import Blueprint

from contracts.errors import NotFound
from contracts.smpp_routes import RouteAssignment
from contracts.wire import many_to_wire, to_wire
from gateway_http.access import OPERATOR_API, roles
from gateway_http.audit import audits
from gateway_http.platform_api import schemas_routes as schemas
from gateway_http.platform_api.author import author
from gateway_http.platform_api.bodies import described, read
from gateway_http.state import clients

blueprint = Blueprint("platform_assignments", __name__, description="Who has a scheme of its own")

_ONE = "/assignments/<any(partner, advertiser):subject>/<uuid:subject_id>"
_EXAMPLE = {"scheme_id": "019ab3c2-7a01-7c35-9d1e-0f2b6c4d8e90"}


@blueprint.route("/schemes/<uuid:scheme_id>/assignments", methods=["GET"])
@blueprint.response(200, schemas.AssignmentList)
@blueprint.alt_response(404, "DEFAULT_ERROR")
@roles(OPERATOR_API)
def scheme_assignments(scheme_id: UUID) -> Response:
    """All who have this scheme"""
    known = clients().smpp_gateway.route_scheme(str(scheme_id))
    found = clients().smpp_gateway.route_assignments(subject_ids=[], scheme_id=known.id)
    return jsonify({"assignments": many_to_wire(found)})


@blueprint.route(_ONE, methods=["GET"])
@blueprint.response(200, schemas.Assignment)
@blueprint.alt_response(404, "DEFAULT_ERROR")
@roles(OPERATOR_API)
def assignment(subject: str, subject_id: UUID) -> Response:
    """The scheme of its own that a partner or advertiser has; 404 where it has none"""
    return jsonify(to_wire(_of(subject, str(subject_id))))


@blueprint.route(_ONE, methods=["PUT"])
@blueprint.doc(requestBody=described(schemas.SchemeToTake, _EXAMPLE))
@blueprint.response(200, schemas.Assignment)
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(422, "DEFAULT_ERROR")
@audits("scheme.assigned")
@roles(OPERATOR_API)
def assignment_put(subject: str, subject_id: UUID) -> Response:
    """Give it a scheme of its own, which counts instead of its partner's and of the default"""
    chosen, owner = read(schemas.SchemeToTake)["scheme_id"], str(subject_id)
    _check_known(subject, owner)
    _assign(subject, owner, chosen)
    return jsonify(to_wire(_of(subject, owner)))


@blueprint.route(_ONE, methods=["DELETE"])
@blueprint.response(204)
@audits("scheme.released")
@roles(OPERATOR_API)
def assignment_end(subject: str, subject_id: UUID) -> Response:
    """The scheme of its partner, or the default, counts for it again"""
    owner = str(subject_id)
    if clients().smpp_gateway.route_assignments(subject_ids=[owner]):
        _assign(subject, owner, None)
    return Response(status=204)


def _assign(subject: str, subject_id: str, scheme_id: str | None) -> None:
    clients().smpp_gateway.assign_route_scheme(
        subject=subject, subject_id=subject_id, scheme_id=scheme_id, author=author()
    )


def _of(subject: str, subject_id: str) -> RouteAssignment:
    found = clients().smpp_gateway.route_assignments(subject_ids=[subject_id])
    theirs = next((one for one in found if one.subject == subject), None)
    if theirs is None:
        raise NotFound
    return theirs


def _check_known(subject: str, subject_id: str) -> None:
    accounts = clients().accounts
    found = accounts.partners([subject_id]) if subject == "partner" else accounts.advertisers([subject_id])
    if not found:
        raise NotFound
