"""What the key's advertiser pays per part: its own tariff, nothing of what the partner pays itself."""

from datetime import UTC, datetime
from typing import Any

from flask import Response, jsonify
from flask_smorest import Blueprint
from marshmallow import RAISE

from contracts.tariffs import TariffRow
from gateway_http.access import API, caller, roles, scopes
from gateway_http.admin.tariff_directions import directions
from gateway_http.api import schemas_packages as schemas
from gateway_http.api.views_money import price_document
from gateway_http.state import clients
from kit.clock import from_rfc3339
from kit.money import CURRENCY

blueprint = Blueprint("prices", __name__, description="Prices: your tariff")

#: (MCC, MNC, type, number of the SMS it holds from): what a row is told apart by.
Key = tuple[str, str, str, int]


@blueprint.route("/prices", methods=["GET"])
@blueprint.arguments(schemas.PricesQuery, location="query", as_kwargs=True, unknown=RAISE)
@blueprint.response(200, schemas.PriceList)
@roles(API)
@scopes("money")
def list_prices(**query: Any) -> Response:
    """The prices of your tariff that are in force, by direction

    An operator's price goes before its country's. Individual prices of the package that pays go before all of them.
    """
    valid_from, rows = _in_force()
    after, limit = _key_of(query["cursor"]) if "cursor" in query else None, query["limit"]
    rest = [row for row in rows if after is None or _key(row) > after]
    names = directions().names if rest else {}
    shown = [{**price_document(row, names), "valid_from": valid_from} for row in rest[:limit]]
    next_cursor = _cursor(rest[limit - 1]) if len(rest) > limit else None
    return jsonify({"prices": shown, "currency": CURRENCY, "next_cursor": next_cursor})


def _in_force() -> tuple[str, list[TariffRow]]:
    """Since when, and the rows in order; none of a tariff that has yet to start."""
    tariff = clients().tariffs.assigned(caller().partner_id, caller().advertiser_id)
    if tariff is None or from_rfc3339(tariff.valid_from) > datetime.now(UTC):
        return "", []
    return tariff.valid_from, sorted(tariff.rows, key=_key)


def _key(row: TariffRow) -> Key:
    return row.mcc, row.mnc, row.sms_type, row.from_nth


def _cursor(row: TariffRow) -> str:
    return "-".join(map(str, _key(row)))


def _key_of(cursor: str) -> Key:
    """Of a cursor whose shape the schema of the query has checked."""
    mcc, mnc, sms_type, from_nth = cursor.split("-")
    return mcc, mnc, sms_type, int(from_nth)
