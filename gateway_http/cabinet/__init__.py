"""The cabinet of an advertiser."""

from flask import Blueprint

from gateway_http.cabinet import keys, messages, senders

blueprint = Blueprint("cabinet", __name__, url_prefix="/cabinet")

for room in (messages, senders, keys):
    room.install(blueprint)
