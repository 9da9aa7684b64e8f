"""Shapes of what people write and of the stop list for the OpenAPI document, and of the queries that are read with them."""

from marshmallow import Schema, fields, validate

from contracts.smpp_incoming import INCOMING_KINDS
from gateway_http.api.limits import LONGEST_RECIPIENT, MOST_MESSAGES
from gateway_http.api.schemas import Strict
from gateway_http.api.schemas_money import TIME, WRONG_CURSOR, PageQuery, next_cursor

_NUMBER = {"description": "Digits, without a plus", "example": "79123456789"}


def _search() -> fields.String:
    about = {"description": "A piece of the person's number"}
    return fields.String(load_default="", validate=validate.Length(max=20), metadata=about)


class IncomingQuery(PageQuery):
    cursor = fields.UUID(metadata={"description": "`next_cursor` of the page before"})
    search = _search()


class IncomingMessage(Schema):
    id = fields.UUID(required=True, metadata={"description": "The same as the event of a webhook has"})
    number = fields.String(required=True, metadata={"description": "The number it came to", "example": "1234"})
    sender = fields.String(required=True, metadata=_NUMBER)
    text = fields.String(required=True)
    keyword = fields.String(
        required=True, metadata={"description": "By which it came to you; empty: the number is yours"}
    )
    kind = fields.String(
        required=True,
        validate=validate.OneOf(INCOMING_KINDS),
        metadata={"description": "stop and start put the sender on your stop list and take it off"},
    )
    parts = fields.Integer(required=True, metadata={"description": "Fewer than parts_total: the others never came"})
    parts_total = fields.Integer(required=True)
    received_at = fields.String(required=True, metadata=TIME)
    repeat_of = fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": "The message that the mobile operator seems to have repeated; it was not forwarded"},
    )
    smpp = fields.String(
        required=True,
        metadata={"description": "waiting, delivered, failed, expired; empty where it does not go by SMPP"},
    )


class IncomingList(Schema):
    messages = fields.List(fields.Nested(IncomingMessage), required=True)
    next_cursor = next_cursor("older ones")


class StopQuery(PageQuery):
    cursor = fields.String(
        validate=validate.Regexp("^[0-9]{1,20}$", error=WRONG_CURSOR),
        metadata={"description": "`next_cursor` of the page before"},
    )
    search = _search()


class StopEntry(Schema):
    recipient = fields.String(required=True, metadata=_NUMBER)
    reason = fields.String(
        required=True,
        validate=validate.OneOf(("word", "manual")),
        metadata={"description": "word: the person wrote it; manual: it was put there"},
    )
    at = fields.String(required=True, metadata=TIME)


class StopList(Schema):
    recipients = fields.List(fields.Nested(StopEntry), required=True)
    next_cursor = next_cursor("greater numbers")


class Recipients(Strict):
    recipients = fields.List(
        fields.String(validate=validate.Length(max=LONGEST_RECIPIENT)),
        required=True,
        validate=validate.Length(1, MOST_MESSAGES),
    )


class StopAdded(Schema):
    added = fields.Integer(required=True, metadata={"description": "How many were not on it before"})


class StopRemoved(Schema):
    removed = fields.Integer(required=True, metadata={"description": "How many were on it"})
