"""accounts: how a partner's cabinet looks, its contract, and the files of both."""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator

from contracts.client import Client
from contracts.events import event
from contracts.wire import from_wire, to_wire, wire

#: Codes of `data["errors"]` and their sentences (English msgids); they are part of `contracts.accounts.PROBLEMS`.
BRANDING_PROBLEMS = {
    "colour_invalid": "A colour is six hexadecimal digits, such as f66d19",
    "url_invalid": "An address begins with https:// or http:// and has neither spaces nor a password",
    "email_auth_invalid": "Choose one of the list",
    "picture_invalid": "Choose a picture in PNG, JPEG or WebP of at most 4000×4000 pixels",
    "document_invalid": "Choose a PDF, DOC or DOCX file without macros",
    "logo_too_large": "The file is larger than 5 MB",
    "contract_too_large": "The file is larger than 10 MB",
    "file_unknown": "This file is not there any more: choose it again",
    "file_broken": "The file did not arrive whole: send it again",
    "too_many_files": "Too many files were begun at once: try again in some minutes",
}

#: What a file is for. A logo is kept as a PNG of its own, a contract as it came.
LOGO, CONTRACT = FILE_PURPOSES = ("logo", "contract")
#: How large a file may be as it comes, in bytes.
MOST_BYTES = {LOGO: 5 * 1024 * 1024, CONTRACT: 10 * 1024 * 1024}
#: A part of a file that crosses the bus at once, before base64.
PART_BYTES = 512 * 1024
#: «Способ авторизации» of «Прием SMS через E-mail», in the order they are offered.
EMAIL_AUTHORISATIONS = ("CRAM-MD5", "PLAIN", "LOGIN")


@wire
class StoredFile:
    """`digest` is the SHA-256 in hex, `width` and `height` the pixels of a picture (0 for a document)."""

    id: str
    purpose: str
    name: str
    media_type: str
    octets: int
    digest: str
    width: int
    height: int
    created_at: str


@wire
class Branding:
    """«Дополнительные настройки». Colours are six hex digits. `version` is 0 while nothing was ever saved.

    `logo_address`: where the logo was fetched from, empty for an uploaded one.
    """

    name: str
    accent_colour: str
    pressed_colour: str
    logo_address: str
    logo: StoredFile | None
    contract_required: bool
    contract_url: str
    contract: StoredFile | None
    email_auth: str
    version: int
    author: str
    changed_at: str | None


@wire
class BrandingChange:
    """All of it at once. `version`: of what was read. Files are those with these ids, empty: none."""

    version: int
    name: str
    accent_colour: str
    pressed_colour: str
    logo_address: str
    logo_file: str
    contract_required: bool
    contract_url: str
    contract_file: str
    email_auth: str


@wire
class ContractStanding:
    """Whether an advertiser may pay: it may unless a contract is `required` and it has none.

    `signed`: it has one. `marked`: the partner said so (or not), else it follows from number and date.
    """

    required: bool
    signed: bool
    marked: bool
    author: str
    changed_at: str | None
    url: str
    file: StoredFile | None


@event(source="accounts", name="branding_changed", hint=True)
class BrandingChanged:
    """The looks of these partners' hosts changed: caches of hosts drop them."""

    partner_ids: list[str]


class BrandingCalls(Client):
    """A part of the client of accounts."""

    def branding(self, partner_id: str) -> Branding:
        return from_wire(Branding, self._call("branding", partner_id=partner_id))

    def save_branding(self, partner_id: str, change: BrandingChange, *, author: str) -> Branding:
        """`Conflict` with `changed_meanwhile` for an old version; `Malformed` names fields as `/accent_colour`.

        Files that are no longer named are deleted; one that is another partner's is as unknown as none.
        """
        arguments = {"partner_id": partner_id, "change": to_wire(change), "author": author}
        return from_wire(Branding, self._call("save_branding", **arguments))

    def store_file(self, partner_id: str, *, purpose: str, name: str, blocks: Iterable[bytes]) -> StoredFile:
        """Hand over a file in blocks; it belongs to nothing until it is named in what is saved, for a day at most.

        `Malformed` at `/logo_file` or `/contract_file` for what is none, or too large; then nothing is kept.
        """
        file_id = str(self._call("begin_file", partner_id=partner_id, purpose=purpose, name=name))
        try:
            for number, part in enumerate(_parts(blocks, MOST_BYTES[purpose])):
                self.add_file_part(partner_id, file_id, number=number, contents=part)
            return from_wire(StoredFile, self._call("end_file", partner_id=partner_id, file_id=file_id))
        except Exception:
            self._call("drop_file", partner_id=partner_id, file_id=file_id)
            raise

    def add_file_part(self, partner_id: str, file_id: str, *, number: int, contents: bytes) -> None:
        """The next part, from 0; at most `PART_BYTES`. A repeat changes nothing."""
        text = b64encode(contents).decode()
        self._call("add_file_part", partner_id=partner_id, file_id=file_id, number=number, contents=text)

    def read_file(self, partner_id: str, file: StoredFile) -> Iterator[bytes]:
        """The parts of a file of this partner; `NotFound` for another's."""
        for number in range(-(-file.octets // PART_BYTES)):
            part = self._call("file_part", partner_id=partner_id, file_id=file.id, number=number)
            yield b64decode(part)

    def logo(self, partner_id: str) -> bytes:
        """The PNG of the logo in use; `NotFound` where the partner has none."""
        return b64decode(self._call("logo", partner_id=partner_id))

    def contract_standing(self, partner_id: str, advertiser_id: str) -> ContractStanding:
        arguments = {"partner_id": partner_id, "advertiser_id": advertiser_id}
        return from_wire(ContractStanding, self._call("contract_standing", **arguments))

    def mark_contract(self, partner_id: str, advertiser_id: str, *, signed: bool, author: str) -> ContractStanding:
        """The partner's word on whether the advertiser has a contract."""
        arguments = {"partner_id": partner_id, "advertiser_id": advertiser_id, "signed": signed, "author": author}
        return from_wire(ContractStanding, self._call("mark_contract", **arguments))


def _parts(blocks: Iterable[bytes], most: int) -> Iterator[bytes]:
    """Blocks of any size as parts of `PART_BYTES`, the last one shorter. One byte too many is handed on as well, so that
    the service tells of it; what is behind it is not read."""
    waiting, left = b"", most + 1
    for block in blocks:
        waiting, left = waiting + block[:left], left - len(block[:left])
        while len(waiting) >= PART_BYTES:
            yield waiting[:PART_BYTES]
            waiting = waiting[PART_BYTES:]
        if not left:
            break
    if waiting:
        yield waiting
