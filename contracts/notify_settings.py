"""notify: what a partner sets about letters and notices, what became of its letters, and the notices of an advertiser."""

from contracts.client import Client
from contracts.wire import from_wire, many_from_wire, to_wire, wire

#: How the connection to an SMTP server is protected.
MAIL_SECURITY = ("plain", "starttls", "tls")
#: The letters whose text a partner writes, and what may stand in each as {PLACEHOLDER}.
LETTER_PLACEHOLDERS = {
    "registration": ("LOGIN", "PASSWORD", "NAME"),
    "recovery": ("LOGIN", "NAME", "FORGET"),
    "small_balance": ("LOGIN", "NAME", "SMALL_BALANCE"),
}
#: What stands for money that came, in the text of the SMS about it.
CREDIT_PLACEHOLDERS = ("LOGIN", "NAME", "SUM")
LETTER_STATES = ("waiting", "sent", "failed")
#: Every kind of letter that there is.
LETTER_KINDS = (*LETTER_PLACEHOLDERS, "password_changed", "incoming", "partner_funds", "certificate")
MOST_PAGE_SIZE = 200

#: Codes of `data["errors"]` of a `Malformed` or `Conflict`, and their sentences (English msgids).
PROBLEMS = {
    "mail_required": "This must be filled in",
    "mail_sender_invalid": "This is no e-mail address",
    "mail_host_invalid": "Write the name of a server, such as smtp.example.ru",
    "mail_host_denied": "This address is not one of the public internet",
    "mail_port_invalid": "The port is 25, 465, 587, 2525 or one from 1024 to 65535",
    "mail_security_invalid": "Choose one of the list",
    "mail_text_invalid": "One line of at most 200 characters",
    "mail_password_again": "Enter the password again: it is kept for the server and the user it was entered for",
    "mail_password_without_user": "Give the user whose password it is",
    "letter_kind_unknown": "There is no such letter",
    "letter_subject_invalid": "The subject is one line of 1 to 200 characters",
    "letter_text_invalid": "The text has 1 to 10,000 characters",
    "placeholder_unknown": "Nobody would fill in what stands in braces here",
    "placeholder_missing": "Without it the letter is of no use",
    "signature_invalid": "A sender name has at most 11 Latin letters, digits and signs, or at most 15 digits",
    "notice_text_too_long": "At most 500 characters",
    "hours_invalid": "Write a time as HH:MM",
    "hours_half": "Give both times, or neither for the whole day",
    "hours_equal": "The two times are the same: leave both empty for the whole day",
    "notice_zone_unknown": "This time zone is not known",
    "phone_invalid": "A phone number has 5 to 15 digits",
    "phone_needed": "Give the number that notices are sent to",
    "letter_not_failed": "Only a letter that has failed can be sent again",
    "letter_gone": "What it said was a secret and is not kept: ask for a new one",
}

#: What a trial of a mail server ends with: "sent", or why it failed (English msgids).
MAIL_TROUBLES = {
    "name_unknown": "The name of the server was not found: check its spelling",
    "address_denied": "The name leads to an address that is not one of the public internet",
    "refused": "The server doesn't accept connections at this port: check the port, or ask the administrator of the server",
    "timeout": "The server did not answer in time: check the address and the port; a firewall may be in the way",
    "certificate": "The certificate of the server can't be trusted: it is of another name, has ended, or is self-signed",
    "tls": "No encrypted connection: the port is probably for another kind of protection",
    "starttls_missing": "The server doesn't offer STARTTLS at this port",
    "not_smtp": "What answers at this port is no SMTP server, or it wants TLS at once",
    "auth_missing": "The server takes no user and password at this port",
    "auth_needed": "The server wants a user and a password",
    "auth_refused": "The server refused the user or the password",
    "sender_refused": "The server refused the address of the sender",
    "recipient_refused": "The server refused the recipient",
    "letter_refused": "The server refused the letter",
    "password_lost": "The password can't be read any more: enter it again",
    "no_server": "No mail server is set, neither yours nor the platform's",
    "other": "The letter was not taken",
}


@wire
class MailSettings:
    """The partner's own SMTP server; `host` empty: letters go by the platform's. The password never leaves notify.

    `version` 0: nothing was set yet.
    """

    sender: str
    host: str
    port: int
    security: str
    username: str
    has_password: bool
    version: int = 0
    author: str = ""
    changed_at: str | None = None


@wire
class MailChange:
    """`password` empty: the one that is kept stays. `version`: of the settings that were read."""

    sender: str
    host: str
    port: int
    security: str
    username: str
    password: str = ""
    version: int = 0


@wire
class MailTrial:
    """`trouble` is empty where the server took the letter, else a code of `MAIL_TROUBLES`; `words`: what the server said."""

    trouble: str
    words: str


@wire
class Notices:
    """Signatures and the text of SMS notices, and the hours for letters and SMS: `HH:MM` in `zone`, both empty: at any time."""

    service_signature: str
    test_signature: str
    credit_text: str
    mail_from: str
    mail_to: str
    sms_from: str
    sms_to: str
    zone: str
    version: int = 0
    author: str = ""
    changed_at: str | None = None


