"""Rows of settings and letters as the wire items of the contract."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row

from contracts.notify_settings import (
    LETTER_PLACEHOLDERS,
    LetterFate,
    LetterText,
    MailSettings,
    Notices,
    NoticeSettings,
)
from kit.clock import maybe_rfc3339, to_rfc3339
from services.notify.hours import written
from services.notify.letters_own import BUILT_IN, template_of

HOURS = ("mail_from", "mail_to", "sms_from", "sms_to")
DEFAULT_ZONE = "Europe/Moscow"


def mail_of(row: Row | None) -> MailSettings:
    if row is None:
        return MailSettings(sender="", host="", port=587, security="starttls", username="", has_password=False)
    return MailSettings(
        sender=row.sender,
        host=row.host,
        port=row.port,
        security=row.security,
        username=row.username,
        has_password=row.sealed is not None,
        **_changed(row),
    )


def notices_of(row: Row | None) -> Notices:
    if row is None:
        texts: dict[str, Any] = dict.fromkeys(("service_signature", "test_signature", "credit_text", *HOURS), "")
        return Notices(**texts, zone=DEFAULT_ZONE)
    hours: dict[str, Any] = {name: written(getattr(row, name)) for name in HOURS}
    return Notices(
        service_signature=row.service_signature,
        test_signature=row.test_signature,
        credit_text=row.credit_text,
        **hours,
        zone=row.zone,
        **_changed(row),
    )


def letter_text_of(kind: str, row: Row | None) -> LetterText:
    own = row is not None and row.subject != ""
    template = template_of(kind, row.subject, row.text) if row is not None else BUILT_IN[kind]
    changed = _changed(row) if row is not None else {}
    placeholders = list(LETTER_PLACEHOLDERS[kind])
    return LetterText(
        kind=kind, subject=template.subject, text=template.text, own=own, placeholders=placeholders, **changed
    )


def fate_of(row: Row) -> LetterFate:
    return LetterFate(
        id=row.id,
        advertiser_id=row.advertiser_id,
        kind=row.kind,
        recipient=row.recipient,
        subject=row.subject,
        state=row.state,
        attempts=row.attempts,
        error=row.error,
        created_at=to_rfc3339(row.created_at),
        due_at=to_rfc3339(row.due_at),
        sent_at=maybe_rfc3339(row.sent_at),
        resendable=is_resendable(row),
    )


def is_resendable(row: Row) -> bool:
    """One without a recipient was never written, and of one that held a secret nothing is left."""
    return row.state == "failed" and row.recipient != "" and row.body != ""


def wishes_of(row: Row | None) -> NoticeSettings:
    if row is None:
        return NoticeSettings(phone="", by_phone=False, email="", by_email=True)
    return NoticeSettings(
        phone=row.phone, by_phone=row.by_phone, email=row.email, by_email=row.by_email, version=row.version
    )


def _changed(row: Row) -> Mapping[str, Any]:
    return {"version": row.version, "author": row.author, "changed_at": to_rfc3339(row.changed_at)}
