"""Contexts of the pages about letters, notices and zones, and of forgotten passwords."""

from typing import Any

from contracts.accounts_recovery import Recovery
from contracts.notify_settings import (
    CREDIT_PLACEHOLDERS,
    LetterFate,
    LetterPage,
    LetterPreview,
    LetterQuery,
    LetterText,
    MailSettings,
)
from gateway_http import zones
from tests.unit.gateway_http.samples import LATER, MOMENT, PARTNER, common, uuid

STORED = MailSettings(
    sender="sms@example.ru", host="smtp.example.ru", port=587, security="starttls", username="sms@example.ru",
    has_password=True, version=3, author="irina", changed_at=MOMENT,
)  # fmt: skip
SECURITY = [("plain", "Без шифрования"), ("starttls", "STARTTLS"), ("tls", "TLS")]
TITLES = {
    "registration": "Регистрация",
    "recovery": "Восстановление пароля",
    "small_balance": "Критический уровень средств",
}
LETTER = LetterText(
    kind="recovery", subject="Новый пароль", text="{NAME}, откройте {FORGET}", own=True,
    placeholders=["LOGIN", "NAME", "FORGET"], version=2, author="irina", changed_at=MOMENT,
)  # fmt: skip


def _mail(**changes: Any) -> dict[str, Any]:
    form = {"sender": "sms@example.ru", "host": "smtp.example.ru", "port": "587", "security": "starttls"}
    form |= {"username": "sms@example.ru", "version": "3", "recipient": "me@example.ru"}
    return {**common(), "form": form, "errors": {}, "stored": STORED, "security": SECURITY, "trial": None, **changes}


def _letter(**changes: Any) -> dict[str, Any]:
    preview = LetterPreview(subject="Новый пароль", text="ООО «Пример», откройте https://lk.example.ru/…", unknown=[])
    meanings = [("LOGIN", "логин"), ("NAME", "имя"), ("FORGET", "ссылка")]
    form = {"subject": LETTER.subject, "text": LETTER.text, "version": "2"}
    known = {"letter": LETTER, "titles": TITLES, "meanings": meanings, "preview": preview, "form": form, "errors": {}}
    return {**common(), **known, **changes}


def fate(number: int, state: str, error: str = "", resendable: bool = False) -> LetterFate:
    return LetterFate(
        id=uuid(600 + number), advertiser_id=uuid(101), kind="small_balance", recipient="anna@romashka.example",
        subject="Критический уровень средств", state=state, attempts=number, error=error, created_at=MOMENT,
        due_at=LATER, sent_at=MOMENT if state == "sent" else None, resendable=resendable,
    )  # fmt: skip


def _sent(**changes: Any) -> dict[str, Any]:
    items = [
        fate(1, "sent"),
        fate(2, "failed", "The mail server refused the recipient: 550 5.1.1 no <b>such</b> mailbox", True),
        fate(3, "waiting", "The server did not answer in time: check the address and the port; a firewall may be in the way"),
    ]  # fmt: skip
    found, query = LetterPage(items=items, total=3), LetterQuery(partner_id=PARTNER)
    return {**common(), "found": found, "filters": query, "titles": TITLES, **changes}


def pages() -> dict[str, tuple[str, str, dict[str, Any]]]:
    mail, notices, sent = "/admin/settings/mail", "/admin/settings/notices", "/admin/settings/letters/sent"
    told = {"service_signature": "EXAMPLE", "test_signature": "TEST", "credit_text": "Зачислено {SUM}", "version": "1"}
    told |= {"mail_from": "09:00", "mail_to": "18:00", "sms_from": "", "sms_to": ""}
    notice = {**common(), "form": told, "errors": {}, "own_zone": "Europe/Moscow", "placeholders": CREDIT_PLACEHOLDERS}
    zone = {**common(), "form": {"default_zone": "Asia/Omsk", "version": "0"}, "errors": {}}
    zone |= {"offered": ["Asia/Omsk", "UTC"], "known": zones.OFFERED}
    bare = {"brand": common()["brand"], "form": {}, "errors": {}}
    refused = {"good": False, "text": "Сервер не принял пользователя или пароль", "words": "535 5.7.8 <no>"}
    empty = {"found": LetterPage(items=[], total=0)}
    return {
        "mail": ("settings/mail.html", mail, _mail()),
        "mail-wrong": ("settings/mail.html", mail, _mail(errors={"port": "Порт — 25", "host": "Имя сервера"})),
        "mail-refused": ("settings/mail.html", mail, _mail(trial=refused)),
        "notices": ("settings/notices.html", notices, notice),
        "notices-wrong": ("settings/notices.html", notices, {**notice, "errors": {"mail_to": "Укажите время"}}),
        "zones": ("settings/zones.html", "/admin/settings/zones", zone),
        "zones-wrong": (
            "settings/zones.html",
            "/admin/settings/zones",
            {**zone, "errors": {"offered": "Хотя бы один"}},
        ),
        "letters": ("settings/letters.html", "/admin/settings/letters", _letter()),
        "letters-wrong": ("settings/letters.html", "/admin/settings/letters", _letter(errors={"text": "{X}: нет"})),
        "letters-sent": ("settings/letters_sent.html", sent, _sent()),
        "letters-none": ("settings/letters_sent.html", sent, _sent(**empty)),
        "letters-not-found": (
            "settings/letters_sent.html",
            sent,
            _sent(**empty, filters=LetterQuery(partner_id=PARTNER, search="x")),
        ),
        "recovery": ("auth/recovery.html", "/recovery", bare),
        "recovery-link": (
            "auth/recovery_link.html",
            "/recovery/token",
            {
                **bare,
                "recovery": Recovery(login="example", expires_at=LATER),
                "errors": {"again": "Пароли различаются"},
            },
        ),
        "recovery-ended": ("auth/recovery_ended.html", "/recovery/token", bare),
    }
