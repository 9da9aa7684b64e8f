"""«Пакеты»: the money on an advertiser's balance."""

from uuid import UUID

from flask import Blueprint, Response, request
from flask_babel import gettext

from contracts.billing_packages import NewPackage
from contracts.errors import Conflict, Malformed, NotFound
from gateway_http import pages
from gateway_http.access import MANAGER, PARTNER, form_view, partner_id, roles, user
from gateway_http.admin.people import advertiser_context
from gateway_http.forms import Form
from gateway_http.state import clients
from kit.ids import uuid7


def install(blueprint: Blueprint) -> None:
    address = "/advertisers/<uuid:advertiser_id>/packages"
    blueprint.add_url_rule(address, "advertiser_packages", form_view(packages, package_add), methods=["GET", "POST"])
    blueprint.post(f"{address}/<uuid:package_id>/paid", endpoint="package_paid")(package_paid)


@roles(PARTNER, MANAGER)
def packages(advertiser_id: UUID) -> Response:
    return _page(advertiser_id, {}, {})


@roles(PARTNER, MANAGER)
def package_add(advertiser_id: UUID) -> Response:
    """Credit a package. The page gave the form its id, so sending the form twice credits once."""
    owner = clients().accounts.advertiser(partner_id(), str(advertiser_id))
    form = Form(request.form)
    new = _new_package(form, owner.id)
    if new.starts_at and new.ends_at and new.starts_at >= new.ends_at:
        form.errors["ends_at"] = gettext("The end date is before the start date")
    if form.errors:
        return _page(advertiser_id, form.values, form.errors)
    try:
        clients().billing.add_package(new, author=user().login)
    except (Conflict, Malformed) as error:
        form.take(error)
        return _page(advertiser_id, form.values, form.errors)
    return pages.done(gettext("The package was added."), "admin.advertiser_packages", advertiser_id=advertiser_id)


def _new_package(form: Form, owner: str) -> NewPackage:
    amount = form.money("amount", required=True)
    return NewPackage(
        id=form.id("id"),
        advertiser_id=owner,
        partner_id=partner_id(),
        amount=amount,
        credit=form.money("credit"),
        postpaid=amount == 0,
        paid=form.checked("paid"),
        payment_kind=form.text("payment_kind", longest=50),
        payment_info=form.text("payment_info"),
        starts_at=form.day("starts_at", user().zone),
        ends_at=form.day("ends_at", user().zone, last=True),
        planned_payment_at=form.day("planned_payment_at", user().zone),
    )


@roles(PARTNER, MANAGER)
def package_paid(advertiser_id: UUID, package_id: UUID) -> Response:
    known = clients().billing.packages(partner_id(), str(advertiser_id))
    if str(package_id) not in {one.id for one in known}:
        raise NotFound
    clients().billing.mark_package_paid(partner_id(), str(package_id), author=user().login)
    return pages.done(
        gettext("The package is marked as paid."), "admin.advertiser_packages", advertiser_id=advertiser_id
    )


def _page(advertiser_id: UUID, values: dict[str, str], errors: dict[str, str]) -> Response:
    context = advertiser_context(advertiser_id)
    return pages.page(
        "advertisers/packages.html",
        422 if errors else 200,
        packages=clients().billing.packages(partner_id(), str(advertiser_id)),
        form=values,
        errors=errors,
        # A refused form keeps its id: nothing was credited under it.
        new_package_id=values.get("id") or str(uuid7()),
        **context,
    )
