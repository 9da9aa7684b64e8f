"""Parts of the OpenAPI document that flask-smorest can't read from the code: what `parsing` and `idempotency` read."""

from typing import Any

from gateway_http.api import schemas, schemas_money

_SHARED_EXAMPLE = {
    "sender": "GOLUB",
    "text": "Your code is 1234",
    "recipients": ["+79123456701", "+79123456702"],
    "type": "transactional",
    "validity_minutes": 15,
}
_SEPARATE_EXAMPLE = {
    "messages": [{"recipient": "+79123456701", "sender": "GOLUB", "text": "Your code is 1234", "client_ref": "order-1"}]
}


def body_of_messages() -> dict[str, Any]:
    """`requestBody` of sending and of estimating."""
    return {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"oneOf": [schemas.OneTextToMany, schemas.ManyMessages]},
                "examples": {
                    "one text to many": {"value": _SHARED_EXAMPLE},
                    "many messages": {"value": _SEPARATE_EXAMPLE},
                },
            }
        },
    }


def body_of_ids() -> dict[str, Any]:
    """`requestBody` of cancelling."""
    example = {"ids": ["019ab3c2-7a01-7c35-9d1e-0f2b6c4d8e90"]}
    return {"required": True, "content": {"application/json": {"schema": schemas.MessageIds, "example": example}}}


def body_of_level() -> dict[str, Any]:
    """`requestBody` of setting the critical level."""
    return {
        "required": True,
        "content": {
            "application/json": {
                "schema": schemas_money.LevelToSet,
                "examples": {
                    "a sum": {"value": {"sum": "1500.00"}},
                    "per cent of the packages": {"value": {"percent": 20}},
                    "never warn": {"value": {"sum": None, "percent": None}},
                },
            }
        },
    }


def idempotency_header() -> dict[str, Any]:
    return {
        "in": "header",
        "name": "Idempotency-Key",
        "required": False,
        "schema": {"type": "string"},
        "description": "A quoted string of 1 to 255 characters that names this request. A repeat with the same key and "
        "body gets the first answer; with another body 422; while the first is still at work 409.",
        "example": '"8e03978e-40d5-43dd-bc93-6894a57f9324"',
    }


def in_path(name: str, description: str, example: str) -> dict[str, Any]:
    """A part of the address that the route names."""
    schema = {"type": "string", "minLength": 1}
    return {
        "in": "path",
        "name": name,
        "required": True,
        "schema": schema,
        "description": description,
        "example": example,
    }
