"""What went wrong with a mail server: a code of `contracts.notify_settings.MAIL_TROUBLES`, and what the server said."""

import socket
import ssl
from collections.abc import Iterator

import aiosmtplib

from services.notify.addresses import NotAllowed
from services.notify.mail import one_line

MOST_WORDS = 300


def trouble_of(error: BaseException) -> tuple[str, str]:
    """(code, words of the server)."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return _of_answer(error), one_line(f"{error.code} {error.message}")[:MOST_WORDS]
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        first = error.recipients[0]
        return "recipient_refused", one_line(f"{first.code} {first.message}")[:MOST_WORDS]
    for code, kinds in _OF_CAUSES:
        if any(isinstance(one, kinds) for one in _causes(error)):
            return code, ""
    return _of_words(error), ""


def _of_answer(error: aiosmtplib.SMTPResponseException) -> str:
    kinds = (
        (aiosmtplib.SMTPAuthenticationError, "auth_refused"),
        (aiosmtplib.SMTPSenderRefused, "sender_refused"),
        (aiosmtplib.SMTPRecipientRefused, "recipient_refused"),
        (aiosmtplib.SMTPDataError, "letter_refused"),
    )
    # A reply whose code is no number of SMTP comes from a server of another kind.
    if not 200 <= error.code <= 599:
        return "not_smtp"
    # RFC 4954, 6: whatever was asked for, it has to be signed in for.
    if error.code == 530:
        return "auth_needed"
    return next((code for kind, code in kinds if isinstance(error, kind)), "other")


def _of_words(error: BaseException) -> str:
    """aiosmtplib tells these apart by their sentences alone."""
    sentence = str(error)
    if "SMTP AUTH" in sentence:
        return "auth_missing"
    if "STARTTLS" in sentence:
        return "starttls_missing"
    if isinstance(error, aiosmtplib.SMTPServerDisconnected | aiosmtplib.SMTPConnectError):
        return "not_smtp"
    return "refused" if isinstance(error, OSError) else "other"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it came from."""
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__


#: The first that fits: an error of a certificate is one of TLS too, and every one of them an `OSError`.
_OF_CAUSES: tuple[tuple[str, type[BaseException] | tuple[type[BaseException], ...]], ...] = (
    ("address_denied", NotAllowed),
    ("name_unknown", socket.gaierror),
    ("certificate", (ssl.SSLCertVerificationError, ssl.CertificateError)),
    ("tls", ssl.SSLError),
    ("refused", ConnectionRefusedError),
    ("timeout", TimeoutError),
)
