"""notify: the entrypoints of what partners and advertisers set about letters."""

import re
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Table

from contracts.errors import NotFound
from contracts.notify_settings import LETTER_PLACEHOLDERS, PROBLEMS, LetterPreview, MailChange, Notices, NoticeSettings
from contracts.wire import from_wire, many_to_wire, to_wire
from kit.clock import to_rfc3339
from kit.service import rpc
from kit.vault import Sealed
from services.notify import letters_own, own_server, smtp
from services.notify import repository_settings as stored
from services.notify import settings_answers as answers
from services.notify.mail import one_line
from services.notify.mail_desk import MailDesk
from services.notify.mail_settings import (
    Problems,
    changed_meanwhile,
    check_mail,
    check_notice_settings,
    check_notices,
    is_email,
    keeps_password,
)
from services.notify.mail_trial import trial_letter, tried
from services.notify.models import letter_text, notice_settings, partner_mail, partner_notices
from services.notify.secrets import mail_owner, mail_vault

MOST_AUTHOR = 100

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class SettingsEntrypoints:
    """Part of `NotifyService`, which gives it the first ones."""

    db: Any
    clock: Any
    settings: Any
    wake_letters: Callable[[], None]
    mail_desk = MailDesk()

    @rpc
    def mail_settings(self, partner_id: str) -> dict[str, Any]:
        check_ids(partner_id)
        with self.db.begin() as connection:
            return to_wire(answers.mail_of(stored.mail(connection, partner_id)))

    @rpc
    def set_mail_settings(self, partner_id: str, change: dict[str, Any], author: str) -> dict[str, Any]:
        check_ids(partner_id)
        wanted = from_wire(MailChange, change)
        with self.db.begin() as connection:
            kept = self._checked_mail(connection, partner_id, wanted)
            names = ("sender", "host", "port", "security", "username")
            values = {name: getattr(wanted, name) for name in names} | self._password(partner_id, wanted, kept)
            self._put(connection, partner_mail, {"partner_id": partner_id}, values, wanted.version, author)
            stored.look_again(connection, partner_id, self.clock.now())
            row = stored.mail(connection, partner_id)
        self.wake_letters()
        return to_wire(answers.mail_of(row))

    def _checked_mail(self, connection: Connection, partner_id: str, wanted: MailChange) -> dict[str, Any] | None:
        """The stored row; `Malformed` for what is wrong with the change."""
        row = stored.mail(connection, partner_id)
        kept = None if row is None else dict(row._mapping)
        check_mail(wanted, kept=kept, private=bool(self.settings.number("smtp_private")))
        return kept

    def _password(self, partner_id: str, wanted: MailChange, kept: dict[str, Any] | None) -> dict[str, str | None]:
        """The columns of the password that these settings have from now on."""
        if wanted.password and wanted.host:
            made = mail_vault(self.settings).seal(mail_owner(partner_id), {"password": wanted.password})
            return {"key_id": made.key_id, "sealed": made.ciphertext}
        if kept is not None and keeps_password(wanted, kept):
            return {"key_id": kept["key_id"], "sealed": kept["sealed"]}
        return {"key_id": None, "sealed": None}

    @rpc
    def try_mail(self, partner_id: str, change: dict[str, Any], recipient: str) -> dict[str, Any]:
        check_ids(partner_id)
        wanted, problems = from_wire(MailChange, change), Problems()
        if not is_email(recipient):
            problems.add("/recipient", "mail_sender_invalid")
        problems.raise_if_any()
        with self.db.begin() as connection:
            kept = self._checked_mail(connection, partner_id, wanted)
        self.mail_desk.allow(partner_id, self.clock.now())
        letter = trial_letter(recipient, "", self.clock.now())
        if not wanted.host:
            return to_wire(tried(self._platforms_server, self.settings.mail_from, letter))
        return to_wire(tried(lambda: self._server_of(partner_id, wanted, kept), wanted.sender, letter))

    def _platforms_server(self) -> smtp.Server:
        if not self.settings.smtp_url:
            raise own_server.NotUsable("no_server")
        return smtp.server_of(self.settings.smtp_url)

    def _server_of(self, partner_id: str, wanted: MailChange, kept: dict[str, Any] | None) -> smtp.Server:
        password: str | None = wanted.password
        if not password and kept is not None and keeps_password(wanted, kept):
            password = own_server.kept_password(self.settings, partner_id, Sealed(kept["key_id"], kept["sealed"]))
        return own_server.server(
            wanted.host,
            wanted.port,
            wanted.security,
            wanted.username,
            password,
            settings=self.settings,
            resolve=self.mail_desk.resolve,
        )

    @rpc
    def notices(self, partner_id: str) -> dict[str, Any]:
        check_ids(partner_id)
        with self.db.begin() as connection:
            return to_wire(answers.notices_of(stored.notices(connection, partner_id)))

    @rpc
    def set_notices(self, partner_id: str, notices: dict[str, Any], author: str) -> dict[str, Any]:
        check_ids(partner_id)
        wanted = from_wire(Notices, notices)
        values = check_notices(wanted)
        with self.db.begin() as connection:
            self._put(connection, partner_notices, {"partner_id": partner_id}, values, wanted.version, author)
            stored.look_again(connection, partner_id, self.clock.now())
            row = stored.notices(connection, partner_id)
        self.wake_letters()
        return to_wire(answers.notices_of(row))

    @rpc
    def letter_texts(self, partner_id: str) -> list[dict[str, Any]]:
        check_ids(partner_id)
        with self.db.begin() as connection:
            rows = stored.texts(connection, {partner_id}, set(LETTER_PLACEHOLDERS))
        return many_to_wire(answers.letter_text_of(kind, rows.get((partner_id, kind))) for kind in LETTER_PLACEHOLDERS)

    @rpc
    def preview_letter(self, partner_id: str, kind: str, subject: str, text: str) -> dict[str, Any]:
        check_ids(partner_id)
        _check_kind(kind)
        subject, text = subject[: letters_own.MOST_SUBJECT], text[: letters_own.MOST_TEXT]
        shown_subject, shown_text, unknown = letters_own.previewed(kind, subject, text)
        return to_wire(LetterPreview(subject=shown_subject, text=shown_text, unknown=unknown))

    @rpc
    def set_letter_text(
        self, partner_id: str, kind: str, subject: str, text: str, version: int, author: str
    ) -> dict[str, Any]:
        check_ids(partner_id)
        _check_kind(kind)
        if subject or text:
            text = letters_own.tidied(text)
            letters_own.check(kind, subject, text)
        keys, values = {"partner_id": partner_id, "kind": kind}, {"subject": subject, "text": text}
        with self.db.begin() as connection:
            self._put(connection, letter_text, keys, values, version, author)
            row = stored.texts(connection, {partner_id}, {kind})[partner_id, kind]
        return to_wire(answers.letter_text_of(kind, row))

    @rpc
    def notice_settings(self, partner_id: str, advertiser_id: str) -> dict[str, Any]:
        check_ids(partner_id, advertiser_id)
        with self.db.begin() as connection:
            return to_wire(answers.wishes_of(stored.notice_row(connection, partner_id, advertiser_id)))

    @rpc
    def set_notice_settings(
        self, partner_id: str, advertiser_id: str, settings: dict[str, Any], author: str
    ) -> dict[str, Any]:
        check_ids(partner_id, advertiser_id)
        wanted = from_wire(NoticeSettings, settings)
        check_notice_settings(wanted)
        keys = {"partner_id": partner_id, "advertiser_id": advertiser_id}
        values = {name: getattr(wanted, name) for name in ("phone", "by_phone", "email", "by_email")}
        with self.db.begin() as connection:
            self._put(connection, notice_settings, keys, values, wanted.version, author)
            return to_wire(answers.wishes_of(stored.notice_row(connection, partner_id, advertiser_id)))

    def _put(
        self,
        connection: Connection,
        table: Table,
        keys: dict[str, str],
        values: dict[str, Any],
        version: int,
        author: str,
    ) -> None:
        """`Conflict` where somebody else has changed it since that version; nothing is written then."""
        changed = {"author": one_line(author)[:MOST_AUTHOR], "changed_at": self.clock.now()}
        if not stored.put(connection, table, keys, values | changed, version):
            now = stored.who_changed(connection, table, keys)
            if now is None:
                raise NotFound("There is no such object.")
            raise changed_meanwhile(now.author, to_rfc3339(now.changed_at))


def _check_kind(kind: str) -> None:
    if kind not in LETTER_PLACEHOLDERS:
        raise NotFound(PROBLEMS["letter_kind_unknown"])


def check_ids(*ids: str) -> None:
    """What is no UUID belongs to nobody."""
    if not all(_UUID.fullmatch(one) for one in ids):
        raise NotFound("There is no such object.")
