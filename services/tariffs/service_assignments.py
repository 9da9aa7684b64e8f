"""The entrypoints of assignments: who is priced by what."""

from typing import Any

from contracts.wire import many_to_wire, to_wire
from kit.clock import Clock
from kit.database import Transactions
from kit.service import rpc
from services.tariffs import editing, reading
from services.tariffs.checks import check_author, check_subject


class AssignmentsRpc:
    db: Transactions
    clock: Clock

    @rpc
    def assign(self, owner: str, tariff_id: str | None, subject_id: str, author: str) -> None:
        check_author(author)
        check_subject(subject_id)
        with self.db.begin() as connection:
            editing.assign(editing.begin(connection, owner, self.clock), subject_id, tariff_id, author)

    @rpc
    def set_default(self, owner: str, tariff_id: str | None, author: str) -> None:
        check_author(author)
        with self.db.begin() as connection:
            editing.assign_default(editing.begin(connection, owner, self.clock), tariff_id, author)

    @rpc
    def assigned(self, owner: str, subject_id: str) -> dict[str, Any] | None:
        with self.db.begin() as connection:
            tariff_id = reading.assigned_tariff(connection, owner, subject_id)
            if tariff_id is None:
                return None
            return to_wire(reading.tariff(connection, owner, tariff_id, self.clock.now()))

    @rpc
    def assignments(self, owner: str, subject_id: str) -> list[dict[str, Any]]:
        check_subject(subject_id)
        with self.db.begin() as connection:
            return many_to_wire(reading.history(connection, owner, subject_id))
