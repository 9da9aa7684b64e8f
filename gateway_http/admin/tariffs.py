"""«Тарифы по умолчанию»: what the partner's advertisers pay, and who pays by which.

Template advertisers/tariffs.html: as detail.html, and what `tariff_assignments.assignment` gives; POST
admin.advertiser_tariffs: tariff_id, or `default`.
"""

from uuid import UUID

from flask import Blueprint, Response
from flask_babel import gettext

from gateway_http import pages
from gateway_http.access import MANAGER, PARTNER, form_view, partner_id, roles
from gateway_http.admin import tariff_assignments, tariff_routes
from gateway_http.admin.people import advertiser_context
from gateway_http.admin.tariff_shelf import Shelf
from gateway_http.audit import audits
from gateway_http.state import clients

SHELF = Shelf("admin", partner_id, roles(PARTNER, MANAGER, right="tariffs"))


def install(blueprint: Blueprint) -> None:
    tariff_routes.install(blueprint, SHELF)
    address = "/advertisers/<uuid:advertiser_id>/tariffs"
    blueprint.add_url_rule(
        address, "advertiser_tariffs", form_view(advertiser_tariffs, advertiser_tariff_assign), methods=["GET", "POST"]
    )


@roles(PARTNER, MANAGER, right="tariffs")
def advertiser_tariffs(advertiser_id: UUID) -> Response:
    context = advertiser_context(advertiser_id)
    return pages.page("advertisers/tariffs.html", **context, **tariff_assignments.assignment(SHELF, str(advertiser_id)))


@audits("tariff.assigned", "Assigned a tariff")
@roles(PARTNER, MANAGER, right="tariffs")
def advertiser_tariff_assign(advertiser_id: UUID) -> Response:
    owner = clients().accounts.advertiser(partner_id(), str(advertiser_id))
    tariff_assignments.assign(SHELF, owner.id)
    return pages.done(gettext("The tariff is assigned."), "admin.advertiser_tariffs", advertiser_id=advertiser_id)
