"""For those who watch the process: is it up, is it ready, how is it doing."""

import time

from flask import Blueprint, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from gateway_http.state import gateway

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def live() -> Response:
    """The process answers; whether others do is the question of `/readyz`."""
    return jsonify({"status": "ok"})


@blueprint.get("/readyz")
def ready() -> Response:
    """200 when every service behind the gateway answers in time, else 503, with the answer of each."""
    answers = gateway().readiness.answers()
    well = all(answers.values())
    response = jsonify(
        {
            "status": "ok" if well else "unavailable",
            "services": {name: "ok" if answered else "no answer" for name, answered in answers.items()},
        }
    )
    response.status_code = 200 if well else 503
    return response


#: A scrape costs tens of milliseconds of the hub, so that nobody makes it do more than one in this time.
METRICS_KEPT_SECONDS = 1.0
_kept: tuple[float, bytes] = (0.0, b"")


@blueprint.get("/metrics")
def metrics() -> Response:
    global _kept
    if time.monotonic() > _kept[0]:
        text = generate_latest()
        _kept = (time.monotonic() + METRICS_KEPT_SECONDS, text)
    return Response(_kept[1], content_type=CONTENT_TYPE_LATEST)
