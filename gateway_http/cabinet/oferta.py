"""«Оферта» of the partner: read it and accept it; what is stored is who did, when, and from which address."""

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext

from contracts.errors import Conflict
from gateway_http import pages
from gateway_http.access import ADVERTISER, form_view, partner_id, roles, user
from gateway_http.audit import audits
from gateway_http.cabinet.whose import advertiser_id
from gateway_http.forms import Form
from gateway_http.state import clients


def install(blueprint: Blueprint) -> None:
    blueprint.add_url_rule("/oferta", "oferta", form_view(oferta, oferta_accept), methods=["GET", "POST"])


@roles(ADVERTISER, acting=True)
def oferta() -> Response:
    return _page({}, request.args.get("next", ""))


@audits("oferta.accepted", "Accepted an oferta")
@roles(ADVERTISER)
def oferta_accept() -> Response:
    """Accept the version that was read: if a newer one came meanwhile, that one has to be read."""
    form = Form(request.form)
    version = form.whole("version", 1, 10**9)
    if not form.checked("agreed"):
        form.errors["agreed"] = gettext("Tick this to accept the oferta")
    if not form.errors:
        address = request.remote_addr or ""
        try:
            clients().accounts.accept_offer(
                partner_id(), advertiser_id(), version=version, login=user().login, address=address
            )
        except Conflict:
            form.errors["form"] = gettext("A newer version was published: please read it and accept it.")
        else:
            return pages.see_other(_next(form.text("next")))
    return _page(form.errors, form.text("next"))


def _next(address: str) -> str:
    return address if pages.is_own_path(address) else url_for("cabinet.finances")


def _page(errors: dict[str, str], next_address: str) -> Response:
    offer = clients().accounts.offer_for(partner_id(), advertiser_id())
    return pages.page(
        "cabinet/oferta.html", 422 if errors else 200, offer=offer, errors=errors, next_address=_next(next_address)
    )
