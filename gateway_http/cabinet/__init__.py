"""The cabinet of an advertiser."""

from flask import Blueprint

from gateway_http.cabinet import (
    contract,
    finances,
    finances_invoices,
    finances_level,
    incoming,
    keys,
    message,
    messages,
    oferta,
    payments,
    senders,
    smpp,
    stop_list,
    waiting,
)

blueprint = Blueprint("cabinet", __name__, url_prefix="/cabinet")

for room in (
    messages,
    message,
    waiting,
    incoming,
    stop_list,
    senders,
    keys,
    smpp,
    finances,
    finances_invoices,
    finances_level,
    payments,
    contract,
    oferta,
):
    room.install(blueprint)
