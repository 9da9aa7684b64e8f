"""«Задать индивидуальный тариф»: the rows of prices in the form of a package."""

from itertools import zip_longest
from typing import Any

from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from contracts.billing_packages import Package
from contracts.tariffs import TariffRow
from gateway_http.admin.price_table import key_of
from gateway_http.admin.price_table_fields import Unreadable, from_nth_of, price_of, sms_type_of
from gateway_http.admin.tariff_directions import Directions

MOST_ROWS = 100
FIELDS = ("direction", "from_nth", "price", "sms_type", "charging")
DELIVERED = "delivered"


def read_price_rows(given: MultiDict[str, str], known: Directions) -> tuple[list[TariffRow], list[dict[str, Any]]]:
    """The rows, and all of them as typed, each with its `errors` by field; a row of which nothing was typed is none."""
    rows: dict[tuple[str, str, str, int], TariffRow] = {}
    typed: list[dict[str, Any]] = []
    columns = (given.getlist(f"price_{name}")[: MOST_ROWS + 1] for name in FIELDS)
    for cells in zip_longest(*columns, fillvalue=""):
        values: dict[str, Any] = dict(zip(FIELDS, cells, strict=True))
        if not values["direction"].strip() and not values["price"].strip():
            continue
        errors: dict[str, str] = {}
        row = _row(values, known, errors)
        if row is not None and rows.setdefault(key_of(row), row) is not row:
            errors["direction"] = gettext("This direction, type and number of the SMS stand above already")
        typed.append({**values, "errors": errors})
    if len(typed) > MOST_ROWS:
        typed[-1]["errors"]["direction"] = gettext("A package has at most %(number)s prices", number=MOST_ROWS)
    return list(rows.values()), typed


def _row(values: dict[str, Any], known: Directions, errors: dict[str, str]) -> TariffRow | None:
    price, sms_type, from_nth = 0, "", 1
    direction = known.parse(values["direction"])
    if direction is None:
        errors["direction"] = gettext("Choose a direction of the list, or write MCC and MNC")
    try:
        price = price_of(values["price"])
    except Unreadable as problem:
        errors["price"] = str(problem)
    try:
        sms_type = sms_type_of(values["sms_type"])
    except Unreadable as problem:
        errors["sms_type"] = str(problem)
    try:
        from_nth = from_nth_of(values["from_nth"])
    except Unreadable as problem:
        errors["from_nth"] = str(problem)
    if direction is None or errors:
        return None
    mcc, mnc = direction
    charged = values["charging"] == DELIVERED
    return TariffRow(mcc=mcc, mnc=mnc, sms_type=sms_type, by_delivered=charged, price=price, from_nth=from_nth)


def sms_credited(package: Package, row: TariffRow) -> int | None:
    """How many parts all that was credited pays for at this price; None: no limit."""
    return None if package.postpaid or not row.price else package.credited // row.price


def sms_left(package: Package, row: TariffRow) -> int | None:
    """How many parts the rest pays for at this price; None: no limit."""
    return None if package.postpaid or not row.price else max(package.remaining, 0) // row.price
