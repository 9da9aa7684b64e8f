"""The cabinet of an advertiser."""

from flask import Blueprint

from gateway_http.cabinet import finances, finances_invoices, finances_level, keys, messages, oferta, payments, senders

blueprint = Blueprint("cabinet", __name__, url_prefix="/cabinet")

for room in (messages, senders, keys, finances, finances_invoices, finances_level, payments, oferta):
    room.install(blueprint)
