"""Managers of a partner: what a form may say, and who may change whom."""

import base64
import binascii
from collections.abc import Collection
from typing import Any

from contracts.accounts_people import PHOTO_HEIGHT, PHOTO_WIDTH, ManagerForm
from contracts.accounts_rights import RIGHTS
from contracts.errors import Forbidden
from services.accounts import fields
from services.accounts.problems import Problems
from services.accounts.registration import one_line

MOST_MANAGERS = 200
#: A PNG of 34×33 pixels with four channels and no compression at all stays below it.
MOST_PHOTO_BYTES = 8 * 1024
MOST_WORDS = 100

#: Said to a manager who wants to give or take what it has not itself.
NOT_YOURS = "You can neither give rights that you don't have nor change somebody who has more rights than you."

_TEXTS = ("login", "name", "phone", "email", "working_days", "working_hours", "icq", "skype")
_NOTICES = ("notice_phone", "notice_email")
#: The columns of `managers` that the form fills.
PROFILE = (
    *("phone", "email", "working_days", "working_hours", "icq", "skype", "photo", "notice_phone", "sms_on_sender"),
    *("sms_on_user", "notice_email", "email_on_sender", "email_on_user"),
)
_PNG_HEAD = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


def tidied(form: ManagerForm) -> ManagerForm:
    """Pasted fields carry line ends and tabs that nobody meant; phones are kept as digits."""
    for name in (*_TEXTS, *_NOTICES):
        setattr(form, name, one_line(getattr(form, name)))
    form.phone, form.notice_phone = fields.compact_phone(form.phone), fields.compact_phone(form.notice_phone)
    form.rights = [right for right in RIGHTS if right in form.rights] + [
        right for right in dict.fromkeys(form.rights) if right not in RIGHTS
    ]
    return form


def check(problems: Problems, form: ManagerForm) -> None:
    """Add every wrong field of a tidied form."""
    fields.check_login(problems, form.login)
    fields.check_text(problems, "/name", form.name, required=True)
    for name in ("working_days", "working_hours", "icq", "skype"):
        text = getattr(form, name)
        fields.check_text(problems, f"/{name}", text)
        if MOST_WORDS < len(text) <= fields.MOST_TEXT:
            problems.add(f"/{name}", "too_long")
    for name in ("phone", "notice_phone"):
        if getattr(form, name) and not fields.is_phone(getattr(form, name)):
            problems.add(f"/{name}", "phone_invalid")
    for name in ("email", "notice_email"):
        if getattr(form, name) and not fields.is_email(getattr(form, name)):
            problems.add(f"/{name}", "email_invalid")
    if form.photo and not is_photo(form.photo):
        problems.add("/photo", "photo_invalid")
    if not set(form.rights) <= set(RIGHTS):
        problems.add("/rights", "right_unknown")


def is_photo(text: str) -> bool:
    """Whether it is base64 of a PNG whose head says 34×33 pixels (PNG specification, section 11.2.1)."""
    if len(text) > MOST_PHOTO_BYTES * 4 // 3 + 4:
        return False
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    size = PHOTO_WIDTH.to_bytes(4, "big") + PHOTO_HEIGHT.to_bytes(4, "big")
    return len(data) <= MOST_PHOTO_BYTES and data.startswith(_PNG_HEAD + size)


def profile_of(form: ManagerForm) -> dict[str, Any]:
    return {name: getattr(form, name) for name in PROFILE}


def check_reach(role: str, own: Collection[str], *others: Collection[str]) -> None:
    """`Forbidden` where somebody would give, or has power over, a right that it lacks; a partner lacks none."""
    if role == "manager" and set().union(*others) - set(own):
        raise Forbidden(NOT_YOURS)
