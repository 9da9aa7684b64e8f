"""The partner's word on whether an advertiser has a contract, which may be asked for before a payment."""

from uuid import UUID

from flask import Blueprint, Response, request
from flask_babel import gettext

from gateway_http import audit, pages
from gateway_http.access import MANAGER, PARTNER, partner_id, roles, user
from gateway_http.forms import Form
from gateway_http.state import clients


def install(blueprint: Blueprint) -> None:
    blueprint.post("/advertisers/<uuid:advertiser_id>/contract", endpoint="contract_mark")(contract_mark)


@audit.audits("contract.marked", "Marked whether a contract is signed")
@roles(PARTNER, MANAGER, right="clients")
def contract_mark(advertiser_id: UUID) -> Response:
    """`NotFound` for the advertiser of another partner."""
    signed, accounts = Form(request.form).checked("signed"), clients().accounts
    found = accounts.advertiser(partner_id(), str(advertiser_id))
    before = accounts.contract_standing(partner_id(), found.id)
    audit.subject("advertiser", found.id, found.login)
    audit.before({"signed": before.signed})
    accounts.mark_contract(partner_id(), found.id, signed=signed, author=user().login)
    audit.after({"signed": signed})
    told = gettext("The contract is marked as signed.") if signed else gettext("The contract is marked as not signed.")
    return pages.done(told, "admin.advertiser", advertiser_id=found.id)
