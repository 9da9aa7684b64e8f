"""The rules of an advertiser: what a request becomes in the tables, and what is wrong with it. No bus, no SQL, no clock."""

from datetime import datetime
from typing import Any

from contracts.accounts_advertisers import AdvertiserChange, NewAdvertiser
from kit.ids import uuid7
from services.accounts import fields
from services.accounts.problems import Problems
from services.accounts.registration import one_line
from services.accounts.search import columns_of

MOST_COMMENT = 2_000

_LINES = ("login", "contract_number", "contract_date", "zone", "name", "company", "email", "phone", "promo_code")


def advertiser_row(partner_id: str, new: NewAdvertiser, now: datetime) -> dict[str, Any]:
    return {
        "id": new.id.lower() or str(uuid7(now)),
        "partner_id": partner_id,
        "any_sender": new.any_sender,
        "sender_moderation": new.sender_moderation,
        "test_mode": new.test_mode,
        "state": "active",
        "created_at": now,
        **_data(partner_id, new.login, new),
    }


def changed_row(partner_id: str, login: str, change: AdvertiserChange, author: str, now: datetime) -> dict[str, Any]:
    """The columns that the change writes, but for the version."""
    return {**_data(partner_id, login, change), "changed_at": now, "changed_by": fields.storable(author, 64)}


def _data(partner_id: str, login: str, given: NewAdvertiser | AdvertiserChange) -> dict[str, Any]:
    phone = fields.compact_phone(given.phone)
    searched = (login, given.name, given.company, given.contract_number, given.email, phone, given.promo_code)
    return {
        "name": given.name,
        "company": given.company,
        "contract_number": given.contract_number,
        "contract_date": fields.parse_date(given.contract_date),
        "email": given.email,
        "phone": phone,
        "zone": given.zone,
        "manager_id": given.manager_id or None,
        "promo_code": given.promo_code,
        "comment": given.comment,
        **columns_of(partner_id, searched),
    }


def is_same(stored: Any, wished: dict[str, Any], login: str) -> bool:
    """Whether a stored advertiser, not changed since, is the one that the row would make."""
    ignored = ("created_at", "search_text", "search_grams", "search_fields", "state")
    kept = {name: value for name, value in wished.items() if name not in ignored}
    return bool(
        stored.version == 1 and stored.login == login and kept == {name: getattr(stored, name) for name in kept}
    )


def tidied(given: NewAdvertiser | AdvertiserChange) -> None:
    """Pasted fields carry line ends, tabs and non-breaking spaces that nobody meant; a comment has lines of its own."""
    for name in _LINES:
        if hasattr(given, name):
            setattr(given, name, one_line(getattr(given, name)))
    given.comment = given.comment.replace("\r\n", "\n").strip()


def check(new: NewAdvertiser) -> None:
    """`Malformed` with every wrong field of a new advertiser."""
    problems = Problems()
    fields.check_login(problems, new.login)
    fields.check_password(problems, new.password)
    if new.id and not fields.is_id(new.id):
        problems.add("/id", "id_invalid")
    if new.sender_moderation not in {"automatic", "manual"}:
        problems.add("/sender_moderation", "moderation_invalid")
    if new.send_letter and not new.email:
        problems.add("/email", "required")
    _check_data(problems, new)
    problems.raise_if_any()


def check_change(change: AdvertiserChange) -> None:
    """`Malformed` with every wrong field of a change."""
    problems = Problems()
    _check_data(problems, change)
    problems.raise_if_any()


def _check_data(problems: Problems, given: NewAdvertiser | AdvertiserChange) -> None:
    fields.check_text(problems, "/contract_number", given.contract_number, required=True)
    if fields.parse_date(given.contract_date) is None:
        problems.add("/contract_date", "date_invalid" if given.contract_date else "required")
    fields.check_zone(problems, "/zone", given.zone)
    fields.check_text(problems, "/name", given.name)
    fields.check_text(problems, "/company", given.company)
    fields.check_text(problems, "/promo_code", given.promo_code)
    fields.check_email(problems, given.email)
    if given.phone and not fields.PHONE.fullmatch(fields.compact_phone(given.phone)):
        problems.add("/phone", "phone_invalid")
    if given.manager_id and not fields.is_id(given.manager_id):
        problems.add("/manager_id", "manager_unknown")
    if len(given.comment) > MOST_COMMENT:
        problems.add("/comment", "comment_too_long")
    elif not all(map(fields.is_plain, given.comment.split("\n"))):
        problems.add("/comment", "text_invalid")
