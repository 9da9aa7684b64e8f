"""Files of partners on their way in and out, part by part: none of them crosses the bus as a whole."""

import binascii
from base64 import b64decode, b64encode
from hashlib import sha256
from typing import Any

from eventlet import tpool
from eventlet.semaphore import Semaphore

from contracts.accounts_files import CONTRACT, FILE_PURPOSES, LOGO, MOST_BYTES, PART_BYTES
from contracts.errors import NotFound
from contracts.wire import to_wire
from kit.ids import uuid7
from kit.service import loop, rpc
from services.accounts import documents, fields, pictures
from services.accounts import files_repository as stored
from services.accounts import repository as people
from services.accounts.branding import stored_file
from services.accounts.problems import conflict, malformed

MOST_LOOSE = 20
NO_FILE = "There is no such file."
#: A picture that is unfolded takes much memory: one at a time in a process.
_drawing = Semaphore(1)


class FileEntrypoints:
    """A part of `AccountsService`, which gives it `db` and `clock`."""

    db: Any
    clock: Any

    @rpc
    def begin_file(self, partner_id: str, purpose: str, name: str) -> str:
        if purpose not in FILE_PURPOSES:
            raise NotFound(NO_FILE)
        row: dict[str, Any] = {"partner_id": partner_id, "id": str(uuid7(self.clock.now())), "purpose": purpose}
        row |= {"name": fields.storable(name, fields.MOST_TEXT), "media_type": "", "octets": 0, "width": 0, "height": 0}
        with self.db.begin() as connection:
            if not people.has_partner(connection, partner_id):
                raise NotFound("There is no such partner.")
            if stored.loose(connection, partner_id) >= MOST_LOOSE:
                raise conflict(f"/{purpose}_file", "too_many_files")
            stored.add(connection, row | {"in_use": False, "created_at": self.clock.now()})
        return str(row["id"])

    @rpc
    def add_file_part(self, partner_id: str, file_id: str, number: int, contents: str) -> None:
        part = _decoded(contents)
        with self.db.begin() as connection:
            file = stored.find(connection, partner_id, file_id, to_change=True)
            if file is None or file.sha256 is not None:
                raise NotFound(NO_FILE)
            if part and number < -(-file.octets // PART_BYTES):
                return  # It came before: a repeat after an answer that was lost.
            if not part or number * PART_BYTES != file.octets:
                raise malformed(f"/{file.purpose}_file", "file_broken")
            if file.octets + len(part) > MOST_BYTES[file.purpose]:
                raise malformed(f"/{file.purpose}_file", f"{file.purpose}_too_large")
            stored.add_part(connection, partner_id, file_id, number, part)
            stored.change(connection, partner_id, file_id, {"octets": file.octets + len(part)})

    @rpc
    def end_file(self, partner_id: str, file_id: str) -> dict[str, Any]:
        """See what it is; a logo is drawn anew. No transaction waits for that."""
        with self.db.begin() as connection:
            file = stored.find(connection, partner_id, file_id)
            if file is None:
                raise NotFound(NO_FILE)
            contents = b"".join(stored.parts_of(connection, partner_id, file_id)) if file.sha256 is None else b""
        if file.sha256 is None:
            values, drawn = _as_logo(contents) if file.purpose == LOGO else _as_contract(contents, file.name)
            with self.db.begin() as connection:
                if drawn is not None:
                    stored.replace_parts(connection, partner_id, file_id, _cut(drawn))
                stored.change(connection, partner_id, file_id, values)
        with self.db.begin() as connection:
            file = stored.find(connection, partner_id, file_id)
        if file is None:
            raise NotFound(NO_FILE)
        return to_wire(stored_file(file))

    @rpc
    def drop_file(self, partner_id: str, file_id: str) -> None:
        """Forget one that nothing names; others stay."""
        with self.db.begin() as connection:
            if stored.find(connection, partner_id, file_id) is not None:
                stored.drop(connection, partner_id, file_id)

    @rpc
    def file_part(self, partner_id: str, file_id: str, number: int) -> str:
        with self.db.begin() as connection:
            file = stored.find(connection, partner_id, file_id)
            part = stored.part(connection, partner_id, file_id, number) if file is not None else None
        if part is None:
            raise NotFound(NO_FILE)
        return b64encode(part).decode()

    @loop(every_seconds=3600.0)
    def purge_files(self) -> bool:
        with self.db.begin() as connection:
            return stored.purge(connection, self.clock.now()) == stored.PURGE_BATCH


def _decoded(contents: str) -> bytes:
    """Empty for what is no base64, or longer than a part."""
    if len(contents) > (PART_BYTES + 2) // 3 * 4:
        return b""
    try:
        return b64decode(contents, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _as_logo(contents: bytes) -> tuple[dict[str, Any], bytes | None]:
    with _drawing:
        logo = tpool.execute(pictures.redrawn, contents)
    if logo is None:
        raise malformed("/logo_file", "picture_invalid")
    size = {"octets": len(logo.contents), "width": logo.width, "height": logo.height}
    values = {"name": "logo.png", "media_type": "image/png", "sha256": sha256(logo.contents).digest(), **size}
    return values, logo.contents


def _as_contract(contents: bytes, name: str) -> tuple[dict[str, Any], bytes | None]:
    media_type = tpool.execute(documents.media_type_of, contents)
    if media_type is None:
        raise malformed(f"/{CONTRACT}_file", "document_invalid")
    digest = tpool.execute(lambda: sha256(contents).digest())
    return {"name": documents.tidied_name(name, media_type), "media_type": media_type, "sha256": digest}, None


def _cut(contents: bytes) -> list[bytes]:
    return [contents[start : start + PART_BYTES] for start in range(0, len(contents), PART_BYTES)]
