"""accounts: files that are made for somebody in the background, and how people like to see lists."""

from contracts.client import Client
from contracts.wire import from_wire, many_from_wire, wire

#: Codes of `data["errors"]` and their sentences (English msgids); they are part of `contracts.accounts.PROBLEMS`.
EXPORT_PROBLEMS = {
    "too_many_exports": "Two files are being made for you already: wait until one is ready",
    "export_too_large": "This file is larger than can be kept: narrow the filter down",
    "export_broken": "A part of the file is missing",
    "preference_invalid": "This can't be kept as a preference",
}

#: Octets of a part of a file on the bus, before they are written as base64.
EXPORT_PART_BYTES = 512 * 1024
RUNNING, READY, FAILED = "running", "ready", "failed"


@wire
class Export:
    """A file of one person. `state` running, ready or failed; `done` of about `total` rows; `octets` of the ready file."""

    id: str
    kind: str
    name: str
    state: str
    done: int
    total: int
    octets: int
    created_at: str
    expires_at: str


class ExportCalls(Client):
    """A part of the client of accounts. `partner_id` None: the platform's own people."""

    def begin_export(self, partner_id: str | None, user_id: str, *, kind: str, name: str, total: int) -> Export:
        """`Conflict` while two are being made for the same person. It is kept for an hour."""
        arguments = {"partner_id": partner_id, "user_id": user_id, "kind": kind, "name": name, "total": total}
        return from_wire(Export, self._call("begin_export", **arguments))

    def tell_export(self, partner_id: str | None, user_id: str, export_id: str, *, done: int) -> None:
        """So many rows are done. One that nobody tells of for a minute has failed: its process has ended."""
        arguments = {"partner_id": partner_id, "user_id": user_id, "export_id": export_id, "done": done}
        self._call("tell_export", **arguments)

    def add_export_part(
        self, partner_id: str | None, user_id: str, export_id: str, *, number: int, contents: str
    ) -> None:
        """The next part, base64 of EXPORT_PART_BYTES, the last one fewer; a repeat does nothing."""
        arguments = {"partner_id": partner_id, "user_id": user_id, "export_id": export_id}
        self._call("add_export_part", **arguments, number=number, contents=contents)

    def end_export(self, partner_id: str | None, user_id: str, export_id: str, *, ready: bool) -> Export:
        """All parts are there, or it has failed."""
        arguments = {"partner_id": partner_id, "user_id": user_id, "export_id": export_id, "ready": ready}
        return from_wire(Export, self._call("end_export", **arguments))

    def export(self, partner_id: str | None, user_id: str, export_id: str) -> Export:
        """`NotFound` for another person's, and for one that is not kept any more."""
        arguments = {"partner_id": partner_id, "user_id": user_id, "export_id": export_id}
        return from_wire(Export, self._call("export", **arguments))

    def export_part(self, partner_id: str | None, user_id: str, export_id: str, *, number: int) -> str:
        """Base64; `NotFound` behind the last part and while the file is not ready."""
        arguments = {"partner_id": partner_id, "user_id": user_id, "export_id": export_id, "number": number}
        part: str = self._call("export_part", **arguments)
        return part

    def exports(self, partner_id: str | None, user_id: str) -> list[Export]:
        """Those that are kept for this person, newest first."""
        return many_from_wire(Export, self._call("exports", partner_id=partner_id, user_id=user_id))

    def preference(self, partner_id: str | None, user_id: str, name: str) -> dict[str, object]:
        """How this person likes to see a list, as the page that keeps it wrote it; empty where it was never said."""
        found: dict[str, object] = self._call("preference", partner_id=partner_id, user_id=user_id, name=name)
        return found

    def set_preference(self, partner_id: str | None, user_id: str, name: str, value: dict[str, object]) -> None:
        """At most 50 of a person, each at most 4,000 characters of JSON; `Malformed` above that."""
        arguments = {"partner_id": partner_id, "user_id": user_id, "name": name, "value": value}
        self._call("set_preference", **arguments)
