"""The pages of the platform's operator."""

from flask import Blueprint

from gateway_http.platform import (
    incoming,
    journal,
    keys,
    link_editing,
    links,
    numbering,
    overview,
    partner_domains,
    partner_registration,
    partner_sign_in,
    partners,
    route_costs,
    route_editing,
    route_try,
    routes,
    tariffs,
)

blueprint = Blueprint("platform", __name__, url_prefix="/platform")

for room in (
    overview,
    partners,
    partner_sign_in,
    partner_registration,
    partner_domains,
    tariffs,
    incoming,
    numbering,
    links,
    link_editing,
    routes,
    route_editing,
    route_costs,
    route_try,
    keys,
    journal,
):
    room.install(blueprint)
