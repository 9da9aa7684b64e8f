"""Files that are made for somebody in the background, and how people like to see lists."""

from base64 import b64encode
from typing import Any

from contracts.accounts_exports import EXPORT_PART_BYTES
from contracts.errors import NotFound
from contracts.wire import many_to_wire, to_wire
from kit.ids import uuid7
from kit.service import loop, rpc
from services.accounts import exports as rules
from services.accounts import exports_repository as stored
from services.accounts import fields
from services.accounts.problems import conflict, malformed

NO_EXPORT = "There is no such file."


class ExportEntrypoints:
    """A part of `AccountsService`, which gives it `db` and `clock`."""

    db: Any
    clock: Any

    @rpc
    def begin_export(self, partner_id: str | None, user_id: str, kind: str, name: str, total: int) -> dict[str, Any]:
        now = self.clock.now()
        with self.db.begin() as connection:
            if not stored.lock_user(connection, partner_id, user_id):
                raise NotFound("There is no such person.")
            known = stored.of_user(connection, partner_id, user_id, now - rules.KEPT)
            if sum(rules.is_running(one, now) for one in known) >= rules.MOST_RUNNING:
                raise conflict("/kind", "too_many_exports")
            ended = [one.id for one in known if not rules.is_running(one, now)]
            stored.drop(connection, ended[rules.MOST_KEPT - rules.MOST_RUNNING :])
            row: dict[str, Any] = {"id": str(uuid7(now)), "partner_id": partner_id, "user_id": user_id}
            row |= {"kind": fields.storable(kind, 50), "name": fields.storable(name, fields.MOST_TEXT)}
            row |= {"done": 0, "total": max(total, 0), "octets": 0, "ready": False}
            stored.add(connection, row | {"created_at": now, "touched_at": now})
            return self._told_export(connection, partner_id, user_id, row["id"])

    @rpc
    def tell_export(self, partner_id: str | None, user_id: str, export_id: str, done: int) -> None:
        with self.db.begin() as connection:
            self._running_export(connection, partner_id, user_id, export_id)
            stored.change(connection, export_id, {"done": done, "touched_at": self.clock.now()})

    @rpc
    def add_export_part(self, partner_id: str | None, user_id: str, export_id: str, number: int, contents: str) -> None:
        part = rules.part_of(contents)
        with self.db.begin() as connection:
            found = self._running_export(connection, partner_id, user_id, export_id)
            if number < -(-found.octets // EXPORT_PART_BYTES):
                return  # It came before: a repeat after an answer that was lost.
            if number * EXPORT_PART_BYTES != found.octets:
                raise malformed("/number", "export_broken")
            if found.octets + len(part) > rules.MOST_BYTES:
                raise conflict("/contents", "export_too_large")
            stored.add_part(connection, export_id, number, part)
            values = {"octets": found.octets + len(part), "touched_at": self.clock.now()}
            stored.change(connection, export_id, values)

    @rpc
    def end_export(self, partner_id: str | None, user_id: str, export_id: str, ready: bool) -> dict[str, Any]:
        with self.db.begin() as connection:
            found = self._found_export(connection, partner_id, user_id, export_id, to_change=True)
            if found.ended_at is None:
                stored.change(connection, export_id, {"ready": ready is True, "ended_at": self.clock.now()})
            return self._told_export(connection, partner_id, user_id, export_id)

    @rpc
    def export(self, partner_id: str | None, user_id: str, export_id: str) -> dict[str, Any]:
        with self.db.begin() as connection:
            return self._told_export(connection, partner_id, user_id, export_id)

    @rpc
    def export_part(self, partner_id: str | None, user_id: str, export_id: str, number: int) -> str:
        with self.db.begin() as connection:
            found = self._found_export(connection, partner_id, user_id, export_id)
            part = stored.part(connection, export_id, number) if found.ready else None
        if part is None:
            raise NotFound(NO_EXPORT)
        return b64encode(part).decode()

    @rpc
    def exports(self, partner_id: str | None, user_id: str) -> list[dict[str, Any]]:
        now = self.clock.now()
        with self.db.begin() as connection:
            found = stored.of_user(connection, partner_id, user_id, now - rules.KEPT)
        return many_to_wire(rules.export(one, now) for one in found)

    @loop(every_seconds=600.0)
    def purge_exports(self) -> bool:
        with self.db.begin() as connection:
            return stored.purge(connection, self.clock.now() - rules.KEPT) == stored.PURGE_BATCH

    @rpc
    def preference(self, partner_id: str | None, user_id: str, name: str) -> dict[str, Any]:
        with self.db.begin() as connection:
            return stored.preference(connection, partner_id, user_id, name)

    @rpc
    def set_preference(self, partner_id: str | None, user_id: str, name: str, value: dict[str, Any]) -> None:
        rules.check_preference(name, value)
        with self.db.begin() as connection:
            if not stored.lock_user(connection, partner_id, user_id):
                raise NotFound("There is no such person.")
            if stored.other_preferences(connection, user_id, name) >= rules.MOST_PREFERENCES:
                raise malformed("/name", "preference_invalid")
            stored.set_preference(connection, user_id, name, value, self.clock.now())

    def _found_export(
        self, connection: Any, partner_id: str | None, user_id: str, export_id: str, *, to_change: bool = False
    ) -> Any:
        since = self.clock.now() - rules.KEPT
        found = stored.find(connection, partner_id, user_id, export_id, since, to_change=to_change)
        if found is None:
            raise NotFound(NO_EXPORT)
        return found

    def _running_export(self, connection: Any, partner_id: str | None, user_id: str, export_id: str) -> Any:
        """Locked; what has ended takes nothing any more."""
        found = self._found_export(connection, partner_id, user_id, export_id, to_change=True)
        if found.ended_at is not None:
            raise NotFound(NO_EXPORT)
        return found

    def _told_export(self, connection: Any, partner_id: str | None, user_id: str, export_id: str) -> dict[str, Any]:
        return to_wire(rules.export(self._found_export(connection, partner_id, user_id, export_id), self.clock.now()))
