"""New rows of people: what a request becomes in the tables. No bus, no SQL, no clock."""

from datetime import datetime
from typing import Any

from kit.ids import uuid7
from services.accounts.answers import ACCENT_COLOUR, PRESSED_COLOUR
from services.accounts.fields import login_key


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


def one_line(text: str) -> str:
    return " ".join(text.split())
