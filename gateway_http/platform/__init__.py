"""The pages of the platform's operator."""

from flask import Blueprint

from gateway_http.platform import incoming, overview, partners, tariffs

blueprint = Blueprint("platform", __name__, url_prefix="/platform")

for room in (overview, partners, tariffs, incoming):
    room.install(blueprint)
