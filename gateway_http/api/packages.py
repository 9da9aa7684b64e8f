"""The packages of the key's advertiser."""

from typing import Any

from flask import Response, jsonify
from flask_smorest import Blueprint
from marshmallow import RAISE

from gateway_http.access import API, roles, scopes
from gateway_http.admin.tariff_directions import directions
from gateway_http.api import schemas_packages as schemas
from gateway_http.api.documents import in_path
from gateway_http.api.limits import MOST_NUMBER
from gateway_http.api.own_packages import find_package, own_packages
from gateway_http.api.views_money import package_document, price_document

blueprint = Blueprint("packages", __name__, description="Packages: what was credited, what is left, until when")


@blueprint.route("/packages", methods=["GET"])
@blueprint.arguments(schemas.PackagesQuery, location="query", as_kwargs=True, unknown=RAISE)
@blueprint.response(200, schemas.PackageList)
@roles(API)
@scopes("money")
def list_packages(**query: Any) -> Response:
    """Packages, newest first, at most the newest 1,000

    The individual prices of a package are told where it is asked for alone.
    """
    below, limit = int(query.get("cursor", MOST_NUMBER)), query["limit"]
    rest = [one for one in reversed(own_packages()) if one.number < below]
    more = len(rest) > limit
    shown = [package_document(one) for one in rest[:limit]]
    return jsonify({"packages": shown, "next_cursor": str(shown[-1]["number"]) if more else None})


@blueprint.route("/packages/<name>", methods=["GET"], parameters=[in_path("name", "Its number or its id", "7")])
@blueprint.response(200, schemas.Package)
@blueprint.alt_response(404, "DEFAULT_ERROR")
@roles(API)
@scopes("money")
def package(name: str) -> Response:
    """One package, by its number or id, with its individual prices"""
    found = find_package(name)
    names = directions().names if found.prices else {}
    return jsonify({**package_document(found), "prices": [price_document(row, names) for row in found.prices]})
