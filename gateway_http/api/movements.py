"""The entries of the advertiser's ledger: every change of its money."""

from typing import Any

from flask import Response, jsonify
from flask_smorest import Blueprint
from marshmallow import RAISE

from contracts.billing_packages import EntriesQuery, EntryPage
from contracts.errors import Malformed, NotFound
from gateway_http.access import API, caller, roles, scopes
from gateway_http.api import schemas_movements as schemas
from gateway_http.api.own_packages import canonical, find_package, number_of
from gateway_http.api.views_money import movement_document
from gateway_http.state import clients
from kit.money import CURRENCY, format_money

blueprint = Blueprint("movements", __name__, description="Movements: what changed your money")

#: What billing calls a field → the parameter that a program gave it by.
_PARAMETERS = {"/query/date_from": "/from", "/query/date_to": "/to"}


@blueprint.route("/movements", methods=["GET"])
@blueprint.arguments(schemas.MovementsQuery, location="query", as_kwargs=True, unknown=RAISE)
@blueprint.response(200, schemas.MovementList)
@blueprint.alt_response(404, "DEFAULT_ERROR")
@roles(API)
@scopes("money")
def list_movements(**query: Any) -> Response:
    """Movements of your money, newest first

    Their changes add up to what is left of your packages; credit is no movement. Without `from` and `to` those of all
    time are told.
    """
    page = _entries(_asked(query))
    document = {
        "movements": [movement_document(one) for one in page.items],
        "total": page.total,
        "change": format_money(page.change),
        "currency": CURRENCY,
        "next_cursor": page.next_cursor,
    }
    return jsonify(document)


def _asked(query: dict[str, Any]) -> EntriesQuery:
    return EntriesQuery(
        partner_id=caller().partner_id,
        account_id=caller().advertiser_id,
        package_id=_package_id(query["package"]) if "package" in query else None,
        message_id=str(query["message_id"]) if "message_id" in query else None,
        kind=query.get("kind", ""),
        date_from=query.get("first"),
        date_to=query.get("last"),
        cursor=str(query["cursor"]) if "cursor" in query else None,
        limit=query["limit"],
    )


def _package_id(name: str) -> str:
    """Of an id billing itself says whose it is, that of a deleted package included."""
    return find_package(name).id if number_of(name) else canonical(name)


def _entries(query: EntriesQuery) -> EntryPage:
    """What billing says of the query, in the words of this API."""
    try:
        return clients().billing.entries(query)
    except NotFound:
        raise NotFound from None
    except Malformed as error:
        errors = [
            {**one, "pointer": _PARAMETERS.get(one["pointer"], one["pointer"])} for one in error.data.get("errors", [])
        ]
        raise Malformed(error.detail, {"errors": errors}) from None