@wire
class LetterText:
    """`own`: the partner wrote it, else it is the built-in text. `placeholders` without braces."""

    kind: str
    subject: str
    text: str
    own: bool
    placeholders: list[str]
    version: int = 0
    author: str = ""
    changed_at: str | None = None


@wire
class LetterPreview:
    """A letter filled in with examples; `unknown`: placeholders that nobody would fill in."""

    subject: str
    text: str
    unknown: list[str]


@wire
class LetterQuery:
    """`search` looks in the recipient and the subject; an empty `state` or `kind` is any."""

    partner_id: str
    search: str = ""
    state: str = ""
    kind: str = ""
    page: int = 1
    page_size: int = 50


@wire
class LetterFate:
    """`resendable`: it has failed, and can be sent again as it is. `error`: what went wrong last."""

    id: str
    advertiser_id: str | None
    kind: str
    recipient: str
    subject: str
    state: str
    attempts: int
    error: str
    created_at: str
    due_at: str
    sent_at: str | None
    resendable: bool


@wire
class LetterPage:
    items: list[LetterFate]
    total: int


@wire
class NoticeSettings:
    """Where an advertiser's notices go. `email` empty: to the address that the partner has of it. `version` 0: never set."""

    phone: str
    by_phone: bool
    email: str
    by_email: bool
    version: int = 0


class NotifySettingsCalls(Client):
    """A part of the client of notify. Whoever changes what somebody else has changed meanwhile gets a `Conflict`."""

    def mail_settings(self, partner_id: str) -> MailSettings:
        return from_wire(MailSettings, self._call("mail_settings", partner_id=partner_id))

    def set_mail_settings(self, partner_id: str, change: MailChange, *, author: str) -> MailSettings:
        """`Malformed` names the fields. A kept password stays with its host, port and user alone."""
        arguments = {"partner_id": partner_id, "change": to_wire(change), "author": author}
        return from_wire(MailSettings, self._call("set_mail_settings", **arguments))

    def try_mail(self, partner_id: str, change: MailChange, *, recipient: str) -> MailTrial:
        """Send a letter by these settings, which need not be saved; it takes 8 seconds at most. `TooManyRequests`."""
        arguments = {"partner_id": partner_id, "change": to_wire(change), "recipient": recipient}
        return from_wire(MailTrial, self._call("try_mail", **arguments))

    def notices(self, partner_id: str) -> Notices:
        return from_wire(Notices, self._call("notices", partner_id=partner_id))

    def set_notices(self, partner_id: str, notices: Notices, *, author: str) -> Notices:
        arguments = {"partner_id": partner_id, "notices": to_wire(notices), "author": author}
        return from_wire(Notices, self._call("set_notices", **arguments))

    def letter_texts(self, partner_id: str) -> list[LetterText]:
        """One of each kind of `LETTER_PLACEHOLDERS`, in its order."""
        return many_from_wire(LetterText, self._call("letter_texts", partner_id=partner_id))

    def preview_letter(self, partner_id: str, *, kind: str, subject: str, text: str) -> LetterPreview:
        arguments = {"partner_id": partner_id, "kind": kind, "subject": subject, "text": text}
        return from_wire(LetterPreview, self._call("preview_letter", **arguments))

    def set_letter_text(
        self, partner_id: str, *, kind: str, subject: str, text: str, version: int, author: str
    ) -> LetterText:
        """`Malformed` for a placeholder that the letter doesn't know; both empty: the built-in text again."""
        arguments = {"kind": kind, "subject": subject, "text": text, "version": version, "author": author}
        return from_wire(LetterText, self._call("set_letter_text", partner_id=partner_id, **arguments))

    def letter_page(self, query: LetterQuery) -> LetterPage:
        """The partner's letters, newest first."""
        return from_wire(LetterPage, self._call("letter_page", query=to_wire(query)))

    def send_again(self, partner_id: str, letter_id: str) -> LetterFate:
        """A letter that has failed waits again, all its attempts ahead. `Conflict` for one that hasn't, or can't be sent."""
        return from_wire(LetterFate, self._call("send_again", partner_id=partner_id, letter_id=letter_id))

    def notice_settings(self, partner_id: str, advertiser_id: str) -> NoticeSettings:
        """Where none were set: letters on, to the address that the partner has of the advertiser."""
        arguments = {"partner_id": partner_id, "advertiser_id": advertiser_id}
        return from_wire(NoticeSettings, self._call("notice_settings", **arguments))

    def set_notice_settings(
        self, partner_id: str, advertiser_id: str, settings: NoticeSettings, *, author: str
    ) -> NoticeSettings:
        """Whoever asks has seen that the advertiser is the partner's. The critical level itself is billing's `set_level`."""
        arguments = {"partner_id": partner_id, "advertiser_id": advertiser_id, "author": author}
        return from_wire(NoticeSettings, self._call("set_notice_settings", settings=to_wire(settings), **arguments))
