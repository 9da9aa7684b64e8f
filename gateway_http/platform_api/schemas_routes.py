"""Shapes of traffic schemes: bodies are read with them, and the OpenAPI document describes them."""

from typing import Any

from marshmallow import Schema, fields, validate

from contracts.schemas import schema_of
from contracts.smpp_routes import (
    AFTER,
    MODES,
    SUBJECTS,
    RouteAssignment,
    RouteChange,
    RouteExplained,
    RouteScheme,
    RouteSchemeLine,
)
from gateway_http.api.schemas import Strict
from gateway_http.api.schemas_money import next_cursor
from gateway_http.platform_api.bodies import Body, Id, Items, Nested, Text, Whole

MOST_ROUTES, MOST_LINKS, MOST_DAYS, MOST_COSTS = 500, 16, 7, 5_000


class TargetToPut(Body):
    link = Text(32, required=True, metadata={"description": "The name of the link", "example": "operator-a"})
    weight = Whole(load_default=1, metadata={"description": "Counts where the mode is weights: 1 to 1000"})


class RouteToPut(Body):
    targets = Items(Nested(TargetToPut), MOST_LINKS, required=True)
    name = Text(load_default="")
    mcc = Text(3, load_default="", metadata={"description": "Empty: any number", "example": "250"})
    mnc = Text(3, load_default="", metadata={"description": "Empty: the whole country", "example": "99"})
    sms_type = Text(20, load_default="", metadata={"description": "advertising, service or transactional"})
    sender = Text(16, load_default="", metadata={"description": "The whole name, or its beginning and a star"})
    partner_id = Text(36, load_default="")
    advertiser_id = Text(36, load_default="")
    days = Items(Whole(), MOST_DAYS, load_default=list, metadata={"description": "ISO days of the week, 1 is Monday"})
    time_from = Text(5, load_default="", metadata={"description": "HH:MM by the clocks of `zone`", "example": "09:00"})
    time_to = Text(5, load_default="", metadata={"description": "HH:MM; the route ends before it", "example": "21:00"})
    zone = Text(64, load_default="", metadata={"description": "An IANA name", "example": "Europe/Moscow"})
    mode = Text(
        20,
        load_default=MODES[0],
        metadata={"description": "failover (in order), weights (shared out) or least_cost", "enum": list(MODES)},
    )


class SchemeToPut(Body):
    name = Text(200, required=True)
    after = Text(
        20,
        load_default=AFTER[1],
        metadata={"description": "What becomes of a message that no route takes", "enum": list(AFTER)},
    )
    routes = Items(
        Nested(RouteToPut),
        MOST_ROUTES,
        load_default=list,
        metadata={"description": "In their order: the first that a message meets takes it"},
    )


class PlaceToTake(Body):
    to = Whole(required=True, metadata={"description": "The place it takes, from 1"})


class SchemeToTake(Body):
    scheme_id = Id(required=True)


class CostToPut(Body):
    mcc = Text(3, required=True, metadata={"description": "Empty: everywhere", "example": "250"})
    mnc = Text(3, load_default="", metadata={"description": "Empty: the whole country", "example": "99"})
    price = Text(20, required=True, metadata={"description": "Of a part, a decimal string", "example": "1.85"})


class CostsToPut(Body):
    rows = Items(Nested(CostToPut), MOST_COSTS, required=True)


class Cost(Schema):
    mcc = fields.String(required=True)
    mnc = fields.String(required=True)
    price = fields.String(required=True)


class Costs(Schema):
    link = fields.String(required=True)
    rows = fields.List(fields.Nested(Cost), required=True)
    version = fields.Integer(required=True)
    currency = fields.String(required=True)


class SchemePage(Schema):
    schemes = fields.List(fields.Nested(schema_of(RouteSchemeLine)), required=True)
    next_cursor = next_cursor("schemes that were made later")


class VersionQuery(Strict):
    version = fields.Integer(
        validate=validate.Range(1, 1_000_000_000), metadata={"description": "An earlier one; they are kept for a while"}
    )


class PositionQuery(Strict):
    position = fields.Integer(
        validate=validate.Range(1, MOST_ROUTES), metadata={"description": "The place it takes, from 1; else the last"}
    )


class ChangeQuery(Strict):
    scheme_id = fields.UUID(metadata={"description": "Of this scheme alone"})


class ChangeList(Schema):
    changes = fields.List(fields.Nested(schema_of(RouteChange)), required=True)


class AssignmentList(Schema):
    assignments = fields.List(fields.Nested(schema_of(RouteAssignment)), required=True)


class TryQuery(Strict):
    recipient = fields.String(required=True, validate=validate.Length(max=30), metadata={"example": "+79123456789"})
    sender = fields.String(load_default="", validate=validate.Length(max=15))
    sms_type = fields.String(load_default="transactional", validate=validate.Length(max=20))
    partner_id = fields.UUID()
    advertiser_id = fields.UUID(metadata={"description": "Its partner is found by itself"})
    at = fields.String(
        validate=validate.Length(max=40), metadata={"description": "RFC 3339; else now", "format": "date-time"}
    )


Scheme = schema_of(RouteScheme)
Assignment = schema_of(RouteAssignment)
Explained = schema_of(RouteExplained)
SUBJECT_NAMES = ", ".join(SUBJECTS)

ROUTE_EXAMPLE: dict[str, Any] = {
    "name": "Codes to Russia",
    "mcc": "250",
    "sms_type": "transactional",
    "mode": "failover",
    "targets": [{"link": "operator-a"}, {"link": "operator-b"}],
}
SCHEME_EXAMPLE: dict[str, Any] = {"name": "Main", "after": "refuse", "routes": [ROUTE_EXAMPLE]}
COSTS_EXAMPLE: dict[str, Any] = {"rows": [{"mcc": "250", "mnc": "99", "price": "1.85"}]}
