"""The pages of the platform's operator."""

from flask import Blueprint

from gateway_http.platform import overview, partners

blueprint = Blueprint("platform", __name__, url_prefix="/platform")

for room in (overview, partners):
    room.install(blueprint)
