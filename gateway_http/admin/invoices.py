"""«Выписанные счета»: the list with its sums, one invoice, its PDF, marking it paid, cancelling it."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request
from flask_babel import gettext

from contracts.billing_invoices import INVOICE_STATES, Invoice, InvoiceQuery
from contracts.errors import Conflict, Malformed
from gateway_http import pages
from gateway_http.access import MANAGER, PARTNER, partner_id, roles, user
from gateway_http.admin.invoices_file import XLSX, pdf_response
from gateway_http.admin.invoices_xlsx import all_of, workbook
from gateway_http.admin.people import own_advertisers
from gateway_http.audit import audits
from gateway_http.downloads import attachment
from gateway_http.forms import Form, parse_id
from gateway_http.state import clients

PAGE_SIZES = (20, 50, 100)
MOST_PAGES = 10_000
#: As many as one page of accounts holds; others are found by the search.
MOST_OPTIONS = 200


def install(blueprint: Blueprint) -> None:
    blueprint.get("/invoices", endpoint="invoices")(invoices)
    blueprint.get("/invoices.xlsx", endpoint="invoices_xlsx")(invoices_xlsx)
    blueprint.get("/invoices/<uuid:invoice_id>", endpoint="invoice")(invoice)
    blueprint.get("/invoices/<uuid:invoice_id>/pdf", endpoint="invoice_pdf")(invoice_pdf)
    blueprint.post("/invoices/<uuid:invoice_id>/paid", endpoint="invoice_paid")(invoice_paid)
    blueprint.post("/invoices/<uuid:invoice_id>/cancel", endpoint="invoice_cancel")(invoice_cancel)


@roles(PARTNER, MANAGER, right="money")
def invoices() -> Response:
    filters = _filters()
    found = clients().billing.invoices(_query(filters))
    return pages.page(
        "invoices/list.html",
        found=found,
        filters=filters,
        has_requisites=bool(found.total) or clients().billing.seller(partner_id()) is not None,
        advertiser_options=_options(filters["advertiser_id"]),
        names=_names([one.advertiser_id for one in found.items]),
    )


@roles(PARTNER, MANAGER, right="money")
def invoices_xlsx() -> Response:
    found = all_of(_query(_filters()))
    names = _names([one.advertiser_id for one in found])
    return attachment(workbook(found, names, user().zone), XLSX, "invoices.xlsx")


@roles(PARTNER, MANAGER, right="money")
def invoice(invoice_id: UUID) -> Response:
    return _page(_own(invoice_id), {}, {})


@roles(PARTNER, MANAGER, right="money")
def invoice_pdf(invoice_id: UUID) -> Response:
    return pdf_response(_own(invoice_id))


@audits("invoice.marked_paid", "Marked an invoice as paid")
@roles(PARTNER, MANAGER, right="money")
def invoice_paid(invoice_id: UUID) -> Response:
    """Credit its package. Billing does it once: sending the form twice changes nothing."""
    found = _own(invoice_id)
    form = Form(request.form)
    payment_info = form.text("payment_info")
    if not form.errors:
        try:
            arguments = {"author": user().login, "payment_info": payment_info}
            done = clients().billing.mark_invoice_paid(partner_id(), found.id, **arguments)
        except (Conflict, Malformed) as error:
            form.take(error)
        else:
            told = gettext("Invoice No. %(number)s is paid, the money is on the balance.", number=done.number)
            return pages.done(told, "admin.invoice", invoice_id=found.id)
    return _page(found, form.values, form.errors, "paid")


@audits("invoice.cancelled", "Cancelled an invoice")
@roles(PARTNER, MANAGER, right="money")
def invoice_cancel(invoice_id: UUID) -> Response:
    found = _own(invoice_id)
    form = Form(request.form)
    reason = form.text("reason", required=True)
    if not form.errors:
        try:
            clients().billing.cancel_invoice(partner_id(), found.id, author=user().login, reason=reason)
        except (Conflict, Malformed) as error:
            form.take(error)
        else:
            told = gettext("Invoice No. %(number)s is cancelled.", number=found.number)
            return pages.done(told, "admin.invoice", invoice_id=found.id)
    return _page(found, form.values, form.errors, "cancel")


def _own(invoice_id: UUID) -> Invoice:
    """`NotFound` for another partner's."""
    return clients().billing.invoice(partner_id(), str(invoice_id))


def _page(found: Invoice, values: dict[str, str], errors: dict[str, str], dialog: str = "") -> Response:
    """`dialog`: paid or cancel, the one that the errors belong to."""
    owner = own_advertisers([found.advertiser_id]).get(found.advertiser_id)
    return pages.page(
        "invoices/detail.html",
        422 if errors else 200,
        invoice=found,
        advertiser=owner,
        form=values,
        errors=errors,
        dialog=dialog,
    )


def _query(filters: dict[str, Any]) -> InvoiceQuery:
    return InvoiceQuery(
        partner_id=partner_id(),
        advertiser_id=filters["advertiser_id"] or None,
        state=filters["state"],
        search=filters["q"],
        page=filters["page"],
        page_size=filters["page_size"],
    )


def _filters() -> dict[str, Any]:
    """The list's state from the address; what can't be read there is as if it were not given."""
    page_size = request.args.get("page_size", PAGE_SIZES[1], int)
    state = request.args.get("state", "")
    return {
        "q": request.args.get("q", "").replace("\0", "").strip()[:100],
        "state": state if state in INVOICE_STATES else "",
        "advertiser_id": parse_id(request.args.get("advertiser_id", "")),
        "page": min(max(request.args.get("page", 1, int), 1), MOST_PAGES),
        "page_size": page_size if page_size in PAGE_SIZES else PAGE_SIZES[1],
    }


def _options(chosen: str) -> list[tuple[str, str]]:
    """(id, name) of advertisers to choose from; the chosen one is among them, whatever their number."""
    known = clients().accounts.list_advertisers(partner_id(), page=1, page_size=MOST_OPTIONS).items
    options = [(one.id, one.company or one.name or one.login) for one in known]
    if chosen and chosen not in dict(options):
        options += _names([chosen]).items()
    return options


def _names(ids: list[str]) -> dict[str, str]:
    return {key: one.company or one.name or one.login for key, one in own_advertisers(ids).items()}
