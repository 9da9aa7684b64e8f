"""The pages of the platform's operator."""

from flask import Blueprint

from gateway_http.platform import overview, partners, tariffs

blueprint = Blueprint("platform", __name__, url_prefix="/platform")

for room in (overview, partners, tariffs):
    room.install(blueprint)
