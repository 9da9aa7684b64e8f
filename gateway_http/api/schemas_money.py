"""Shapes of the balance and the critical level for the OpenAPI document, and what all shapes of money share."""

from marshmallow import Schema, fields, validate

from gateway_http.api.limits import MOST_PER_PAGE, MOST_PERCENT, PER_PAGE
from gateway_http.api.schemas import Strict
from gateway_http.i18n import N_

CURRENCY = {"description": "ISO 4217", "example": "RUB"}
TIME = {"description": "RFC 3339, UTC", "format": "date-time", "example": "2026-11-22T09:15:00Z"}
WRONG_CURSOR = N_("Give next_cursor of the page before as it was.")
NUMBER_CURSOR = "^[1-9][0-9]{0,8}$"


def money(description: str, example: str = "1500.00") -> dict[str, str]:
    """What the document says of a sum."""
    return {"description": f"{description}: a decimal string, two to four decimals", "example": example}


def next_cursor(what: str) -> fields.String:
    about = {"description": f"Give it as `cursor` for {what}; null at the end"}
    return fields.String(required=True, allow_none=True, metadata=about)


def cursor(pattern: str, example: str) -> fields.String:
    about = {"description": "`next_cursor` of the page before", "example": example}
    return fields.String(validate=validate.Regexp(pattern, error=WRONG_CURSOR), metadata=about)


class PageQuery(Strict):
    limit = fields.Integer(load_default=PER_PAGE, validate=validate.Range(1, MOST_PER_PAGE))


_LEVEL_SUM = money("Warn when less than this can be spent; null: no such level")
_LEVEL_PERCENT = {
    "description": "Warn when less than this part of what the packages in effect credited can be spent, in per cent; "
    "null: no such level. Where both are set, the greater one counts",
    "example": 20,
}


class Level(Schema):
    sum = fields.String(required=True, allow_none=True, metadata=_LEVEL_SUM)
    percent = fields.Integer(required=True, allow_none=True, metadata=_LEVEL_PERCENT)


class LevelToSet(Strict):
    """At least one of the two; the one that is not given is taken away."""

    sum = fields.String(allow_none=True, metadata=_LEVEL_SUM)
    percent = fields.Integer(allow_none=True, validate=validate.Range(0, MOST_PERCENT), metadata=_LEVEL_PERCENT)


class AccountBalance(Schema):
    available = fields.String(
        required=True,
        allow_none=True,
        metadata=money("What can be spent now, credit included and without what is held; null: post-paid, no limit"),
    )
    held = fields.String(required=True, metadata=money("Kept for messages that are on their way", "0.80"))
    spent = fields.String(required=True, metadata=money("Debited in all", "240.50"))
    credited = fields.String(required=True, metadata=money("Credited in all", "2000.00"))
    credit = fields.String(required=True, metadata=money("May be spent now beyond what was credited", "0.00"))
    postpaid = fields.Boolean(required=True, metadata={"description": "Nothing limits what can be spent"})
    unpaid_packages = fields.Integer(
        required=True, metadata={"description": "How many packages are not paid for yet", "example": 0}
    )
    level = fields.Nested(Level, required=True, metadata={"description": "The critical level of funds"})
    currency = fields.String(required=True, metadata=CURRENCY)
