"""The panel of a partner and its managers."""

from flask import Blueprint

from gateway_http.admin import advertisers, packages, senders, statistics, tariffs

blueprint = Blueprint("admin", __name__, url_prefix="/admin")

for room in (advertisers, packages, senders, statistics, tariffs):
    room.install(blueprint)
