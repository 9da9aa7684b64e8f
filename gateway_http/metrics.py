"""How long each route takes. The label is the route's pattern, never the path, so that ids make no series."""

import time

from flask import Flask, Response, g, request
from prometheus_client import Histogram

from kit.metrics import LATENCY_BUCKETS

METHODS = frozenset(("GET", "HEAD", "OPTIONS", "POST"))

request_seconds = Histogram(
    "golub_http_request_seconds", "Time a request took", ["method", "route", "status"], buckets=LATENCY_BUCKETS
)


def install(app: Flask) -> None:
    @app.before_request
    def _begin() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def _end(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule is not None else "none"
        method = request.method if request.method in METHODS else "other"
        elapsed = time.perf_counter() - g.get("began", time.perf_counter())
        request_seconds.labels(method, route, response.status_code).observe(elapsed)
        return response
