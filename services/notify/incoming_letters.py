"""The letter that brings messages of people to an advertiser. No bus, no SQL, no clock."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from contracts.accounts import Advertiser
from contracts.smpp_incoming import IncomingItem
from kit.clock import from_rfc3339
from kit.ids import uuid7

KIND = "incoming"
#: More than these are in the cabinet, where the letter sends its reader.
MOST_SHOWN = 100


def incoming_row(
    items: Sequence[IncomingItem], email: str, partner_id: str, owner: Advertiser | None, now: datetime
) -> dict[str, Any]:
    """The row of the letter with these messages of one advertiser, oldest first."""
    brand = owner.brand if owner else ""
    return {
        "id": str(uuid7(now)),
        "partner_id": partner_id,
        "advertiser_id": items[0].advertiser_id,
        "kind": KIND,
        "sender_name": brand,
        "recipient": email,
        "subject": subject_of(items),
        "body": body_of(items, brand),
        "state": "waiting",
        "error": "",
        "attempts": 0,
        "created_at": now,
        "due_at": now,
        "urgent": True,
    }


def subject_of(items: Sequence[IncomingItem]) -> str:
    """«Входящее SMS от +79031234567», or how many there are."""
    if len(items) == 1:
        return f"Входящее SMS от {_phone(items[0].sender)}"
    return f"Входящие SMS: {len(items)}"


def body_of(items: Sequence[IncomingItem], brand: str) -> str:
    blocks = [
        f"{from_rfc3339(one.received_at):%d.%m.%Y %H:%M} UTC\nОт: {_phone(one.sender)}\nНа номер: {_phone(one.number)}\n{one.text}"
        for one in items[:MOST_SHOWN]
    ]
    if len(items) > MOST_SHOWN:
        blocks.append(f"И ещё {len(items) - MOST_SHOWN}: они в кабинете, в разделе «Входящие SMS».")
    return "\n\n".join([*blocks, brand] if brand else blocks) + "\n"


def _phone(digits: str) -> str:
    return f"+{digits}" if len(digits) > 8 and digits.isdigit() else digits
