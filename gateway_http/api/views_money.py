"""How an advertiser's money looks to its programs: decimal strings, and nothing that is the partner's own business."""

from typing import Any

from contracts.billing import Balance
from kit.money import format_money


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
