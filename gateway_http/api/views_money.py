"""How an advertiser's money looks to its programs: decimal strings, and nothing that is the partner's own business."""

from collections.abc import Mapping
from typing import Any

from contracts.billing import Balance
from contracts.billing_invoices import Invoice
from contracts.billing_packages import LedgerEntry, Package
from contracts.tariffs import TariffRow
from contracts.wire import to_wire
from kit.money import CURRENCY, format_money


def balance_document(balance: Balance) -> dict[str, Any]:
    """Nothing limits a post-paid account: what is left of its packages says nothing of what it may spend."""
    return {
        "available": None if balance.postpaid else format_money(balance.available),
        "held": format_money(balance.held),
        "spent": format_money(balance.spent),
        "credited": format_money(balance.credited),
        "credit": format_money(balance.credit),
        "postpaid": balance.postpaid,
        "unpaid_packages": balance.unpaid_packages,
        "level": level_document(balance),
        "currency": balance.currency,
    }


def level_document(balance: Balance) -> dict[str, Any]:
    return {
        "sum": format_money(balance.level) if balance.level else None,
        "percent": balance.level_percent or None,
    }


def package_document(package: Package) -> dict[str, Any]:
    return {
        "id": package.id,
        "number": package.number,
        "amount": format_money(package.credited),
        "credit": format_money(package.credit),
        "spent": format_money(package.spent),
        "held": format_money(package.held),
        "rest": None if package.postpaid else format_money(package.remaining),
        "expired": format_money(package.expired),
        "postpaid": package.postpaid,
        "paid": package.paid,
        "paid_at": package.paid_at,
        "planned_payment_at": package.planned_payment_at,
        "starts_at": package.starts_at,
        "ends_at": package.ends_at,
        "individual_prices": len(package.prices),
        "currency": CURRENCY,
    }


def price_document(row: TariffRow, names: Mapping[str, str]) -> dict[str, Any]:
    """`names`: «250-99» → the name of the direction, as `Directions` has them."""
    return {
        "mcc": row.mcc,
        "mnc": row.mnc or None,
        "direction": names.get(f"{row.mcc}-{row.mnc}", ""),
        "type": row.sms_type or None,
        "from_nth": row.from_nth,
        "price": format_money(row.price),
        "by_delivered": row.by_delivered,
    }


def movement_document(entry: LedgerEntry) -> dict[str, Any]:
    """Who made it and the reason given are the partner's own notes."""
    return {
        "id": entry.id,
        "kind": entry.kind,
        "amount": format_money(entry.amount),
        "change": format_money(entry.change),
        "package_number": entry.package_number,
        "package_id": entry.package_id,
        "message_id": entry.message_id,
        "created_at": entry.created_at,
    }


def invoice_document(invoice: Invoice) -> dict[str, Any]:
    """What the invoice and the cabinet's list of invoices say, no more."""
    return {
        "number": invoice.number,
        "state": invoice.state,
        "amount": format_money(invoice.amount),
        "vat_percent": invoice.vat_percent,
        "vat_amount": format_money(invoice.vat_amount),
        "subject": invoice.subject,
        "buyer": to_wire(invoice.buyer),
        "issued_at": invoice.issued_at,
        "paid_at": invoice.paid_at,
        "cancelled_at": invoice.cancelled_at,
        "reason": invoice.reason or None,
        "package_id": invoice.package_id,
        "currency": CURRENCY,
    }
