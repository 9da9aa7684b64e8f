"""Shapes of links to mobile operators: bodies are read with them, and the OpenAPI document describes them."""

from typing import Any

from marshmallow import Schema, fields

from contracts.schemas import schema_of
from contracts.smpp_links import LinkField, LinkStatus
from gateway_http.api.schemas_money import TIME, next_cursor
from gateway_http.platform_api.bodies import Body, Flag, Text, Values, Whole

LONGEST_PASSWORD = 64

_SETTINGS = {
    "description": "By their names: `GET /link-settings` lists them with kinds, limits and defaults. In a change only those "
    "that are named change; null goes back to the default. Where the operator wants a receiver bind beside a transmitter, make "
    "a link of `bind_type` receiver with `receipts_of`: the name of the link whose messages its receipts are of.",
    "example": {"host": "smpp.example.net", "port": 2775, "system_id": "golub", "window": 100},
}


class LinkParts(Body):
    title = Text(metadata={"description": "For people", "example": "Operator A, main"})
    binds = Whole(metadata={"description": "Sessions, each in one process: 1 to 50", "example": 2})
    enabled = Flag()
    failover_after_seconds = Whole(
        metadata={"description": "So long after it went down, what waits for it goes to other links: 0 to 86400"}
    )
    unresolved_seconds = Whole(
        allow_none=True, metadata={"description": "How long a part without response waits; null: as the platform does"}
    )
    receipt_timeout_seconds = Whole(
        allow_none=True, metadata={"description": "How long a part without receipt waits; null: as the platform does"}
    )


class LinkToMake(LinkParts):
    name = Text(32, required=True, metadata={"description": "1 to 32 of a-z, 0-9 and hyphens inside", "example": "a"})
    password = Text(LONGEST_PASSWORD, required=True, metadata={"description": "Never given back"})
    settings = Values(required=True, metadata=_SETTINGS)


class LinkToChange(LinkParts):
    password = Text(LONGEST_PASSWORD, metadata={"description": "A new one; never given back"})
    settings = Values(metadata=_SETTINGS)


class LinkShown(Schema):
    name = fields.String(required=True)
    title = fields.String(required=True)
    enabled = fields.Boolean(required=True)
    draining = fields.Boolean(required=True, metadata={"description": "It takes no new messages and stays bound"})
    binds = fields.Integer(required=True)
    failover_after_seconds = fields.Integer(required=True)
    unresolved_seconds = fields.Integer(required=True, allow_none=True)
    receipt_timeout_seconds = fields.Integer(required=True, allow_none=True)
    settings = fields.Dict(required=True, metadata=_SETTINGS)
    has_password = fields.Boolean(required=True)
    given = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "Settings that come from the environment of the platform"},
    )
    trouble = fields.String(required=True, metadata={"description": "Why it can't be used; empty where it can"})
    version = fields.Integer(required=True, metadata={"description": "As the `ETag` says it"})
    author = fields.String(required=True, metadata={"description": "Who changed it last"})
    changed_at = fields.String(required=True, metadata=TIME)
    now = fields.Nested(
        schema_of(LinkStatus),
        required=True,
        allow_none=True,
        metadata={"description": "What it does, session by session; null for the second until a new one is followed"},
    )


class LinkPage(Schema):
    links = fields.List(fields.Nested(LinkShown), required=True)
    next_cursor = next_cursor("links that come later by name")


class LinkSettingList(Schema):
    settings = fields.List(fields.Nested(schema_of(LinkField)), required=True)


MADE_EXAMPLE: dict[str, Any] = {
    "name": "operator-a",
    "title": "Operator A",
    "binds": 2,
    "password": "secret7",
    "settings": {"host": "smpp.example.net", "port": 3550, "tls": "verify", "system_id": "golub", "window": 50},
}
CHANGED_EXAMPLE: dict[str, Any] = {"binds": 4, "settings": {"window": 100, "messages_per_second": 200}}
