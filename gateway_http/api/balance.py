"""The money of the key's advertiser, and below what a letter warns it."""

from flask import Response, jsonify
from flask_smorest import Blueprint

from contracts.billing import Balance
from gateway_http.access import API, caller, roles, scopes
from gateway_http.api import schemas_money as schemas
from gateway_http.api.documents import body_of_level
from gateway_http.api.level import read_level
from gateway_http.api.views_money import balance_document, level_document
from gateway_http.audit import audits
from gateway_http.state import clients

blueprint = Blueprint("balance", __name__, description="Balance: what can be spent, and when a letter warns")


@blueprint.route("/balance", methods=["GET"])
@blueprint.response(200, schemas.AccountBalance)
@roles(API)
@scopes("money")
def show() -> Response:
    """What can be spent now, what is held for messages on their way, and what was credited and spent in all

    Nothing limits a post-paid account: its `available` is null.
    """
    return jsonify(balance_document(_balance()))


@blueprint.route("/balance/level", methods=["GET"])
@blueprint.response(200, schemas.Level)
@roles(API)
@scopes("money")
def show_level() -> Response:
    """The critical level of funds"""
    return jsonify(level_document(_balance()))


@blueprint.route("/balance/level", methods=["PUT"])
@blueprint.doc(requestBody=body_of_level())
@blueprint.response(200, schemas.Level)
@blueprint.alt_response(422, "DEFAULT_ERROR")
@audits("level.changed")
@roles(API)
@scopes("money")
def set_level() -> Response:
    """Set the critical level of funds

    It replaces the one before, so that a repeat changes nothing. When less than the level is left, one letter goes to
    the e-mail of the account, and the next one only after a top-up. A post-paid account never falls below a level.
    """
    level, percent = read_level()
    clients().billing.set_level(caller().partner_id, caller().advertiser_id, level=level, percent=percent)
    return jsonify(level_document(_balance()))


def _balance() -> Balance:
    return clients().billing.balances([caller().advertiser_id])[0]
