"""accounts: files of partners, which cross the bus in parts."""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator

from contracts.client import Client
from contracts.wire import from_wire, wire

#: Codes of `data["errors"]` and their sentences (English msgids); they are part of `contracts.accounts.PROBLEMS`.
FILE_PROBLEMS = {
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


class FileCalls(Client):
    """A part of the client of accounts; `store_file` and `read_file` make the calls in their order."""

    def begin_file(self, partner_id: str, *, purpose: str, name: str) -> str:
        """The id of a new file, which belongs to nothing until what is saved names it, for a day at most.

        `Conflict` where too many of the partner's are begun.
        """
        return str(self._call("begin_file", partner_id=partner_id, purpose=purpose, name=name))

    def add_file_part(self, partner_id: str, file_id: str, *, number: int, contents: str) -> None:
        """The next part, from 0: `PART_BYTES` in base64, the last one may be shorter. A repeat changes nothing."""
        arguments = {"partner_id": partner_id, "file_id": file_id, "number": number, "contents": contents}
        self._call("add_file_part", **arguments)

    def end_file(self, partner_id: str, file_id: str) -> StoredFile:
        """`Malformed` at `/logo_file` or `/contract_file` for what is none."""
        return from_wire(StoredFile, self._call("end_file", partner_id=partner_id, file_id=file_id))

    def drop_file(self, partner_id: str, file_id: str) -> None:
        """Forget a file that nothing names; others stay."""
        self._call("drop_file", partner_id=partner_id, file_id=file_id)

    def file_part(self, partner_id: str, file_id: str, number: int) -> str:
        """In base64; `NotFound` for another partner's file."""
        return str(self._call("file_part", partner_id=partner_id, file_id=file_id, number=number))


def store_file(accounts: FileCalls, partner_id: str, *, purpose: str, name: str, blocks: Iterable[bytes]) -> StoredFile:
    """Hand over a file in blocks of any size. `Malformed` at its field for what is none, or too large a one: then nothing
    is kept."""
    file_id = accounts.begin_file(partner_id, purpose=purpose, name=name)
    try:
        for number, part in enumerate(_parts(blocks, MOST_BYTES[purpose])):
            accounts.add_file_part(partner_id, file_id, number=number, contents=b64encode(part).decode())
        return accounts.end_file(partner_id, file_id)
    except Exception:
        accounts.drop_file(partner_id, file_id)
        raise


def read_file(accounts: FileCalls, partner_id: str, file: StoredFile) -> Iterator[bytes]:
    """The parts of a file of this partner; `NotFound` for another's."""
    for number in range(-(-file.octets // PART_BYTES)):
        yield b64decode(accounts.file_part(partner_id, file.id, number))


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
