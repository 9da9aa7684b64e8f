"""How long each route takes. The label is the route's pattern, never the path, so that ids make no series."""

import time
from functools import lru_cache

from flask import Flask, Response, g, request
from prometheus_client import Histogram

from kit.metrics import LATENCY_BUCKETS

#: When a request was begun, in its WSGI environment, where that was before Flask saw it.
BEGAN = "golub.began"
METHODS = frozenset(("GET", "HEAD", "OPTIONS", "POST"))

request_seconds = Histogram(
    "golub_http_request_seconds", "Time a request took", ["method", "route", "status"], buckets=LATENCY_BUCKETS
)


def install(app: Flask) -> None:
    @app.before_request
    def _begin() -> None:
        g.began = request.environ.get(BEGAN) or time.perf_counter()

    @app.after_request
    def _end(response: Response) -> Response:
        count(method(), route(), response.status_code, elapsed_seconds())
        return response


def count(method: str, route: str, status: int, seconds: float) -> None:
    """A request was answered."""
    _series(method, route, status).observe(seconds)


@lru_cache(maxsize=1024)
def _series(method: str, route: str, status: int) -> Histogram:
    """Prometheus' own search for it takes longer than counting."""
    return request_seconds.labels(method, route, status)


def method() -> str:
    return request.method if request.method in METHODS else "other"


def route() -> str:
    """The pattern that the address matched, such as `/api/v1/messages/<message_id>`; `none` where it matched none."""
    return request.url_rule.rule if request.url_rule is not None else "none"


def elapsed_seconds() -> float:
    """Since the request was begun."""
    now = time.perf_counter()
    began: float = g.get("began", now)
    return now - began
