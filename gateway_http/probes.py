"""For those who watch the process: is it up, is it ready, how is it doing."""

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


@blueprint.get("/metrics")
def metrics() -> Response:
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)
