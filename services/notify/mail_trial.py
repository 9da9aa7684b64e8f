"""A letter that shows whether a mail server works."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from email.errors import MessageError

import aiosmtplib
from eventlet import tpool

from contracts.notify_settings import MailTrial
from kit.ids import uuid7
from services.notify import smtp
from services.notify.mail import Letter
from services.notify.own_server import NotUsable
from services.notify.smtp import Server
from services.notify.smtp_troubles import trouble_of

#: The caller waits for the answer, and no longer than 10 seconds, of which finding the name may take three.
TOTAL_SECONDS = 6.0
STEP_SECONDS = 4.0

SUBJECT = "Проверка почтового сервера"
TEXT = "Это письмо показывает, что почтовый сервер настроен верно.\nОтвечать на него не нужно.\n"


def trial_letter(recipient: str, sender_name: str, now: datetime) -> Letter:
    return Letter(str(uuid7(now)), 1, sender_name, recipient, SUBJECT, TEXT, now)


def tried(make_server: Callable[[], Server], mail_from: str, letter: Letter) -> MailTrial:
    """What became of the letter; it is sent in a native thread. `make_server` may raise `NotUsable`."""
    try:
        server = replace(make_server(), step_seconds=STEP_SECONDS, total_seconds=TOTAL_SECONDS)
        tpool.execute(smtp.attempt, server, mail_from, letter)
    except NotUsable as unusable:
        return MailTrial(trouble=unusable.trouble, words="")
    except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError, MessageError) as error:
        trouble, words = trouble_of(error)
        return MailTrial(trouble=trouble, words=words)
    return MailTrial(trouble="", words="")
