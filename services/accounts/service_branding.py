"""«Дополнительные настройки» of a partner, and whether an advertiser has the contract that they ask for."""

from base64 import b64encode
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from contracts import errors
from contracts.accounts import BrandingChanged
from contracts.accounts_branding import Branding, BrandingChange
from contracts.accounts_files import CONTRACT, LOGO
from contracts.errors import Conflict, NotFound
from contracts.wire import from_wire, to_wire
from kit.service import rpc
from services.accounts import advertisers_repository as people
from services.accounts import branding as rules
from services.accounts import branding_repository as stored
from services.accounts import fields, files_repository, registration
from services.accounts.problems import Problems

#: Columns of the partner, and of its settings, that have the fields' names.
LOOKS = ("name", "accent_colour", "pressed_colour")
SETTINGS = ("logo_address", "contract_required", "contract_url", "email_auth")
FILES = {"logo_file": LOGO, "contract_file": CONTRACT}


class BrandingEntrypoints:
    """A part of `AccountsService`, which gives it `db`, `clock` and `outbox`."""

    db: Any
    clock: Any
    outbox: Any

    @rpc
    def branding(self, partner_id: str) -> dict[str, Any]:
        with self.db.begin() as connection:
            return to_wire(_branding(connection, partner_id))

    @rpc
    def save_branding(self, partner_id: str, change: dict[str, Any], author: str) -> dict[str, Any]:
        asked = _tidied(from_wire(BrandingChange, change))
        rules.check(asked)
        with self.db.begin() as connection:
            if stored.partner(connection, partner_id, to_change=True) is None:
                raise NotFound("There is no such partner.")
            before = _branding(connection, partner_id)
            if asked.version != before.version:
                raise _changed_meanwhile(before)
            chosen = _chosen_files(connection, partner_id, asked)
            values = {name: getattr(asked, name) for name in SETTINGS} | chosen
            values |= {"version": before.version + 1, "changed_at": self.clock.now()}
            values["author"] = fields.storable(author, rules.MOST_AUTHOR)
            stored.save(connection, partner_id, {name: getattr(asked, name) for name in LOOKS}, values)
            for file in (before.logo, before.contract):
                if file is not None and file.id not in chosen.values():
                    files_repository.drop(connection, partner_id, file.id, only_loose=False)
            self.outbox.put(connection, BrandingChanged(partner_ids=[partner_id]))
            return to_wire(_branding(connection, partner_id))

    @rpc
    def logo(self, partner_id: str) -> str:
        with self.db.begin() as connection:
            looks = _branding(connection, partner_id)
            if looks.logo is None:
                raise NotFound("There is no such file.")
            parts = files_repository.parts_of(connection, partner_id, looks.logo.id)
        return b64encode(b"".join(parts)).decode()

    @rpc
    def contract_standing(self, partner_id: str, advertiser_id: str) -> dict[str, Any]:
        with self.db.begin() as connection:
            return _standing(connection, partner_id, advertiser_id)

    @rpc
    def mark_contract(self, partner_id: str, advertiser_id: str, signed: bool, author: str) -> dict[str, Any]:
        values: dict[str, Any] = {"partner_id": partner_id, "advertiser_id": advertiser_id, "signed": signed is True}
        values |= {"author": fields.storable(author, rules.MOST_AUTHOR), "changed_at": self.clock.now()}
        with self.db.begin() as connection:
            _standing(connection, partner_id, advertiser_id)
            stored.put_mark(connection, values)
            return _standing(connection, partner_id, advertiser_id)


def _tidied(change: BrandingChange) -> BrandingChange:
    """Colours in small letters without the sign before them: the same one is always the same text."""
    colours = {name: getattr(change, name).strip().removeprefix("#").lower() for name in LOOKS[1:]}
    texts = {name: getattr(change, name).strip() for name in ("logo_address", "contract_url")}
    return replace(change, name=registration.one_line(change.name), **colours, **texts)


def _branding(connection: Connection, partner_id: str) -> Branding:
    partner = stored.partner(connection, partner_id)
    if partner is None:
        raise NotFound("There is no such partner.")
    settings = stored.settings(connection, partner_id)
    ids = [getattr(settings, name) for name in FILES] if settings is not None else []
    found = [files_repository.find(connection, partner_id, one) for one in ids if one]
    return rules.branding(partner, settings, {one.id: rules.stored_file(one) for one in found if one is not None})


def _chosen_files(connection: Connection, partner_id: str, asked: BrandingChange) -> dict[str, str | None]:
    """The ids of the files that are in use from now on. A file that is another partner's, for something else or not
    whole is as unknown as one that never was."""
    problems, chosen = Problems(), dict[str, str | None]()
    for name, purpose in FILES.items():
        file_id = getattr(asked, name)
        file = files_repository.find(connection, partner_id, file_id, to_change=True) if file_id else None
        if file_id and (file is None or file.purpose != purpose or file.sha256 is None):
            problems.add(f"/{name}", "file_unknown")
        elif file is not None:
            files_repository.change(connection, partner_id, file.id, {"in_use": True})
        chosen[name] = file.id if file is not None else None
    problems.raise_if_any()
    return chosen


def _changed_meanwhile(now: Branding) -> Conflict:
    detail = errors.PROBLEMS["changed_meanwhile"]
    problem = {"pointer": "/version", "code": "changed_meanwhile", "detail": detail}
    return Conflict(detail, {"errors": [problem], "author": now.author, "changed_at": now.changed_at})


def _standing(connection: Connection, partner_id: str, advertiser_id: str) -> dict[str, Any]:
    advertiser = people.advertiser(connection, partner_id, advertiser_id)
    if advertiser is None:
        raise NotFound("There is no such advertiser.")
    mark = stored.mark(connection, partner_id, advertiser_id)
    return to_wire(rules.standing(advertiser, mark, _branding(connection, partner_id)))
