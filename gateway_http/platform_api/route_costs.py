"""What a part costs on a link by direction: least cost routes go by it."""

from typing import Any

from flask import Response
from flask_babel import gettext
from flask_smorest import Blueprint

from contracts.errors import NotFound
from contracts.smpp_routes import LinkCost, LinkCosts
from gateway_http.access import OPERATOR_API, roles
from gateway_http.api.level import DECIMAL
from gateway_http.api.parsing import malformed
from gateway_http.audit import audits
from gateway_http.platform_api import schemas_routes as schemas
from gateway_http.platform_api.author import author
from gateway_http.platform_api.bodies import described, problem, read
from gateway_http.platform_api.versions import IF_MATCH, changed, tagged, version_of
from gateway_http.state import clients
from kit.money import CURRENCY, format_money, parse_money

blueprint = Blueprint("platform_costs", __name__, description="What a part costs on a link")


@blueprint.route("/links/<name>/costs", methods=["GET"])
@blueprint.response(200, schemas.Costs)
@blueprint.alt_response(404, "DEFAULT_ERROR")
@roles(OPERATOR_API)
def costs(name: str) -> Response:
    """The costs of a link by direction"""
    return tagged(_document(_known(name)))


@blueprint.route("/links/<name>/costs", methods=["PUT"])
@blueprint.doc(requestBody=described(schemas.CostsToPut, schemas.COSTS_EXAMPLE), parameters=[IF_MATCH])
@blueprint.response(200, schemas.Costs)
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(412, "DEFAULT_ERROR")
@blueprint.alt_response(422, "DEFAULT_ERROR")
@blueprint.alt_response(428, "DEFAULT_ERROR")
@audits("route_costs.changed")
@roles(OPERATOR_API)
def costs_put(name: str) -> Response:
    """All costs of a link anew"""
    rows, known = _rows(read(schemas.CostsToPut)["rows"]), _known(name)
    was, by = version_of(lambda: known.version), author()
    saved = changed(lambda: clients().smpp_gateway.put_link_costs(known.link, rows=rows, was=was, author=by))
    return tagged(_document(saved))


def _known(name: str) -> LinkCosts:
    found = next((one for one in clients().smpp_gateway.link_costs() if one.link == name), None)
    if found is None:
        raise NotFound("There is no such link.")
    return found


def _rows(given: list[dict[str, Any]]) -> list[LinkCost]:
    told = gettext("Write a decimal string with at most four decimals, such as 1500.00")
    wrong = [index for index, one in enumerate(given) if not DECIMAL.fullmatch(one["price"])]
    if wrong:
        raise malformed([problem(f"/rows/{index}/price", "invalid", told) for index in wrong])
    return [LinkCost(mcc=one["mcc"], mnc=one["mnc"], price=parse_money(one["price"])) for one in given]


def _document(found: LinkCosts) -> dict[str, Any]:
    rows = [{"mcc": one.mcc, "mnc": one.mnc, "price": format_money(one.price)} for one in found.rows]
    return {"link": found.link, "rows": rows, "version": found.version, "currency": CURRENCY}
