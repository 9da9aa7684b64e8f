"""Tariffs that partners buy by: the same pages as a partner's, and which of them prices a partner.

Template platform/partner_tariff.html: `partner` (contracts.accounts.Partner), `partner_balance`, and what
`tariff_assignments.assignment` gives; POST platform.partner_tariff: tariff_id, or `default`.
"""

from uuid import UUID

from flask import Blueprint, Response
from flask_babel import gettext

from contracts.tariffs import OPERATOR_OWNER
from gateway_http import pages
from gateway_http.access import OPERATOR, form_view, roles
from gateway_http.admin import tariff_assignments, tariff_routes
from gateway_http.admin.tariff_shelf import Shelf
from gateway_http.audit import audits
from gateway_http.platform.partners import known_partner, partner_context

SHELF = Shelf("platform", lambda: OPERATOR_OWNER, roles(OPERATOR))


def install(blueprint: Blueprint) -> None:
    tariff_routes.install(blueprint, SHELF)
    address = "/partners/<uuid:partner>/tariff"
    blueprint.add_url_rule(
        address, "partner_tariff", form_view(partner_tariff, partner_tariff_assign), methods=["GET", "POST"]
    )


@roles(OPERATOR)
def partner_tariff(partner: UUID) -> Response:
    context = partner_context(partner)
    return pages.page("platform/partner_tariff.html", **context, **tariff_assignments.assignment(SHELF, str(partner)))


@audits("tariff.assigned", "Assigned a tariff")
@roles(OPERATOR)
def partner_tariff_assign(partner: UUID) -> Response:
    tariff_assignments.assign(SHELF, known_partner(partner).id)
    return pages.done(gettext("The tariff is assigned."), "platform.partner_tariff", partner=partner)
