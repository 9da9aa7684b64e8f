"""What the settings of a partner's looks may be, and how they stand in the contract. No bus, no SQL, no clock."""

import re
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Row

from contracts.accounts_branding import EMAIL_AUTHORISATIONS, Branding, BrandingChange, ContractStanding
from contracts.accounts_files import StoredFile
from kit.clock import maybe_rfc3339, to_rfc3339
from services.accounts import fields
from services.accounts.problems import Problems

MOST_NAME = 100
MOST_URL = 500
MOST_AUTHOR = 100
#: Of a partner that never saved any.
DEFAULTS: dict[str, Any] = {
    "version": 0,
    "logo_address": "",
    "logo_file": None,
    "contract_required": False,
    "contract_url": "",
    "contract_file": None,
    "email_auth": EMAIL_AUTHORISATIONS[0],
    "author": "",
    "changed_at": None,
}

_is_colour = re.compile(r"[0-9a-f]{6}").fullmatch


def check(change: BrandingChange) -> None:
    """`Malformed` with every wrong field."""
    problems = Problems()
    fields.check_text(problems, "/name", change.name, required=True)
    if len(change.name) > MOST_NAME:
        problems.add("/name", "too_long")
    for name in ("accent_colour", "pressed_colour"):
        if not _is_colour(getattr(change, name)):
            problems.add(f"/{name}", "colour_invalid")
    for name in ("logo_address", "contract_url"):
        if not is_url(getattr(change, name)):
            problems.add(f"/{name}", "url_invalid")
    if change.email_auth not in EMAIL_AUTHORISATIONS:
        problems.add("/email_auth", "email_auth_invalid")
    problems.raise_if_any()


def is_url(text: str) -> bool:
    """An address that people's browsers can open, or none."""
    if not text:
        return True
    if len(text) > MOST_URL or not text.isprintable() or re.search(r"[\s\\\"<>]", text):
        return False
    try:
        parts = urlsplit(text)
        known_port = parts.port != 0
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None and known_port


def stored_file(row: Row) -> StoredFile:
    texts: dict[str, Any] = {"digest": bytes(row.sha256).hex(), "created_at": to_rfc3339(row.created_at)}
    names = ("id", "purpose", "name", "media_type", "octets", "width", "height")
    return StoredFile(**{name: getattr(row, name) for name in names}, **texts)


def branding(partner: Row, settings: Row | None, files: dict[str, StoredFile]) -> Branding:
    """`files`: those that the settings name, by their ids."""
    values = dict(settings._mapping) if settings is not None else DEFAULTS
    return Branding(
        name=partner.name,
        accent_colour=partner.accent_colour,
        pressed_colour=partner.pressed_colour,
        logo_address=values["logo_address"],
        logo=files.get(values["logo_file"] or ""),
        contract_required=values["contract_required"],
        contract_url=values["contract_url"],
        contract=files.get(values["contract_file"] or ""),
        email_auth=values["email_auth"],
        version=values["version"],
        author=values["author"],
        changed_at=maybe_rfc3339(values["changed_at"]),
    )


def standing(advertiser: Row, mark: Row | None, looks: Branding) -> ContractStanding:
    """A contract is there when the partner says so; where it says nothing, when its number and date are known."""
    written = bool(advertiser.contract_number and advertiser.contract_date)
    return ContractStanding(
        required=looks.contract_required,
        signed=written if mark is None else mark.signed,
        marked=mark is not None,
        author=mark.author if mark is not None else "",
        changed_at=maybe_rfc3339(mark.changed_at if mark is not None else None),
        url=looks.contract_url,
        file=looks.contract,
    )
