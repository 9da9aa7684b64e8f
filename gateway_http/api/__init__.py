"""The public JSON API, version 1: messages, estimates and money, for programs with an API key."""

from typing import Any

from flask import Flask
from flask_smorest import Api
from werkzeug.exceptions import HTTPException

from contracts.errors import Malformed
from gateway_http import pages, problems
from gateway_http.api import (
    balance,
    estimate,
    incoming,
    invoices,
    mailings,
    messages,
    movements,
    packages,
    pause,
    prices,
    stop_list,
)
from gateway_http.api.limits import LONGEST_NAME_SHOWN, MOST_ERRORS
from gateway_http.api.schemas import Problem

PREFIX = "/api/v1"

_CONFIG = {
    "API_TITLE": "Golub SMS API",
    "API_VERSION": "1.0.0",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": PREFIX,
    "OPENAPI_JSON_PATH": "openapi.json",
    "API_SPEC_OPTIONS": {
        "info": {
            "description": "Send SMS, follow each part to its end, know the price before and the balance after. "
            "Errors are `application/problem+json` (RFC 9457) with a machine code, a sentence and who can act."
        },
        "security": [{"key": []}],
    },
}


class GolubApi(Api):
    """flask-smorest whose errors are problems, in the responses and in the document."""

    ERROR_SCHEMA = Problem

    def handle_http_exception(self, error: HTTPException) -> Any:
        told = getattr(error, "data", None) or {}
        if "messages" in told:
            return problems.of_error(_malformed_query(told["messages"]))
        return problems.of_http(error) if problems.wanted() else pages.error_page(error)

    def _register_responses(self) -> None:
        # The second is what flask-smorest says of a query that can't be read.
        for name in (self.DEFAULT_ERROR_RESPONSE_NAME, "UNPROCESSABLE_ENTITY"):
            content = {problems.MEDIA_TYPE: {"schema": self.ERROR_SCHEMA}}
            self.spec.components.response(name, {"description": "What went wrong", "content": content}, lazy=True)


def _malformed_query(messages: dict[str, dict[str, list[str]]]) -> Malformed:
    """The error for what webargs says of the query; a pointer into the query is the parameter's name."""
    errors = [
        {"pointer": f"/{name[:LONGEST_NAME_SHOWN]}", "code": "invalid", "detail": " ".join(sentences)}
        for fields in messages.values()
        for name, sentences in fields.items()
    ]
    return Malformed("The query of the address is malformed.", {"errors": errors[:MOST_ERRORS]})


def install(app: Flask) -> None:
    """Register the routes of the API and its OpenAPI document."""
    app.config.update(_CONFIG)
    api = GolubApi(app)
    api.spec.components.security_scheme(
        "key", {"type": "http", "scheme": "bearer", "bearerFormat": "golub_<live|test>_…"}
    )
    for module in (
        messages,
        pause,
        mailings,
        incoming,
        stop_list,
        estimate,
        balance,
        packages,
        movements,
        prices,
        invoices,
    ):
        api.register_blueprint(module.blueprint, url_prefix=PREFIX)
