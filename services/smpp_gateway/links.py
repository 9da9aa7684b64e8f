"""A link as it is stored and set: its name, what may be changed of it, what a change means to a session. Pure."""

import re
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

from kit.settings import Settings
from kit.vault import Sealed
from services.smpp_gateway.link_settings import LinkSettings

#: The link that `SMSC_URL` gives.
MAIN = "main"
NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")
MOST_BINDS = 50

#: What a live session follows at once; any other change makes each bind of the link connect anew, one after another.
LIVE = frozenset(
    {
        "window", "messages_per_second", "rate_burst_seconds", "name_ton", "name_npi", "number_ton", "number_npi",
        "short_number_digits", "short_number_ton", "short_number_npi", "source_plus", "destination_ton", "destination_npi",
        "destination_plus", "alphabet", "long_messages", "service_type", "protocol_id", "registered_delivery",
        "send_validity", "validity_most_seconds", "message_id_base", "receipt_format", "receipt_utc_offset_minutes",
        "unknown_outcome", "receipts_of",
    }
)  # fmt: skip
#: What the environment gives of the link `main`, and nobody else changes.
GIVEN = ("host", "port", "system_id", "password", "window")


@dataclass(slots=True, frozen=True, kw_only=True)
class StoredLink:
    """A row of `link`. `settings`: the fields of `LinkSettings` but the password; those that are missing have their defaults.

    `given`: host, port, system_id, password and window come from `SMSC_URL`. `draining`: it takes no new messages.
    `unresolved_seconds`, `receipt_timeout_seconds`: how long a part waits for its outcome; None: as the platform does.
    `reconnects` counts how often somebody asked to connect anew.
    """

    name: str
    title: str
    enabled: bool
    draining: bool
    given: bool
    binds: int
    failover_after_seconds: int
    unresolved_seconds: int | None
    receipt_timeout_seconds: int | None
    settings: dict[str, Any]
    password: Sealed | None
    reconnects: int
    version: int
    author: str
    changed_at: datetime

    @property
    def patience(self) -> dict[str, timedelta]:
        """What differs from the platform's limits (`context.Limits`)."""
        own = {"unresolved": self.unresolved_seconds, "receipt_timeout": self.receipt_timeout_seconds}
        return {name: timedelta(seconds=seconds) for name, seconds in own.items() if seconds is not None}


def same_session(before: LinkSettings, after: LinkSettings) -> bool:
    """Whether a session under the one may go on under the other."""
    return all(
        getattr(before, one.name) == getattr(after, one.name) for one in fields(LinkSettings) if one.name not in LIVE
    )


def environment_link(settings: Settings) -> LinkSettings | None:
    """From `SMSC_URL` (`smpp://id:password@host:port`), None without one; a sentence and exit where it can't be read."""
    if not settings.smsc_url:
        return None
    url = urlsplit(settings.smsc_url)
    try:
        port = url.port or 2775
    except ValueError:
        raise SystemExit("The port in SMSC_URL must be a number from 1 to 65535.") from None
    if url.scheme != "smpp" or not url.hostname or not url.username:
        raise SystemExit("SMSC_URL must look like smpp://id:password@host:port.")
    return LinkSettings(
        host=url.hostname,
        port=port,
        system_id=unquote(url.username),
        password=unquote(url.password or ""),
        window=settings.number("smsc_window"),
        reconnect_backoff_seconds_max=15.0,
    )


def with_given(settings: LinkSettings, given: LinkSettings) -> LinkSettings:
    """What the environment gives goes before what is stored."""
    return replace(settings, **{name: getattr(given, name) for name in GIVEN})


def part_of_rate(settings: LinkSettings, own: int, binds: int) -> float:
    """How many messages a second a process with so many of the link's binds may write; 0 for no limit."""
    return settings.messages_per_second * own / max(1, binds)


def settings_document(settings: LinkSettings) -> dict[str, Any]:
    """As JSON, without the password."""
    document: dict[str, Any] = {}
    for one in fields(LinkSettings):
        value = getattr(settings, one.name)
        if one.name == "retry":
            document["retry"] = {str(status): kind for status, kind in sorted(value.items())}
        elif one.name not in ("password", "session"):
            document[one.name] = value
    return document
