"""Single routes of a scheme: added, changed, moved and taken out by their places, from 1."""

from typing import Any
from uuid import UUID

from flask import Response
from flask_babel import gettext
from flask_smorest import Blueprint
from marshmallow import RAISE

from contracts.errors import NotFound
from contracts.smpp_routes import RouteScheme
from gateway_http.access import OPERATOR_API, roles
from gateway_http.api.parsing import malformed
from gateway_http.audit import audits
from gateway_http.platform_api import schemas_routes as schemas
from gateway_http.platform_api.bodies import described, problem, read
from gateway_http.platform_api.scheme_changes import of_one, put, routes_of
from gateway_http.platform_api.versions import IF_MATCH
from gateway_http.state import clients

blueprint = Blueprint("platform_scheme_routes", __name__, description="Single routes of a scheme")

_ONE = "/schemes/<uuid:scheme_id>/routes/<int:position>"
_BODY = described(schemas.RouteToPut, schemas.ROUTE_EXAMPLE)


@blueprint.route("/schemes/<uuid:scheme_id>/routes", methods=["POST"])
@blueprint.doc(requestBody=_BODY, parameters=[IF_MATCH])
@blueprint.arguments(schemas.PositionQuery, location="query", as_kwargs=True, unknown=RAISE)
@blueprint.response(200, schemas.Scheme)
@blueprint.alt_response(412, "DEFAULT_ERROR")
@blueprint.alt_response(422, "DEFAULT_ERROR")
@audits("route.saved")
@roles(OPERATOR_API)
def route_add(scheme_id: UUID, **query: Any) -> Response:
    """Add a route, at its end or at another place; those behind it move on"""
    route, known = routes_of([read(schemas.RouteToPut)])[0], _known(scheme_id)
    index = min(query.get("position", len(known.routes) + 1) - 1, len(known.routes))
    return of_one(index, lambda: put(known, [*known.routes[:index], route, *known.routes[index:]]))


@blueprint.route(_ONE, methods=["PUT"])
@blueprint.doc(requestBody=_BODY, parameters=[IF_MATCH])
@blueprint.response(200, schemas.Scheme)
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(412, "DEFAULT_ERROR")
@blueprint.alt_response(422, "DEFAULT_ERROR")
@audits("route.saved")
@roles(OPERATOR_API)
def route_put(scheme_id: UUID, position: int) -> Response:
    """All of the route at this place anew"""
    route, known = routes_of([read(schemas.RouteToPut)])[0], _known(scheme_id)
    index = _index(known, position)
    return of_one(index, lambda: put(known, [*known.routes[:index], route, *known.routes[index + 1 :]]))


@blueprint.route(_ONE, methods=["DELETE"])
@blueprint.doc(parameters=[IF_MATCH])
@blueprint.response(200, schemas.Scheme)
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(412, "DEFAULT_ERROR")
@audits("route.deleted")
@roles(OPERATOR_API)
def route_drop(scheme_id: UUID, position: int) -> Response:
    """Take the route at this place out of the scheme"""
    known = _known(scheme_id)
    index = _index(known, position)
    return put(known, [*known.routes[:index], *known.routes[index + 1 :]])


@blueprint.route(f"{_ONE}/move", methods=["POST"])
@blueprint.doc(requestBody=described(schemas.PlaceToTake, {"to": 1}), parameters=[IF_MATCH])
@blueprint.response(200, schemas.Scheme)
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(412, "DEFAULT_ERROR")
@blueprint.alt_response(422, "DEFAULT_ERROR")
@audits("route.moved")
@roles(OPERATOR_API)
def route_move(scheme_id: UUID, position: int) -> Response:
    """Move the route at this place to another one"""
    to, known = read(schemas.PlaceToTake)["to"], _known(scheme_id)
    index, given = _index(known, position), list(known.routes)
    if not 1 <= to <= len(given):
        told = gettext("Write a whole number from %(least)s to %(most)s", least=1, most=len(given))
        raise malformed([problem("/to", "range", told)])
    given.insert(to - 1, given.pop(index))
    return put(known, given)


def _known(scheme_id: UUID) -> RouteScheme:
    return clients().smpp_gateway.route_scheme(str(scheme_id))


def _index(scheme: RouteScheme, position: int) -> int:
    if not 1 <= position <= len(scheme.routes):
        raise NotFound("There is nothing at this address.")
    return position - 1
