"""A partner's balance with the operator.

Template platform/partner_credit.html: `partner` (contracts.accounts.Partner), `partner_balance`, `form` {amount, credit},
`errors`, `new_id`; POST platform.partner_credit: id, amount, credit.
"""

from uuid import UUID

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext

from contracts.accounts import Partner
from contracts.errors import Conflict, Malformed, NotFound
from gateway_http import pages
from gateway_http.access import OPERATOR, form_view, roles, user
from gateway_http.forms import Form
from gateway_http.state import clients
from kit.ids import uuid7


def install(blueprint: Blueprint) -> None:
    address = "/partners/<uuid:partner>/credit"
    blueprint.add_url_rule(
        address, "partner_credit", form_view(partner_credit, partner_credit_add), methods=["GET", "POST"]
    )


@roles(OPERATOR)
def partner_credit(partner: UUID) -> Response:
    return _page(partner, {}, {})


@roles(OPERATOR)
def partner_credit_add(partner: UUID) -> Response:
    """Add money and set the credit line. The page gave the form its id, so sending it twice credits once."""
    form = Form(request.form)
    amount, credit = form.money("amount", required=True), form.money("credit")
    if not form.errors:
        try:
            clients().billing.credit_partner(
                id=form.id("id"), partner_id=_known(partner).id, amount=amount, credit=credit, author=user().login
            )
        except (Conflict, Malformed) as error:
            form.take(error)
    if form.errors:
        return _page(partner, form.values, form.errors)
    flash(gettext("The partner's balance is topped up."), "success")
    return pages.see_other(url_for("platform.overview"))


def _known(partner: UUID) -> Partner:
    found = next((one for one in clients().accounts.list_partners() if one.id == str(partner)), None)
    if found is None:
        raise NotFound
    return found


def _page(partner: UUID, values: dict[str, str], errors: dict[str, str]) -> Response:
    known = _known(partner)
    return pages.page(
        "platform/partner_credit.html",
        422 if errors else 200,
        partner=known,
        partner_balance=clients().billing.balances([known.id])[0],
        form=values,
        errors=errors,
        new_id=values.get("id") or str(uuid7()),
    )
