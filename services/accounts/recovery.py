"""Recovery of a forgotten password: how long a link works, how often one is sent, and what it looks like. Pure."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from contracts.accounts_recovery import PersonalLetter
from kit.clock import to_rfc3339
from kit.ids import uuid7
from kit.settings import Settings
from kit.vault import Vault, letter_owner
from services.accounts.limits import key_of

LIFETIME = timedelta(minutes=30)
#: Shorter than a link lives, so that whoever asks in another's name leaves a link that works in the mailbox.
PACE = timedelta(minutes=20)
HOUR = timedelta(hours=1)
#: A registration letter that nobody could be sent so long says a password that was changed since, or should be.
REGISTRATION_KEPT = timedelta(days=3)
#: Accounts with the same e-mail that get a letter each.
MOST_ACCOUNTS = 5
MOST_WANTED = 254
#: Requests that wait for their turn, of all partners: each is one row, and one who asks twice has one.
MOST_WAITING = 10_000
BATCH = 50
#: Used and expired links are kept so long: the pace is counted from them.
KEPT = timedelta(days=1)


def may_send(sent: Sequence[datetime], now: datetime) -> bool:
    """Two letters at once, then one in 20 minutes: at most four an hour, and never a time without a link that works."""
    recent = [one for one in sent if one > now - HOUR]
    return len(recent) < 2 or max(recent) <= now - PACE


def request_row(partner_id: str, host: str, wanted: str, now: datetime) -> dict[str, Any]:
    """The row of a request: the same for whoever is there and for who is not."""
    return {
        "key": key_of("recovery", partner_id, host, wanted.lower()),
        "partner_id": partner_id,
        "host": host,
        "wanted": wanted,
        "asked_at": now,
    }


def password_key(password_hash: str) -> bytes:
    """A link sets the password that was forgotten, and none that was set since."""
    return hashlib.sha256(password_hash.encode()).digest()


def link_of(settings: Settings, host: str, token: str) -> str:
    """The host is the one that is stored; nothing of the request stands in it."""
    if settings.https == "1":
        return f"https://{host}/recovery/{token}"
    port = settings.number("http_port")
    return f"http://{host}/recovery/{token}" if port == 80 else f"http://{host}:{port}/recovery/{token}"


def letter_of(
    kind: str,
    person: Any,
    vault: Vault | None,
    secrets: dict[str, str],
    now: datetime,
    useless_at: datetime | None = None,
) -> PersonalLetter:
    """`person` has partner_id, advertiser_id, login, name, email and brand."""
    letter_id = str(uuid7(now))
    sealed = vault.seal(letter_owner(letter_id), secrets) if vault is not None else None
    return PersonalLetter(
        id=letter_id,
        kind=kind,
        partner_id=person.partner_id,
        advertiser_id=person.advertiser_id,
        login=person.login,
        name=person.name,
        email=person.email,
        brand=person.brand,
        key_id=sealed.key_id if sealed else "",
        sealed=sealed.ciphertext if sealed else "",
        useless_at=to_rfc3339(useless_at) if useless_at else None,
    )
