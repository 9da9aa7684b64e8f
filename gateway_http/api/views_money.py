"""How an advertiser's money looks to its programs: decimal strings, and nothing that is the partner's own business."""

from collections.abc import Mapping
from typing import Any

from contracts.billing import Balance
from contracts.billing_packages import Package
from contracts.tariffs import TariffRow
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
