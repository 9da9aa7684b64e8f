"""RPC of senders about names at operators, and about what was decided."""

from typing import Any

from sqlalchemy import Connection, Row

from contracts.errors import NotFound
from contracts.senders import ModerationChanged
from contracts.senders_states import NameDecision, Registration
from contracts.wire import many_to_wire, to_wire
from kit.clock import to_rfc3339
from kit.ids import uuid7
from kit.service import rpc
from services.senders import repository
from services.senders import repository_states as stored
from services.senders.asked import author_of, conflict, found_ids
from services.senders.registrations import checked

MOST_HISTORY = 100


class StatesRpc:
    db: Any
    outbox: Any
    clock: Any

    @rpc
    def registrations(self, partner_id: str, sender_id: str) -> list[dict[str, Any]]:
        found_ids(partner_id, sender_id)
        with self.db.begin() as connection:
            _own(repository.find(connection, partner_id, sender_id))
            return many_to_wire(map(_registration, stored.of_name(connection, sender_id)))

    @rpc
    def registrations_of_advertiser(self, partner_id: str, advertiser_id: str) -> list[dict[str, Any]]:
        found_ids(partner_id, advertiser_id)
        with self.db.begin() as connection:
            return many_to_wire(map(_registration, stored.of_advertiser(connection, partner_id, advertiser_id)))

    @rpc
    def put_registration(
        self, partner_id: str, sender_id: str, version: int, author: str, **stated: str
    ) -> dict[str, Any]:
        found_ids(partner_id, sender_id)
        by, now, values = author_of(author), self.clock.now(), checked(stated)
        with self.db.begin() as connection:
            name = _own(stored.lock_name(connection, partner_id, sender_id))
            rows = stored.of_name(connection, name.id)
            place = values["mcc"], values["mnc"]
            known = next((row for row in rows if (row.mcc, row.mnc) == place), None)
            if known is not None and version == 0:
                raise conflict("/mnc", "registration_exists")
            if version != (known.version if known else 0):
                raise conflict("/version", "changed_meanwhile")
            if known is None and len(rows) >= stored.MOST_REGISTRATIONS:
                raise conflict("/mnc", "too_many_registrations")
            ids = {"id": known.id if known else str(uuid7(now)), "partner_id": name.partner_id, "name_id": name.id}
            row = stored.put(connection, {**values, **ids, "version": version + 1, "changed_at": now, "changed_by": by})
            self._states_changed(connection)
        return to_wire(_registration(row))

    @rpc
    def drop_registration(self, partner_id: str, sender_id: str, registration_id: str) -> None:
        found_ids(partner_id, sender_id, registration_id)
        with self.db.begin() as connection:
            _own(stored.lock_name(connection, partner_id, sender_id))
            if stored.drop(connection, partner_id, sender_id, registration_id) is None:
                raise NotFound("There is no such object.")
            self._states_changed(connection)

    @rpc
    def name_history(self, partner_id: str, sender_id: str) -> list[dict[str, Any]]:
        found_ids(partner_id, sender_id)
        with self.db.begin() as connection:
            _own(repository.find(connection, partner_id, sender_id))
            rows = repository.history(connection, sender_id, MOST_HISTORY)
        return many_to_wire([_decision(row) for row in rows])

    def _states_changed(self, connection: Connection) -> None:
        """By what one name is registered others of the partner may be barred."""
        self.outbox.put(connection, ModerationChanged(advertiser_ids=[]))


def _own(row: Row | None) -> Row:
    if row is None:
        raise NotFound("There is no such sender name.")
    return row


def _registration(row: Row) -> Registration:
    names = ("id", "mcc", "mnc", "state", "legal_entity", "inn", "comment", "version", "changed_by")
    values = {name: getattr(row, name) for name in names}
    values |= {name: getattr(row, name).isoformat() if getattr(row, name) else "" for name in ("since", "until")}
    return Registration(**values, sender_id=row.name_id, changed_at=to_rfc3339(row.changed_at))


def _decision(row: Row) -> NameDecision:
    return NameDecision(state=row.state, reason=row.reason, author=row.author, decided_at=to_rfc3339(row.decided_at))
