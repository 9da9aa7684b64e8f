"""Traffic schemes: which link a message takes. A scheme is an ordered list of routes."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify, url_for
from flask_smorest import Blueprint
from marshmallow import RAISE

from contracts.wire import many_to_wire, to_wire
from gateway_http.access import OPERATOR_API, roles
from gateway_http.audit import audits
from gateway_http.platform_api import schemas_routes as schemas
from gateway_http.platform_api.author import author
from gateway_http.platform_api.bodies import described, read
from gateway_http.platform_api.paging import PageQuery, page_of
from gateway_http.platform_api.scheme_changes import put, routes_of
from gateway_http.platform_api.versions import IF_MATCH, tagged
from gateway_http.state import clients

blueprint = Blueprint("platform_schemes", __name__, description="Traffic schemes: which link a message takes")


@blueprint.route("/schemes", methods=["GET"])
@blueprint.arguments(PageQuery, location="query", as_kwargs=True, unknown=RAISE)
@blueprint.response(200, schemas.SchemePage)
@roles(OPERATOR_API)
def schemes(**query: Any) -> Response:
    """All schemes without their routes, oldest first"""
    found, cursor = page_of(clients().smpp_gateway.route_schemes(), lambda one: one.id, query)
    return jsonify({"schemes": many_to_wire(found), "next_cursor": cursor})


@blueprint.route("/schemes", methods=["POST"])
@blueprint.doc(requestBody=described(schemas.SchemeToPut, schemas.SCHEME_EXAMPLE))
@blueprint.response(201, schemas.Scheme)
@blueprint.alt_response(409, "DEFAULT_ERROR")
@blueprint.alt_response(422, "DEFAULT_ERROR")
@audits("scheme.added")
@roles(OPERATOR_API)
def scheme_make() -> Response:
    """Make a scheme with its routes

    It takes messages once it is the default or somebody has it. A repeat is refused with 409: its name is taken.
    """
    given = read(schemas.SchemeToPut)
    made = clients().smpp_gateway.put_route_scheme(
        name=given["name"], after=given["after"], routes=routes_of(given["routes"]), author=author()
    )
    response = tagged(to_wire(made), 201)
    response.headers["Location"] = url_for("platform_schemes.scheme", scheme_id=made.id)
    return response


@blueprint.route("/schemes/<uuid:scheme_id>", methods=["GET"])
@blueprint.arguments(schemas.VersionQuery, location="query", as_kwargs=True, unknown=RAISE)
@blueprint.response(200, schemas.Scheme)
@blueprint.alt_response(404, "DEFAULT_ERROR")
@roles(OPERATOR_API)
def scheme(scheme_id: UUID, **query: Any) -> Response:
    """One scheme with its routes in their order, as it is now or as an earlier version had it"""
    found = clients().smpp_gateway.route_scheme(str(scheme_id), version=query.get("version"))
    return tagged(to_wire(found))


@blueprint.route("/schemes/<uuid:scheme_id>", methods=["PUT"])
@blueprint.doc(requestBody=described(schemas.SchemeToPut, schemas.SCHEME_EXAMPLE), parameters=[IF_MATCH])
@blueprint.response(200, schemas.Scheme)
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(412, "DEFAULT_ERROR")
@blueprint.alt_response(422, "DEFAULT_ERROR")
@blueprint.alt_response(428, "DEFAULT_ERROR")
@audits("scheme.changed")
@roles(OPERATOR_API)
def scheme_put(scheme_id: UUID) -> Response:
    """All of the scheme anew: its name, what comes after it, its routes and their order

    A repeat of what is there already changes nothing.
    """
    given = read(schemas.SchemeToPut)
    known = clients().smpp_gateway.route_scheme(str(scheme_id))
    return put(known, routes_of(given["routes"]), name=given["name"], after=given["after"])


@blueprint.route("/schemes/<uuid:scheme_id>", methods=["DELETE"])
@blueprint.response(204)
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(409, "DEFAULT_ERROR")
@audits("scheme.deleted", "Deleted a traffic scheme")
@roles(OPERATOR_API)
def scheme_delete(scheme_id: UUID) -> Response:
    """Delete a scheme that is not the default and that nobody has; else 409"""
    clients().smpp_gateway.delete_route_scheme(str(scheme_id), author=author())
    return Response(status=204)


@blueprint.route("/schemes/<uuid:scheme_id>/default", methods=["PUT"])
@blueprint.response(204)
@blueprint.alt_response(404, "DEFAULT_ERROR")
@audits("scheme.made_default")
@roles(OPERATOR_API)
def scheme_default(scheme_id: UUID) -> Response:
    """Make it the scheme of all who have none of their own"""
    clients().smpp_gateway.set_default_route_scheme(str(scheme_id), author=author())
    return Response(status=204)


@blueprint.route("/schemes/<uuid:scheme_id>/default", methods=["DELETE"])
@blueprint.response(204)
@blueprint.alt_response(404, "DEFAULT_ERROR")
@audits("scheme.made_usual", "Made a traffic scheme no longer the default one")
@roles(OPERATOR_API)
def scheme_default_end(scheme_id: UUID) -> Response:
    """It is the default no more: who has no scheme takes the enabled links in the order of their names"""
    if clients().smpp_gateway.route_scheme(str(scheme_id)).is_default:
        clients().smpp_gateway.set_default_route_scheme(None, author=author())
    return Response(status=204)


@blueprint.route("/scheme-changes", methods=["GET"])
@blueprint.arguments(schemas.ChangeQuery, location="query", as_kwargs=True, unknown=RAISE)
@blueprint.response(200, schemas.ChangeList)
@roles(OPERATOR_API)
def scheme_changes(**query: Any) -> Response:
    """Who changed what in schemes, assignments and costs: the newest 200"""
    wanted = str(query["scheme_id"]) if "scheme_id" in query else None
    return jsonify({"changes": many_to_wire(clients().smpp_gateway.route_changes(wanted))})
