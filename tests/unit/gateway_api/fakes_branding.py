"""The fake of accounts' looks of partners, their files and the contract before a payment."""

from base64 import b64decode, b64encode
from dataclasses import replace
from hashlib import sha256
from typing import Any

from contracts.accounts_branding import Branding, BrandingChange, ContractStanding
from contracts.accounts_files import CONTRACT, LOGO, MOST_BYTES, PART_BYTES, StoredFile
from contracts.errors import PROBLEMS, Conflict, NotFound
from contracts.wire import from_wire, to_wire
from kit.ids import uuid7
from services.accounts import branding as rules
from services.accounts import documents, pictures
from services.accounts.problems import Problems, malformed

AT = "2026-11-22T09:15:00Z"
FIRST = Branding(
    name="",
    accent_colour="f66d19",
    pressed_colour="e5b030",
    logo_address="",
    logo=None,
    contract_required=False,
    contract_url="",
    contract=None,
    email_auth="CRAM-MD5",
    version=0,
    author="",
    changed_at=None,
)


class FakeBranding:
    """`looks` by partner; `kept`: files with their contents by (partner, id); `marks` by (partner, advertiser)."""

    hosts: dict[str, Any]

    def __init__(self) -> None:
        super().__init__()
        self.looks: dict[str, Branding] = {}
        self.kept: dict[tuple[str, str], tuple[StoredFile, bytes]] = {}
        self.marks: dict[tuple[str, str], bool] = {}

    def branding(self, partner_id: str) -> Any:
        return to_wire(self._looks(partner_id))

    def _looks(self, partner_id: str) -> Branding:
        name = next(one.brand for one in self.hosts.values() if one.partner_id == partner_id)
        return self.looks.get(partner_id) or replace(FIRST, name=name)

    def save_branding(self, partner_id: str, change: Any, author: str) -> Any:
        asked, before = from_wire(BrandingChange, change), self._looks(partner_id)
        rules.check(asked)
        if asked.version != before.version:
            told = PROBLEMS["changed_meanwhile"]
            problem = {"pointer": "/version", "code": "changed_meanwhile", "detail": told}
            raise Conflict(told, {"errors": [problem], "author": before.author, "changed_at": before.changed_at})
        values = {name: value for name, value in to_wire(asked).items() if not name.endswith("_file")}
        values |= {
            purpose: self._chosen(partner_id, purpose, getattr(asked, f"{purpose}_file"))
            for purpose in (LOGO, CONTRACT)
        }
        values |= {"version": before.version + 1, "author": author, "changed_at": AT}
        self.looks[partner_id] = made = Branding(**values)
        for host, owner in self.hosts.items():
            if owner.partner_id == partner_id:
                self.hosts[host] = replace(owner, **_shown(made))
        return to_wire(made)

    def _chosen(self, partner_id: str, purpose: str, file_id: str) -> StoredFile | None:
        found, _ = self.kept.get((partner_id, file_id), (None, b""))
        if file_id and (found is None or found.purpose != purpose or not found.digest):
            problems = Problems()
            problems.add(f"/{purpose}_file", "file_unknown")
            problems.raise_if_any()
        return found

    def logo(self, partner_id: str) -> Any:
        logo = self._looks(partner_id).logo
        if logo is None:
            raise NotFound
        return b64encode(self.kept[partner_id, logo.id][1]).decode()

    def begin_file(self, partner_id: str, purpose: str, name: str) -> Any:
        file_id = str(uuid7())
        empty = StoredFile(
            id=file_id, purpose=purpose, name=name, media_type="", octets=0, digest="", width=0, height=0, created_at=AT
        )
        self.kept[partner_id, file_id] = (empty, b"")
        return file_id

    def add_file_part(self, partner_id: str, file_id: str, number: int, contents: str) -> Any:
        file, before = self._file(partner_id, file_id)
        whole = before + b64decode(contents)
        if len(whole) > MOST_BYTES[file.purpose]:
            raise malformed(f"/{file.purpose}_file", f"{file.purpose}_too_large")
        self.kept[partner_id, file_id] = (replace(file, octets=len(whole)), whole)

    def end_file(self, partner_id: str, file_id: str) -> Any:
        file, contents = self._file(partner_id, file_id)
        if file.purpose == LOGO:
            drawn = pictures.redrawn(contents)
            if drawn is None:
                raise malformed("/logo_file", "picture_invalid")
            contents = drawn.contents
            file = replace(file, width=drawn.width, height=drawn.height, media_type="image/png", octets=len(contents))
        else:
            kind = documents.media_type_of(contents)
            if kind is None:
                raise malformed("/contract_file", "document_invalid")
            file = replace(file, media_type=kind, name=documents.tidied_name(file.name, kind))
        ended = replace(file, digest=sha256(contents).hexdigest())
        self.kept[partner_id, file_id] = (ended, contents)
        return to_wire(ended)

    def drop_file(self, partner_id: str, file_id: str) -> Any:
        self.kept.pop((partner_id, file_id), None)

    def file_part(self, partner_id: str, file_id: str, number: int) -> Any:
        _, contents = self._file(partner_id, file_id)
        return b64encode(contents[number * PART_BYTES : (number + 1) * PART_BYTES]).decode()

    def _file(self, partner_id: str, file_id: str) -> tuple[StoredFile, bytes]:
        if (partner_id, file_id) not in self.kept:
            raise NotFound
        return self.kept[partner_id, file_id]

    def contract_standing(self, partner_id: str, advertiser_id: str) -> Any:
        looks, mark = self._looks(partner_id), self.marks.get((partner_id, advertiser_id))
        self._own(partner_id, advertiser_id)
        made = ContractStanding(
            required=looks.contract_required,
            signed=mark is not False,
            marked=mark is not None,
            author="boss" if mark is not None else "",
            changed_at=AT if mark is not None else None,
            url=looks.contract_url,
            file=looks.contract,
        )
        return to_wire(made)

    def mark_contract(self, partner_id: str, advertiser_id: str, signed: bool, author: str) -> Any:
        self._own(partner_id, advertiser_id)
        self.marks[partner_id, advertiser_id] = signed
        return self.contract_standing(partner_id, advertiser_id)

    def _own(self, partner_id: str, advertiser_id: str) -> None:
        known: Any = getattr(self, "known", {}).get(advertiser_id)
        if known is None or known.partner_id != partner_id:
            raise NotFound


def _shown(looks: Branding) -> dict[str, Any]:
    """What of the looks a host is shown with."""
    logo = looks.logo
    return {
        "brand": looks.name,
        "accent_colour": looks.accent_colour,
        "pressed_colour": looks.pressed_colour,
        "logo": logo.digest[:16] if logo else "",
        "logo_width": logo.width if logo else 0,
        "logo_height": logo.height if logo else 0,
    }
