"""The money of the key's advertiser."""

from flask import Response, jsonify
from flask_smorest import Blueprint

from gateway_http.access import API, caller, roles
from gateway_http.api import schemas
from gateway_http.state import clients
from kit.money import format_money

blueprint = Blueprint("balance", __name__, description="Balance: what can be spent")


@blueprint.route("/balance", methods=["GET"])
@blueprint.response(200, schemas.AccountBalance)
@roles(API)
def show() -> Response:
    """What can be spent now, and what is held for messages on their way"""
    (balance,) = clients().billing.balances([caller().advertiser_id])
    return jsonify(
        {"available": format_money(balance.available), "held": format_money(balance.held), "currency": balance.currency}
    )
