"""A partner's own mail server: found once, checked, and connected to at what was checked."""

from collections.abc import Callable
from typing import Any

import eventlet

from contracts.errors import Conflict
from contracts.notify_settings import MAIL_TROUBLES
from kit.settings import Settings
from kit.vault import Sealed
from services.notify.addresses import NotAllowed, checked
from services.notify.secrets import mail_owner, mail_vault
from services.notify.smtp import Server
from services.notify.smtp_troubles import trouble_of

RESOLVE_SECONDS = 3.0
STEP_SECONDS = 10.0
TOTAL_SECONDS = 60.0

Resolve = Callable[[str, int], list[str]]


class NotUsable(Exception):
    """The server can't be used at all; `trouble` is a code of `MAIL_TROUBLES`."""

    def __init__(self, trouble: str) -> None:
        super().__init__(trouble)
        self.trouble = trouble

    @property
    def words(self) -> str:
        return MAIL_TROUBLES[self.trouble]


class _Slow(Exception):
    """Nobody says what the name stands for."""


def server_of_row(row: Any, settings: Settings, resolve: Resolve) -> Server:
    """Of a row of `partner_mail`; `NotUsable` where it leads where it may not, or its password is lost."""
    password = None
    if row.sealed is not None:
        password = kept_password(settings, row.partner_id, Sealed(row.key_id, row.sealed))
    return server(row.host, row.port, row.security, row.username, password, settings=settings, resolve=resolve)


def kept_password(settings: Settings, partner_id: str, sealed: Sealed) -> str:
    """`NotUsable` where the secret of the platform has changed since."""
    try:
        return mail_vault(settings).open(mail_owner(partner_id), sealed)["password"]
    except Conflict:
        raise NotUsable("password_lost") from None


def server(
    host: str, port: int, security: str, username: str, password: str | None, *, settings: Settings, resolve: Resolve
) -> Server:
    """With the addresses that the name stands for now, which were checked."""
    try:
        with eventlet.Timeout(RESOLVE_SECONDS, _Slow()):
            addresses = checked(resolve(host, port), private=bool(settings.number("smtp_private")))
    except _Slow:
        raise NotUsable("timeout") from None
    except (NotAllowed, OSError, UnicodeError) as error:
        raise NotUsable("name_unknown" if isinstance(error, UnicodeError) else trouble_of(error)[0]) from None
    return Server(
        host=host,
        port=port,
        username=username or None,
        password=password if username else None,
        tls=security == "tls",
        starttls=security == "starttls",
        cafile=None,
        addresses=tuple(addresses),
        step_seconds=STEP_SECONDS,
        total_seconds=TOTAL_SECONDS,
    )
