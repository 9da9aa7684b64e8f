"""Purses and items for tests of the rules."""

from typing import Any

from contracts.billing import DebitItem
from contracts.tariffs import Tier
from services.billing.debits import Debits
from services.billing.ledger import ADVERTISER, PARTNER
from services.billing.purse import Pocket, Purse

ADVERTISER_ID = "00000000-0000-7000-8000-0000000000ad"
PARTNER_ID = "00000000-0000-7000-8000-0000000000fa"


def message_id(number: int) -> str:
    return f"00000000-0000-7000-9000-{number:012x}"


def advertiser(*pockets: Pocket, **known: Any) -> Purse:
    return Purse(ADVERTISER_ID, ADVERTISER, PARTNER_ID, list(pockets), **known)


def partner(room: int = 10**12) -> Purse:
    return Purse(PARTNER_ID, PARTNER, None, [Pocket(None, room)])


def purses(*pockets: Pocket, partner_room: int = 10**12) -> dict[str, Purse]:
    return {ADVERTISER_ID: advertiser(*pockets), PARTNER_ID: partner(partner_room)}


def debits(*pockets: Pocket, partner_room: int = 10**12) -> Debits:
    return Debits(purses(*pockets, partner_room=partner_room), {}, {})


def tier(from_nth: int, price: int, *, by_delivered: bool = False, mnc: str = "99", sms_type: str = "") -> Tier:
    """A row for the operator of `item`, of all types of SMS unless said otherwise."""
    return Tier(from_nth=from_nth, price=price, by_delivered=by_delivered, mcc="250", mnc=mnc, sms_type=sms_type)


def item(number: int, **changes: Any) -> DebitItem:
    """One part for 100, bought for 60."""
    contents: dict[str, Any] = {
        "message_id": message_id(number),
        "attempt": 1,
        "advertiser_id": ADVERTISER_ID,
        "partner_id": PARTNER_ID,
        "parts": 1,
        "mcc": "250",
        "mnc": "99",
        "sms_type": "advertising",
        "sell_price": 100,
        "buy_price": 60,
        "by_delivered": False,
        "buy_by_delivered": False,
    }
    return DebitItem(**contents | changes)
