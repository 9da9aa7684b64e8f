"""Invoices as files: the PDF of one and the table of many. Both are made in a native thread, away from the hub."""

from zoneinfo import ZoneInfo

from eventlet import tpool
from flask import Response

from contracts.billing_invoices import Invoice
from gateway_http.access import partner_id, tenant
from gateway_http.brand import logo_of
from gateway_http.documents.invoice_pdf import MOSCOW, invoice_pdf
from gateway_http.downloads import attachment
from gateway_http.state import clients

PDF = "application/pdf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def pdf_response(invoice: Invoice) -> Response:
    """The PDF of an invoice that the caller has found to be the reader's own."""
    images, owner = clients().billing.invoice_images(partner_id(), invoice.id), tenant()
    # The day of a document is the seller's, whoever reads it.
    zone = ZoneInfo(owner.zone) if owner.zone else MOSCOW
    looks = (owner.brand, owner.accent_colour)
    content = tpool.execute(invoice_pdf, invoice, images, *looks, logo=logo_of(owner), zone=zone)
    return attachment(content, PDF, f"invoice-{invoice.number}.pdf")
