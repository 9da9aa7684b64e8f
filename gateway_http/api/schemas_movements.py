"""Shapes of movements for the OpenAPI document, and of the query that is read with them."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from gateway_http.admin.entries_kinds import ENTRY_KINDS
from gateway_http.api.schemas_money import CURRENCY, TIME, PageQuery, money, next_cursor
from gateway_http.forms import parse_day
from gateway_http.i18n import N_

MOVEMENT_KINDS = tuple(ENTRY_KINDS)


class Movement(Schema):
    id = fields.UUID(required=True)
    kind = fields.String(
        required=True,
        validate=validate.OneOf(MOVEMENT_KINDS),
        metadata={
            "description": "credit, correction, correction_down: money came or was taken back; debit: a message was "
            "charged; hold, capture, release: held until delivery, then charged or given back; refund: a charge was "
            "given back; expire, expire_undone: the rest of a package that ended, or was prolonged afterwards"
        },
    )
    amount = fields.String(required=True, metadata=money("What was moved, never below zero", "0.80"))
    change = fields.String(required=True, metadata=money("What that did to the sum available", "-0.80"))
    package_number = fields.Integer(required=True, allow_none=True, metadata={"example": 7})
    package_id = fields.UUID(required=True, allow_none=True)
    message_id = fields.UUID(required=True, allow_none=True, metadata={"description": "Null where it is no message's"})
    created_at = fields.String(required=True, metadata=TIME)


class MovementList(Schema):
    movements = fields.List(fields.Nested(Movement), required=True)
    total = fields.Integer(required=True, metadata={"description": "How many there are of the whole filter"})
    change = fields.String(required=True, metadata=money("The sum of `change` of the whole filter", "-240.50"))
    currency = fields.String(required=True, metadata=CURRENCY)
    next_cursor = next_cursor("older ones")


def _is_day(text: str) -> None:
    if parse_day(text) is None:
        raise ValidationError(N_("Write a date as YYYY-MM-DD"))


def _day(name: str, description: str) -> fields.String:
    about = {"description": f"{description}, UTC", "format": "date", "example": "2026-11-22"}
    return fields.String(data_key=name, validate=_is_day, metadata=about)


class MovementsQuery(PageQuery):
    cursor = fields.UUID(metadata={"description": "`next_cursor` of the page before"})
    first = _day("from", "The first day")
    last = _day("to", "The last day, itself included")
    kind = fields.String(validate=validate.OneOf(MOVEMENT_KINDS, error=N_("Choose one of the list")))
    package = fields.String(metadata={"description": "Number or id of a package", "example": "7"})
    message_id = fields.UUID(metadata={"description": "Of one message"})

    @validates_schema
    def _in_order(self, query: dict[str, Any], **kwargs: Any) -> None:
        if "first" in query and "last" in query and query["first"] > query["last"]:
            raise ValidationError(N_("The last day is before the first one"), "to")
