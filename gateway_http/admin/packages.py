"""«Пакеты»: the money on an advertiser's balance, what it is spent by, and what is put right in it."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request
from flask_babel import gettext

from contracts.billing_packages import Package, PackageTerms
from contracts.errors import Conflict, Malformed, NotFound
from gateway_http import audit, pages
from gateway_http.access import MANAGER, PARTNER, form_view, partner_id, roles, user
from gateway_http.admin.packages_forms import LONGEST_MARK, LONGEST_REASON, changed_terms, new_package, signed_sum
from gateway_http.admin.packages_prices import read_price_rows, sms_credited, sms_left
from gateway_http.admin.people import advertiser_context
from gateway_http.admin.tariff_directions import directions
from gateway_http.audit import audits
from gateway_http.days import first_day, last_day
from gateway_http.forms import Form
from gateway_http.state import clients
from kit.ids import uuid7
from kit.money import format_money

ADD, CHANGE, CORRECT, DELETE = "add-package", "change-package", "correct-package", "delete-package"


def install(blueprint: Blueprint) -> None:
    address = "/advertisers/<uuid:advertiser_id>/packages"
    blueprint.add_url_rule(address, "advertiser_packages", form_view(packages, package_add), methods=["GET", "POST"])
    for action, endpoint, view in (
        ("paid", "package_paid", package_paid),
        ("change", "package_change", package_change),
        ("correct", "package_correct", package_correct),
        ("delete", "package_delete", package_delete),
    ):
        blueprint.post(f"{address}/<uuid:package_id>/{action}", endpoint=endpoint)(view)


@roles(PARTNER, MANAGER, right="money")
def packages(advertiser_id: UUID) -> Response:
    return _page(advertiser_id)


@audits("package.added", "Added a package")
@roles(PARTNER, MANAGER, right="money")
def package_add(advertiser_id: UUID) -> Response:
    """Credit a package. The page gave the form its id, so sending the form twice credits once."""
    owner = clients().accounts.advertiser(partner_id(), str(advertiser_id))
    form = Form(request.form)
    prices, typed = read_price_rows(request.form, directions())
    new = new_package(form, owner.id, prices)
    if any(row["errors"] for row in typed):
        form.errors["prices"] = gettext("Please correct the marked prices")
    audit.after({"amount": format_money(new.amount), "credit": format_money(new.credit), "paid": new.paid})
    if not form.errors:
        _try(form, lambda: clients().billing.add_package(new, author=user().login))
    if form.errors:
        return _page(advertiser_id, ADD, form, price_rows=typed)
    return _done(gettext("The package was added."), advertiser_id)


@audits("package.marked_paid", "Marked a package as paid")
@roles(PARTNER, MANAGER, right="money")
def package_paid(advertiser_id: UUID, package_id: UUID) -> Response:
    package = _own(advertiser_id, package_id)
    clients().billing.mark_package_paid(partner_id(), package.id, author=user().login)
    return _done(gettext("The package is marked as paid."), advertiser_id)


@audits("package.changed", "Changed the terms of a package")
@roles(PARTNER, MANAGER, right="money")
def package_change(advertiser_id: UUID, package_id: UUID) -> Response:
    """`was` is the mark of the terms that the dialog was opened with: what another has changed since then stays."""
    package, form = _own(advertiser_id, package_id), Form(request.form)
    terms, was = changed_terms(form, package), form.text("was", longest=LONGEST_MARK)
    audit.before(_terms_told(package))
    audit.after(_terms_told(terms))
    if not form.errors:
        change = partial(clients().billing.change_package, id=form.id("id"), terms=terms, was=was)
        _try(form, lambda: change(partner_id=partner_id(), package_id=package.id, author=user().login))
    if form.errors:
        return _page(advertiser_id, CHANGE, form, package=package)
    return _done(gettext("The terms of package %(number)s were changed.", number=package.number), advertiser_id)


@audits("package.corrected", "Corrected a package")
@roles(PARTNER, MANAGER, right="money")
def package_correct(advertiser_id: UUID, package_id: UUID) -> Response:
    """Add to what was credited, or take away from it; the author and the reason stay with the entry."""
    package, form = _own(advertiser_id, package_id), Form(request.form)
    amount, reason = signed_sum(form, "amount"), form.text("reason", required=True, longest=LONGEST_REASON)
    audit.after({"amount": format_money(amount), "reason": reason})
    if not form.errors:
        correct = partial(clients().billing.correct_package, id=form.id("id"), amount=amount, reason=reason)
        _try(form, lambda: correct(partner_id=partner_id(), package_id=package.id, author=user().login))
    if form.errors:
        return _page(advertiser_id, CORRECT, form, package=package)
    return _done(gettext("Package %(number)s was corrected.", number=package.number), advertiser_id)


@audits("package.deleted", "Deleted a package")
@roles(PARTNER, MANAGER, right="money")
def package_delete(advertiser_id: UUID, package_id: UUID) -> Response:
    package, form = _own(advertiser_id, package_id), Form(request.form)
    reason = form.text("reason", required=True, longest=LONGEST_REASON)
    audit.before({"amount": format_money(package.credited)})
    audit.after({"reason": reason})
    if not form.errors:
        delete = partial(clients().billing.delete_package, id=form.id("id"), reason=reason)
        _try(form, lambda: delete(partner_id=partner_id(), package_id=package.id, author=user().login))
    if form.errors:
        return _page(advertiser_id, DELETE, form, package=package)
    return _done(gettext("Package %(number)s was deleted.", number=package.number), advertiser_id)


def _own(advertiser_id: UUID, package_id: UUID) -> Package:
    owner = clients().accounts.advertiser(partner_id(), str(advertiser_id))
    found = [one for one in clients().billing.packages(partner_id(), owner.id) if one.id == str(package_id)]
    if not found:
        raise NotFound
    audit.subject("package", found[0].id, f"№ {found[0].number}")
    return found[0]


def _terms_told(terms: PackageTerms | Package) -> dict[str, Any]:
    """What may be changed of a package, for the journal."""
    told = {name: getattr(terms, name) for name in PackageTerms.__slots__}  # type: ignore[attr-defined]
    return told | {"credit": format_money(terms.credit)}


def _try(form: Form, action: Callable[[], object]) -> None:
    """Do it, or put what was refused at the fields.

    A form that could not be read keeps its id, for nothing was done under it. A `Conflict` is kept as the answer of
    the id, so what is corrected after one is another request.
    """
    try:
        action()
    except Conflict as error:
        form.values.pop("id", None)
        form.take(error)
    except Malformed as error:
        form.take(error)


def _done(text: str, advertiser_id: UUID) -> Response:
    return pages.done(text, "admin.advertiser_packages", advertiser_id=advertiser_id)


def _page(
    advertiser_id: UUID,
    dialog: str = "",
    form: Form | None = None,
    *,
    package: Package | None = None,
    price_rows: list[dict[str, Any]] | None = None,
) -> Response:
    """`dialog`: the one that a refused form opens again, about `package`."""
    context = advertiser_context(advertiser_id)
    zone = user().zone
    return pages.page(
        "advertisers/packages.html",
        422 if dialog else 200,
        packages=clients().billing.packages(partner_id(), str(advertiser_id)),
        dialog=dialog,
        form=form.values if form else {},
        errors=form.errors if form else {},
        about=package,
        price_rows=price_rows or [],
        directions=directions(),
        new_id=lambda: str(uuid7()),
        first_day=lambda moment: first_day(moment, zone),
        last_day=lambda moment: last_day(moment, zone),
        typed_money=lambda minor: format_money(minor).replace(".", ","),
        sms_credited=sms_credited,
        sms_left=sms_left,
        **context,
    )
