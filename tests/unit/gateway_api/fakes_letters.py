"""The fake of what notify keeps of letters: settings in memory, judged by the rules of notify itself."""

from dataclasses import replace
from typing import Any

from contracts import notify_settings as letters
from contracts.errors import Conflict, NotFound
from contracts.wire import from_wire, many_to_wire, to_wire
from services.notify import letters_own, mail_settings
from services.notify.settings_answers import letter_text_of, mail_of, notices_of, wishes_of

NOW = "2026-11-22T09:15:00Z"


class FakeLetters:
    def __init__(self) -> None:
        self.mails: dict[str, letters.MailSettings] = {}
        self.mail_passwords: dict[str, str] = {}
        self.trials: list[tuple[letters.MailChange, str]] = []
        self.trial = letters.MailTrial(trouble="", words="")
        self.told: dict[str, letters.Notices] = {}
        self.texts: dict[tuple[str, str], letters.LetterText] = {}
        self.sent: dict[str, list[letters.LetterFate]] = {}
        self.queries: list[letters.LetterQuery] = []
        self.wishes: dict[tuple[str, str], letters.NoticeSettings] = {}

    def mail_settings(self, partner_id: str) -> Any:
        return to_wire(self.mails.get(partner_id, mail_of(None)))

    def set_mail_settings(self, partner_id: str, change: Any, author: str) -> Any:
        wanted, now = self._checked(partner_id, change), self.mails.get(partner_id, mail_of(None))
        _check_version(now, wanted.version)
        fields = {name: getattr(wanted, name) for name in ("sender", "host", "port", "security", "username")}
        if wanted.password:
            self.mail_passwords[partner_id] = wanted.password
        kept = partner_id in self.mail_passwords
        self.mails[partner_id] = replace(now, **fields, has_password=kept, **_changed(now, author))
        return self.mail_settings(partner_id)

    def _checked(self, partner_id: str, change: Any) -> letters.MailChange:
        wanted = from_wire(letters.MailChange, change)
        now = self.mails.get(partner_id)
        kept = None if now is None else {**to_wire(now), "sealed": self.mail_passwords.get(partner_id)}
        mail_settings.check_mail(wanted, kept=kept, private=False)
        return wanted

    def try_mail(self, partner_id: str, change: Any, recipient: str) -> Any:
        problems = mail_settings.Problems()
        if not mail_settings.is_email(recipient):
            problems.add("/recipient", "mail_sender_invalid")
        problems.raise_if_any()
        self.trials.append((self._checked(partner_id, change), recipient))
        return to_wire(self.trial)

    def notices(self, partner_id: str) -> Any:
        return to_wire(self.told.get(partner_id, notices_of(None)))

    def set_notices(self, partner_id: str, notices: Any, author: str) -> Any:
        wanted, now = from_wire(letters.Notices, notices), self.told.get(partner_id, notices_of(None))
        mail_settings.check_notices(wanted)
        _check_version(now, wanted.version)
        self.told[partner_id] = replace(wanted, **_changed(now, author))
        return self.notices(partner_id)

    def letter_texts(self, partner_id: str) -> Any:
        return many_to_wire(
            self.texts.get((partner_id, kind), letter_text_of(kind, None)) for kind in letters.LETTER_PLACEHOLDERS
        )

    def preview_letter(self, partner_id: str, kind: str, subject: str, text: str) -> Any:
        if kind not in letters.LETTER_PLACEHOLDERS:
            raise NotFound("There is no such letter")
        shown, body, unknown = letters_own.previewed(kind, subject, text)
        return to_wire(letters.LetterPreview(subject=shown, text=body, unknown=unknown))

    def set_letter_text(self, partner_id: str, kind: str, subject: str, text: str, version: int, author: str) -> Any:
        now = self.texts.get((partner_id, kind), letter_text_of(kind, None))
        if subject or text:
            letters_own.check(kind, subject, text)
        _check_version(now, version)
        shown = {"subject": subject, "text": text} if subject else to_wire(letter_text_of(kind, None))
        texts = {name: shown[name] for name in ("subject", "text")}
        self.texts[partner_id, kind] = replace(now, **texts, own=bool(subject), **_changed(now, author))
        return to_wire(self.texts[partner_id, kind])

    def letter_page(self, query: Any) -> Any:
        wanted = from_wire(letters.LetterQuery, query)
        self.queries.append(wanted)
        found = [one for one in self.sent.get(wanted.partner_id, []) if wanted.state in ("", one.state)]
        return to_wire(letters.LetterPage(items=found, total=len(found)))

    def send_again(self, partner_id: str, letter_id: str) -> Any:
        found = next((one for one in self.sent.get(partner_id, []) if one.id == letter_id), None)
        if found is None:
            raise NotFound("There is no such object.")
        if not found.resendable:
            raise Conflict(letters.PROBLEMS["letter_gone"])
        found.state, found.error, found.resendable = "waiting", "", False
        return to_wire(found)

    def notice_settings(self, partner_id: str, advertiser_id: str) -> Any:
        return to_wire(self.wishes.get((partner_id, advertiser_id), wishes_of(None)))

    def set_notice_settings(self, partner_id: str, advertiser_id: str, settings: Any, author: str) -> Any:
        wanted = from_wire(letters.NoticeSettings, settings)
        mail_settings.check_notice_settings(wanted)
        now = self.wishes.get((partner_id, advertiser_id), wishes_of(None))
        _check_version(now, wanted.version)
        self.wishes[partner_id, advertiser_id] = replace(wanted, version=now.version + 1)
        return self.notice_settings(partner_id, advertiser_id)


def _check_version(now: Any, version: int) -> None:
    if now.version != version:
        raise mail_settings.changed_meanwhile(getattr(now, "author", ""), getattr(now, "changed_at", None) or NOW)


def _changed(now: Any, author: str) -> dict[str, Any]:
    return {"version": now.version + 1, "author": author, "changed_at": NOW}
