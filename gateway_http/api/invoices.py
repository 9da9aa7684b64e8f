"""The invoices of the key's advertiser, and their PDF."""

from typing import Any

from flask import Response, jsonify
from flask_smorest import Blueprint
from marshmallow import RAISE

from contracts.billing_invoices import Invoice, InvoiceQuery
from contracts.errors import NotFound
from gateway_http.access import API, caller, roles, scopes
from gateway_http.admin.invoices_file import PDF, pdf_response
from gateway_http.api import schemas_invoices as schemas
from gateway_http.api.documents import in_path
from gateway_http.api.own_packages import number_of
from gateway_http.api.views_money import invoice_document
from gateway_http.state import clients

blueprint = Blueprint("invoices", __name__, description="Invoices: issued to you, paid and cancelled")

_NUMBER = [in_path("number", "The number on the invoice", "101")]


@blueprint.route("/invoices", methods=["GET"])
@blueprint.arguments(schemas.InvoicesQuery, location="query", as_kwargs=True, unknown=RAISE)
@blueprint.response(200, schemas.InvoiceList)
@roles(API)
@scopes("money")
def list_invoices(**query: Any) -> Response:
    """Invoices, newest first"""
    below, limit = int(query["cursor"]) if "cursor" in query else None, query["limit"]
    # One more than asked for tells whether there is a next page.
    found = _own(state=query.get("state", ""), below=below, page_size=limit + 1)
    shown = [invoice_document(one) for one in found[:limit]]
    return jsonify({"invoices": shown, "next_cursor": str(shown[-1]["number"]) if len(found) > limit else None})


@blueprint.route("/invoices/<number>", methods=["GET"], parameters=_NUMBER)
@blueprint.response(200, schemas.Invoice)
@blueprint.alt_response(404, "DEFAULT_ERROR")
@roles(API)
@scopes("money")
def invoice(number: str) -> Response:
    """One invoice, by its number"""
    return jsonify(invoice_document(_find(number)))


@blueprint.route("/invoices/<number>/pdf", methods=["GET"], parameters=_NUMBER)
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type=PDF)
@blueprint.alt_response(404, "DEFAULT_ERROR")
@roles(API)
@scopes("money")
def invoice_pdf(number: str) -> Response:
    """The PDF of an invoice, with its payment code"""
    return pdf_response(_find(number))


def _own(**filters: Any) -> list[Invoice]:
    query = InvoiceQuery(partner_id=caller().partner_id, advertiser_id=caller().advertiser_id, **filters)
    return clients().billing.invoices(query).items


def _find(number: str) -> Invoice:
    """`NotFound` in the same words for what does not exist, is another's, or is no number."""
    wanted = number_of(number)
    found = _own(number=wanted) if wanted else []
    if not found:
        raise NotFound
    return found[0]
