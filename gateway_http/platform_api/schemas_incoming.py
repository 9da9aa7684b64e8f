"""Shapes of incoming numbers, stop words, numbering and partners."""

from marshmallow import Schema, fields, validate

from contracts.schemas import schema_of
from contracts.smpp_incoming import IncomingNumber, IncomingView, StopWords
from contracts.tariffs import NumberInfo
from contracts.tariffs_ported import NumberingState, PortedReport
from gateway_http.api.schemas import Strict
from gateway_http.api.schemas_incoming import IncomingQuery
from gateway_http.api.schemas_money import TIME, next_cursor
from gateway_http.platform_api.bodies import Body, Id, Items, Text

MOST_WORDS, LONGEST_WORD = 50, 32


class NumberToPut(Body):
    partner_id = Id(required=True, allow_none=True, metadata={"description": "Whose it is to be; null: nobody's yet"})


class WordsToPut(Body):
    stop = Items(Text(LONGEST_WORD), MOST_WORDS, required=True)
    start = Items(Text(LONGEST_WORD), MOST_WORDS, required=True)


class NumberPage(Schema):
    numbers = fields.List(fields.Nested(schema_of(IncomingNumber)), required=True)
    next_cursor = next_cursor("numbers that come later")


class MessagePage(Schema):
    messages = fields.List(fields.Nested(schema_of(IncomingView)), required=True)
    next_cursor = next_cursor("older ones")


class PortedQuery(Strict):
    mode = fields.String(
        load_default="add",
        validate=validate.OneOf(("add", "replace")),
        metadata={"description": "`replace`: the list takes the place of the one before; `add`: it is added to it"},
    )
    dry_run = fields.Boolean(load_default=False, metadata={"description": "Only tell what it would do"})
    source = fields.String(
        load_default="API", validate=validate.Length(1, 100), metadata={"description": "Where it is from, for people"}
    )


class PartnerShown(Schema):
    id = fields.UUID(required=True)
    name = fields.String(required=True)
    hosts = fields.List(fields.String(), required=True)
    created_at = fields.String(required=True, metadata=TIME)


class PartnerPage(Schema):
    partners = fields.List(fields.Nested(PartnerShown), required=True)
    next_cursor = next_cursor("partners that came later")


Number = schema_of(IncomingNumber)
Words = schema_of(StopWords)
MessageQuery = IncomingQuery
State = schema_of(NumberingState)
Report = schema_of(PortedReport)
Info = schema_of(NumberInfo)
