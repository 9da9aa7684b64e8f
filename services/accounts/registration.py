"""New rows of people: what a request becomes in the tables. No bus, no SQL, no clock."""

from datetime import datetime
from typing import Any

from contracts.accounts import NewAdvertiser
from kit.ids import uuid7
from services.accounts.answers import ACCENT_COLOUR, PRESSED_COLOUR
from services.accounts.fields import compact_phone, login_key, parse_date
from services.accounts.search import index_of


def user_row(role: str, login: str, password_hash: str, zone: str, now: datetime) -> dict[str, Any]:
    """A user without partner and advertiser: the caller adds them."""
    return {
        "id": str(uuid7(now)),
        "role": role,
        "partner_id": None,
        "advertiser_id": None,
        "login": login,
        "login_key": login_key(login),
        "display_name": login,
        "zone": zone,
        "password_hash": password_hash,
        "created_at": now,
    }


def partner_row(name: str, email: str, now: datetime) -> dict[str, Any]:
    colours = {"accent_colour": ACCENT_COLOUR, "pressed_colour": PRESSED_COLOUR}
    return {"id": str(uuid7(now)), "name": one_line(name), "email": email, "created_at": now, **colours}


def advertiser_row(partner_id: str, new: NewAdvertiser, now: datetime) -> dict[str, Any]:
    phone = compact_phone(new.phone)
    text, grams = index_of(partner_id, (new.login, new.name, new.company, new.contract_number, new.email, phone))
    return {
        "id": str(uuid7(now)),
        "partner_id": partner_id,
        "name": new.name,
        "company": new.company,
        "contract_number": new.contract_number,
        "contract_date": parse_date(new.contract_date),
        "email": new.email,
        "phone": phone,
        "zone": new.zone,
        "any_sender": new.any_sender,
        "sender_moderation": new.sender_moderation,
        "test_mode": new.test_mode,
        "state": "active",
        "created_at": now,
        "search_text": text,
        "search_grams": grams,
    }


def tidied(new: NewAdvertiser) -> NewAdvertiser:
    """Pasted fields carry line ends, tabs and non-breaking spaces that nobody meant."""
    for name in ("login", "contract_number", "contract_date", "zone", "name", "company", "email", "phone"):
        setattr(new, name, one_line(getattr(new, name)))
    return new


def one_line(text: str) -> str:
    return " ".join(text.split())
