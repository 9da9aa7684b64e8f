"""A line in the log per request: what was asked by its pattern, how it ended and how long it took.

Never an address with its ids and query, never a key, a text or a name: those of a customer stay with the customer.
"""

import logging

import structlog
from flask import Flask, Response, g, request

from gateway_http import metrics
from gateway_http.problems import request_id

#: Asked every few seconds by machines, or once per page by every browser: only for those who look for them.
QUIET = frozenset(("health.live", "health.ready", "health.metrics", "static"))

log = structlog.stdlib.get_logger("golub.access")


def install(app: Flask) -> None:
    app.after_request(_tell)


def _tell(response: Response) -> Response:
    owner = g.get("tenant")
    tell(
        logging.DEBUG if request.endpoint in QUIET else logging.INFO,
        metrics.method(),
        metrics.route(),
        response.status_code,
        seconds=metrics.elapsed_seconds(),
        partner_id=owner.partner_id if owner is not None else None,
        request_id=request_id(),
    )
    return response


def tell(
    level: int, method: str, route: str, status: int, *, seconds: float, partner_id: str | None, request_id: str
) -> None:
    """Write the line of a request; `route` is its pattern."""
    log.log(
        level,
        "request",
        method=method,
        route=route,
        status=status,
        ms=round(seconds * 1000, 1),
        partner_id=partner_id,
        request_id=request_id,
    )


def begin_context(request_id: str) -> None:
    """Other lines that are written while this request is served carry its id."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id)
