"""The rules of an advertiser: what a request becomes in the tables, and what is wrong with it. No bus, no SQL, no clock."""

from datetime import datetime
from typing import Any

from contracts.accounts_advertisers import NewAdvertiser
from kit.ids import uuid7
from services.accounts import fields
from services.accounts.problems import Problems
from services.accounts.registration import one_line
from services.accounts.search import index_of


def advertiser_row(partner_id: str, new: NewAdvertiser, now: datetime) -> dict[str, Any]:
    phone = fields.compact_phone(new.phone)
    text, grams = index_of(partner_id, (new.login, new.name, new.company, new.contract_number, new.email, phone))
    return {
        "id": str(uuid7(now)),
        "partner_id": partner_id,
        "name": new.name,
        "company": new.company,
        "contract_number": new.contract_number,
        "contract_date": fields.parse_date(new.contract_date),
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


def check(new: NewAdvertiser) -> None:
    """`Malformed` with every wrong field of a new advertiser."""
    problems = Problems()
    fields.check_login(problems, new.login)
    fields.check_password(problems, new.password)
    fields.check_text(problems, "/contract_number", new.contract_number, required=True)
    if fields.parse_date(new.contract_date) is None:
        problems.add("/contract_date", "date_invalid" if new.contract_date else "required")
    fields.check_zone(problems, "/zone", new.zone)
    if new.sender_moderation not in {"automatic", "manual"}:
        problems.add("/sender_moderation", "moderation_invalid")
    fields.check_text(problems, "/name", new.name)
    fields.check_text(problems, "/company", new.company)
    fields.check_email(problems, new.email)
    if new.send_letter and not new.email:
        problems.add("/email", "required")
    if new.phone and not fields.PHONE.fullmatch(fields.compact_phone(new.phone)):
        problems.add("/phone", "phone_invalid")
    problems.raise_if_any()
