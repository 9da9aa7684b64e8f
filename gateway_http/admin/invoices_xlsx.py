"""«Выписанные счета» as a workbook: what the filter of the list shows."""

from collections.abc import Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

from eventlet import tpool
from flask_babel import gettext

from contracts.billing_invoices import Invoice, InvoiceQuery
from gateway_http.i18n import N_
from gateway_http.spreadsheets import Cell, Sheet, write_xlsx
from gateway_http.state import clients
from gateway_http.states import INVOICE_STATES
from kit.clock import from_rfc3339
from kit.money import to_decimal

ROWS_PER_CALL = 200
#: More than this is no list any more: a filter by state or advertiser makes it one.
MOST_ROWS = 10_000

HEADS = (
    N_("No."),
    N_("Issued"),
    N_("Advertiser"),
    N_("Buyer"),
    N_("INN"),
    N_("Sum"),
    N_("VAT"),
    N_("State"),
    N_("Paid at"),
    N_("Payment information"),
    N_("Cancelled at"),
    N_("Reason"),
)


def workbook(invoices: list[Invoice], names: Mapping[str, str], zone: str) -> bytes:
    """A line for each; `names`: what advertisers are called, by id; times in `zone`."""
    rows = [_row(one, names, ZoneInfo(zone)) for one in invoices]
    sheet = Sheet(gettext("Issued invoices"), [gettext(head) for head in HEADS], rows)
    content: bytes = tpool.execute(write_xlsx, sheet)
    return content


def all_of(query: InvoiceQuery) -> list[Invoice]:
    """At most `MOST_ROWS` invoices of the filter, newest first."""
    found: list[Invoice] = []
    for page in range(1, MOST_ROWS // ROWS_PER_CALL + 1):
        answer = clients().billing.invoices(replace(query, page=page, page_size=ROWS_PER_CALL))
        found += answer.items
        if len(found) >= answer.total or not answer.items:
            break
    return found


def _row(invoice: Invoice, names: Mapping[str, str], zone: ZoneInfo) -> list[Cell]:
    return [
        invoice.number,
        _local(invoice.issued_at, zone),
        names.get(invoice.advertiser_id, ""),
        invoice.buyer.name,
        invoice.buyer.inn,
        to_decimal(invoice.amount),
        to_decimal(invoice.vat_amount),
        gettext(INVOICE_STATES[invoice.state].label),
        _local(invoice.paid_at, zone),
        invoice.payment_info,
        _local(invoice.cancelled_at, zone),
        invoice.reason,
    ]


def _local(moment: str | None, zone: ZoneInfo) -> str:
    return "" if moment is None else f"{from_rfc3339(moment).astimezone(zone):%d.%m.%Y %H:%M}"
