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
    log.log(
        logging.DEBUG if request.endpoint in QUIET else logging.INFO,
        "request",
        method=metrics.method(),
        route=metrics.route(),
        status=response.status_code,
        ms=round(metrics.elapsed_seconds() * 1000, 1),
        partner_id=owner.partner_id if owner is not None else None,
        request_id=request_id(),
    )
    return response
