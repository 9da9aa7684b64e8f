"""The rules of single fields: what a login, a host, a zone, an address may be."""

import re
from datetime import date
from functools import cache
from zoneinfo import available_timezones

from services.accounts.passwords import password_problem
from services.accounts.problems import Problems

MOST_TEXT = 200
MOST_USER_AGENT = 300
MOST_ADDRESS = 64

_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{1,63}")
_LABEL = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
_HOST = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")
_EMAIL = re.compile(
    r"(?=.{3,254}\Z)[A-Za-z0-9!#$%&'*+/=?^_{|}~.-]{1,64}@[^\s@<>(),;:\\\"\[\]]+\.[^\s@<>(),;:\\\"\[\].]{2,}"
)
PHONE = re.compile(r"\+?[0-9]{5,15}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def is_id(text: str) -> bool:
    return bool(_UUID.fullmatch(text))


def storable(text: str, most: int) -> str:
    """The text as PostgreSQL can store it: no NUL, no lone surrogate, at most `most` characters."""
    return text[:most].encode("utf-8", "replace").decode().replace("\x00", "")


def is_plain(text: str) -> bool:
    """Whether it is one line without control characters that UTF-8 can express."""
    return text.isprintable()


def login_key(login: str) -> str:
    """What two spellings of a login have in common; empty for what can't be a login."""
    return login.lower() if _LOGIN.fullmatch(login) else ""


def host_key(host: str) -> str:
    """The host in small letters; empty for what can't be one, so that it is never found."""
    lowered = host.lower()
    return lowered if _HOST.fullmatch(lowered) else ""


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def check_zone(problems: Problems, pointer: str, zone: str) -> None:
    if zone not in _zones():
        problems.add(pointer, "zone_unknown")


def check_text(problems: Problems, pointer: str, text: str, *, required: bool = False) -> None:
    if required and not text.strip():
        problems.add(pointer, "required")
    elif not is_plain(text):
        problems.add(pointer, "text_invalid")
    elif len(text) > MOST_TEXT:
        problems.add(pointer, "too_long")


def check_email(problems: Problems, email: str) -> None:
    """An address, or none."""
    if email and not is_email(email):
        problems.add("/email", "email_invalid")


def check_login(problems: Problems, login: str) -> None:
    if not login_key(login):
        problems.add("/login", "login_invalid" if login else "required")


def check_password(problems: Problems, password: str) -> None:
    code = password_problem(password)
    if code:
        problems.add("/password", code)


def check_hosts(problems: Problems, hosts: list[str]) -> None:
    if not hosts:
        problems.add("/hosts", "required")
    for index, host in enumerate(hosts):
        if host_key(host) != host or not host:
            problems.add(f"/hosts/{index}", "host_invalid")


def parse_date(text: str) -> date | None:
    """The date of `YYYY-MM-DD`, None for anything else."""
    if not _DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def compact_phone(phone: str) -> str:
    """The phone without the signs that people write for reading: `+7 (916) 123-45-67` -> `+79161234567`."""
    return re.sub(r"[ \u00a0()-]", "", phone)


def is_phone(phone: str) -> bool:
    """Whether a compact phone has 5 to 15 digits."""
    return bool(PHONE.fullmatch(phone))


def is_email(address: str) -> bool:
    """Whether a letter can be sent there: an ASCII local part and a domain that has an ASCII (IDNA) form."""
    if not _EMAIL.fullmatch(address) or not is_plain(address):
        return False
    try:
        return bool(address.rpartition("@")[2].encode("idna"))
    except UnicodeError:
        return False
