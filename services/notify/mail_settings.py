"""What a partner sets about letters and notices, checked. No bus, no SQL, no clock."""

import re
from functools import cache
from ipaddress import ip_address
from typing import Any
from zoneinfo import available_timezones

from contracts.errors import PROBLEMS as COMMON
from contracts.errors import Conflict, Malformed
from contracts.notify_settings import (
    CREDIT_PLACEHOLDERS,
    MAIL_SECURITY,
    PROBLEMS,
    MailChange,
    Notices,
    NoticeSettings,
)
from services.notify.addresses import is_allowed
from services.notify.hours import minutes_of
from services.notify.letters import Template
from services.notify.mail import ascii_address

WELL_KNOWN_PORTS = frozenset({25, 465, 587, 2525})
LONGEST_EMAIL = 254
LONGEST_LINE = 200
LONGEST_NOTICE = 500

_LABEL = r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)"
_HOST = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*\.?")
_DIGITS = re.compile(r"\+?[0-9]{5,15}")
_NAME = re.compile(r"[!-Z_a-z](?:[ -Z_a-z]{0,9}[!-Z_a-z])?")


class Problems:
    """`add` and at last `raise_if_any`."""

    def __init__(self) -> None:
        self.found: list[dict[str, str]] = []

    def add(self, pointer: str, code: str, names: str = "") -> None:
        detail = f"{names}: {PROBLEMS[code]}" if names else PROBLEMS[code]
        self.found.append({"pointer": pointer, "code": code, "detail": detail})

    def raise_if_any(self) -> None:
        if self.found:
            raise Malformed(self.found[0]["detail"], {"errors": self.found})


def check_mail(change: MailChange, *, kept: dict[str, Any] | None, private: bool) -> None:
    """`kept`: the stored row, whose password stays where none is given: with its host, port, protection and user alone.

    `private`: the operator allows servers that are none of the public internet.
    """
    problems = Problems()
    if change.sender and not is_email(change.sender):
        problems.add("/sender", "mail_sender_invalid")
    if change.host:
        _check_server(problems, change, private)
    for name in ("username", "password"):
        text = getattr(change, name)
        if len(text) > LONGEST_LINE or not text.isprintable():
            problems.add(f"/{name}", "mail_text_invalid")
    if change.password and not change.username:
        problems.add("/username", "mail_password_without_user")
    if not change.password and keeps_password(change, kept) is False:
        problems.add("/password", "mail_password_again")
    problems.raise_if_any()


def keeps_password(change: MailChange, kept: dict[str, Any] | None) -> bool | None:
    """Whether the stored password is for these settings too; None where there is none, or none is wanted."""
    if kept is None or not kept["sealed"] or not change.host or not change.username:
        return None
    names = ("host", "port", "security", "username")
    return all(getattr(change, name) == kept[name] for name in names)


def _check_server(problems: Problems, change: MailChange, private: bool) -> None:
    if not change.sender:
        problems.add("/sender", "mail_required")
    if not is_host(change.host):
        problems.add("/host", "mail_host_invalid")
    elif not private and _is_denied(change.host):
        problems.add("/host", "mail_host_denied")
    if change.port not in WELL_KNOWN_PORTS and not 1024 <= change.port <= 65535:
        problems.add("/port", "mail_port_invalid")
    if change.security not in MAIL_SECURITY:
        problems.add("/security", "mail_security_invalid")


def _is_denied(host: str) -> bool:
    """An address that no letter goes to. Where a name leads is seen each time it is used."""
    try:
        return not is_allowed(ip_address(host))
    except ValueError:
        return host.lower().rstrip(".").rpartition(".")[2] == "localhost"


def is_host(host: str) -> bool:
    """A name in ASCII or one that has such a form, or an IP address; what it leads to is seen when it is used."""
    try:
        ip_address(host)
    except ValueError:
        try:
            # A number alone would be read as an address by some resolvers.
            return bool(_HOST.fullmatch(host.encode("idna").decode())) and not host.rpartition(".")[2].isdigit()
        except UnicodeError:
            return False
    return True


def is_email(address: str) -> bool:
    if len(address) > LONGEST_EMAIL or not address.isprintable() or "." not in address.rpartition("@")[2]:
        return False
    try:
        ascii_address(address)
    except ValueError:
        return False
    return address.count("@") == 1 and not set(address) & set(' "<>(),:;[]\\')


def check_notices(notices: Notices) -> dict[str, Any]:
    """The columns of the row."""
    problems = Problems()
    for name in ("service_signature", "test_signature"):
        if not is_signature(getattr(notices, name)):
            problems.add(f"/{name}", "signature_invalid")
    _check_credit_text(problems, notices.credit_text)
    minutes = {
        name: value for kind in ("mail", "sms") for name, value in _checked_hours(problems, notices, kind).items()
    }
    if notices.zone not in _zones():
        problems.add("/zone", "notice_zone_unknown")
    problems.raise_if_any()
    texts = {name: getattr(notices, name) for name in ("service_signature", "test_signature", "credit_text", "zone")}
    return texts | minutes


def _check_credit_text(problems: Problems, text: str) -> None:
    if len(text) > LONGEST_NOTICE or not text.replace("\n", "").isprintable():
        problems.add("/credit_text", "notice_text_too_long")
    unknown = Template("", text, frozenset(CREDIT_PLACEHOLDERS)).problems()
    if unknown:
        problems.add("/credit_text", "placeholder_unknown", ", ".join(f"{{{name}}}" for name in unknown[:10]))


def _checked_hours(problems: Problems, notices: Notices, kind: str) -> dict[str, int | None]:
    given = {name: getattr(notices, name) for name in (f"{kind}_from", f"{kind}_to")}
    found = {name: minutes_of(one) if one else None for name, one in given.items()}
    for name, one in given.items():
        if one and found[name] is None:
            problems.add(f"/{name}", "hours_invalid")
        elif not one and any(given.values()):
            problems.add(f"/{name}", "hours_half")
    if all(given.values()) and len(set(given.values())) == 1:
        problems.add(f"/{kind}_to", "hours_equal")
    return found


def is_signature(name: str) -> bool:
    """A sender name, or none: 11 characters of GSM 03.38 that take a septet each, or 15 digits."""
    if name.isascii() and name.isdigit():
        return len(name) <= 15
    return not name or (bool(_NAME.fullmatch(name)) and not set(name) & set("`"))


def check_notice_settings(settings: NoticeSettings) -> None:
    problems = Problems()
    if settings.phone and not _DIGITS.fullmatch(settings.phone):
        problems.add("/phone", "phone_invalid")
    if settings.by_phone and not settings.phone:
        problems.add("/phone", "phone_needed")
    if settings.email and not is_email(settings.email):
        problems.add("/email", "mail_sender_invalid")
    problems.raise_if_any()


def changed_meanwhile(author: str, changed_at: str) -> Conflict:
    detail = COMMON["changed_meanwhile"]
    error = {"pointer": "/version", "code": "changed_meanwhile", "detail": detail}
    return Conflict(detail, {"errors": [error], "author": author, "changed_at": changed_at})


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
