"""A partner's own sign-in at the operator: the second step reset for a partner who lost phone and recovery codes."""

from uuid import UUID

from flask import Blueprint, Response
from flask_babel import gettext

from gateway_http import audit, pages
from gateway_http.access import OPERATOR, form_view, roles
from gateway_http.audit import audits
from gateway_http.platform.partners import known_partner, partner_context
from gateway_http.state import clients


def install(blueprint: Blueprint) -> None:
    view = form_view(partner_sign_in, partner_factor_reset)
    blueprint.add_url_rule("/partners/<uuid:partner>/sign-in", "partner_sign_in", view, methods=["GET", "POST"])


@roles(OPERATOR)
def partner_sign_in(partner: UUID) -> Response:
    context = partner_context(partner)
    required = clients().accounts.factor_required(str(partner))
    return pages.page("platform/partner_sign_in.html", required=required, **context)


@audits("partner.second_step_reset", "Reset the second step of a partner")
@roles(OPERATOR)
def partner_factor_reset(partner: UUID) -> Response:
    known = known_partner(partner)
    audit.subject("partner", known.id, known.name)
    had = clients().accounts.reset_partner_factor(known.id)
    said = gettext("The second step is off, and the partner is signed out.")
    none = gettext("The partner had no second step; it is signed out.")
    return pages.done(said if had else none, "platform.partner_sign_in", partner=partner)
