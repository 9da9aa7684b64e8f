"""Invoices in the cabinet: issuing one for oneself, and its PDF."""

from dataclasses import replace
from uuid import UUID

from flask import Blueprint, Response, request
from flask_babel import gettext

from contracts.errors import Conflict, Malformed, NotFound
from gateway_http import pages
from gateway_http.access import ADVERTISER, form_view, partner_id, roles, user
from gateway_http.admin.invoices_file import pdf_response
from gateway_http.admin.invoices_issue import buyer_values, new_invoice, subject_of
from gateway_http.audit import audits
from gateway_http.cabinet.payments_guard import to_terms
from gateway_http.cabinet.whose import advertiser_id
from gateway_http.forms import Form
from gateway_http.state import clients
from kit.ids import uuid7


def install(blueprint: Blueprint) -> None:
    view = form_view(invoice_new, invoice_add)
    blueprint.add_url_rule("/finances/invoices/new", "invoice_new", view, methods=["GET", "POST"])
    blueprint.get("/finances/invoices/<uuid:invoice_id>/pdf", endpoint="invoice_pdf")(invoice_pdf)


@roles(ADVERTISER)
def invoice_new() -> Response:
    owner = clients().accounts.advertiser(partner_id(), advertiser_id())
    return to_terms("cabinet.invoice_new") or _page(buyer_values(owner), {})


@audits("invoice.issued", "Issued an invoice")
@roles(ADVERTISER)
def invoice_add() -> Response:
    """The page gave the form its id, so sending it twice issues one invoice. What it is for is not the payer's to say."""
    blocked = to_terms("cabinet.invoice_new")
    if blocked is not None:
        return blocked
    form = Form(request.form)
    owner = clients().accounts.advertiser(partner_id(), advertiser_id())
    new = new_invoice(form, owner, subject_of(owner))
    if not form.errors:
        try:
            issued = clients().billing.issue_invoice(replace(new, by_advertiser=True), author=user().login)
        except (Conflict, Malformed) as error:
            form.values.pop("id", None)
            form.take(error)
        else:
            told = gettext("Invoice No. %(number)s was issued: download it below.", number=issued.number)
            return pages.done(told, "cabinet.finances", _anchor="invoices")
    return _page(form.values, form.errors)


@roles(ADVERTISER, acting=True)
def invoice_pdf(invoice_id: UUID) -> Response:
    """`NotFound` for the invoice of another advertiser, of this partner too."""
    found = clients().billing.invoice(partner_id(), str(invoice_id))
    if found.advertiser_id != advertiser_id():
        raise NotFound
    return pdf_response(found)


def _page(values: dict[str, str], errors: dict[str, str]) -> Response:
    return pages.page(
        "cabinet/finances_invoice.html",
        422 if errors else 200,
        can_issue=clients().billing.seller(partner_id()) is not None,
        form=values,
        errors=errors,
        new_id=values.get("id") or str(uuid7()),
    )
