"""Advertisers: made, found and changed by their partner."""

from datetime import datetime
from typing import Any

from contracts.accounts import AccountZone, CredentialsChanged, LettersAsked, ZonesChanged
from contracts.accounts_advertisers import AdvertiserChange, NewAdvertiser
from contracts.errors import PROBLEMS, Conflict, NotFound
from contracts.wire import from_wire, many_to_wire, to_wire
from kit.clock import maybe_rfc3339
from kit.service import rpc
from kit.vault import letters_vault
from services.accounts import advertisers as rules
from services.accounts import advertisers_repository as store
from services.accounts import answers, fields, recovery, registration
from services.accounts import credentials_repository as credentials
from services.accounts import recovery_repository as recovery_store
from services.accounts import repository as people
from services.accounts.problems import Problems, conflict, malformed

MOST_IDS = 1_000


class AdvertiserEntrypoints:
    """A part of `AccountsService`, which gives it `db`, `outbox`, `clock` and `gate`."""

    db: Any
    outbox: Any
    clock: Any
    gate: Any
    settings: Any

    @rpc
    def create_advertiser(self, partner_id: str, new: dict[str, Any]) -> dict[str, Any]:
        request, now = from_wire(NewAdvertiser, new), self.clock.now()
        rules.tidied(request)
        rules.check(request)
        password_hash = self.gate.passwords.hash(request.password)
        row = rules.advertiser_row(partner_id, request, now)
        user = registration.user_row("advertiser", request.login, password_hash, request.zone, now)
        with self.db.begin() as connection:
            if not people.has_partner(connection, partner_id):
                raise NotFound("There is no such partner.")
            _check_manager(connection, partner_id, request.manager_id)
            if not store.add_advertiser(connection, row):
                return self._made_before(connection, row, request, password_hash, now)
            if not people.add_user(connection, user | {"partner_id": partner_id, "advertiser_id": row["id"]}):
                raise conflict("/login", "login_taken")
            self.outbox.put(connection, ZonesChanged(items=[AccountZone(account_id=row["id"], zone=request.zone)]))
            self._write_to(connection, request, user["id"], now)
            return to_wire(answers.advertiser(existing(store.advertiser(connection, partner_id, row["id"]))))

    def _write_to(self, connection: Any, request: NewAdvertiser, user_id: str, now: datetime) -> None:
        if request.send_letter:
            person, secrets = recovery_store.person(connection, user_id), {"PASSWORD": request.password}
            ends, vault = now + recovery.REGISTRATION_KEPT, letters_vault(self.settings)
            letter = recovery.letter_of("registration", person, vault, secrets, now, ends)
            self.outbox.put(connection, LettersAsked(items=[letter]))

    def _made_before(
        self, connection: Any, row: dict[str, Any], request: NewAdvertiser, password_hash: str, now: datetime
    ) -> dict[str, Any]:
        """The answer to a form that was sent again; its password counts while nobody has signed in with the first."""
        found = store.advertiser(connection, row["partner_id"], row["id"])
        if found is None or not rules.is_same(found, row, request.login):
            raise conflict("/id", "id_used")
        if found.last_sign_in_at is None:
            user_id = store.set_password(connection, found.partner_id, found.id, password_hash)
            if user_id is not None:
                self._write_to(connection, request, user_id, now)
        return to_wire(answers.advertiser(found))

    @rpc
    def advertiser(self, partner_id: str, advertiser_id: str) -> dict[str, Any]:
        with self.db.begin() as connection:
            return to_wire(answers.advertiser(existing(store.advertiser(connection, partner_id, advertiser_id))))

    @rpc
    def advertisers(self, ids: list[str]) -> list[dict[str, Any]]:
        if len(ids) > MOST_IDS:
            raise malformed("/ids", "too_many_ids")
        with self.db.begin() as connection:
            return many_to_wire(map(answers.advertiser, store.advertisers_by_id(connection, ids)))

    @rpc
    def change_advertiser(
        self, partner_id: str, advertiser_id: str, change: dict[str, Any], version: int, author: str
    ) -> dict[str, Any]:
        wished, now = from_wire(AdvertiserChange, change), self.clock.now()
        rules.tidied(wished)
        rules.check_change(wished)
        with self.db.begin() as connection:
            before = existing(store.advertiser(connection, partner_id, advertiser_id))
            if (wished.manager_id or None) != before.manager_id:
                _check_manager(connection, partner_id, wished.manager_id)
            values = rules.changed_row(before.partner_id, before.login, wished, author, now)
            if not store.change(connection, partner_id, before.id, version, values):
                raise _changed_meanwhile(before)
            if wished.zone != before.zone:
                self.outbox.put(connection, ZonesChanged(items=[AccountZone(account_id=before.id, zone=wished.zone)]))
            return to_wire(answers.advertiser(existing(store.advertiser(connection, partner_id, advertiser_id))))

    @rpc
    def set_advertiser_state(self, partner_id: str, advertiser_id: str, state: str) -> dict[str, Any]:
        if state not in {"active", "blocked"}:
            raise malformed("/state", "state_invalid")
        with self.db.begin() as connection:
            before = existing(store.advertiser(connection, partner_id, advertiser_id))
            if before.state != state:
                store.set_state(connection, partner_id, advertiser_id, state)
                self.outbox.put(connection, CredentialsChanged(advertiser_ids=[before.id]))
            if state == "blocked":
                credentials.end_sessions_of(connection, [before.id], self.clock.now())
            return to_wire(answers.advertiser(existing(store.advertiser(connection, partner_id, advertiser_id))))

    @rpc
    def set_advertiser_password(self, partner_id: str, advertiser_id: str, password: str) -> None:
        problems = Problems()
        fields.check_password(problems, password)
        problems.raise_if_any()
        password_hash = self.gate.passwords.hash(password)
        with self.db.begin() as connection:
            found = existing(store.advertiser(connection, partner_id, advertiser_id))
            store.set_password(connection, partner_id, found.id, password_hash)
            credentials.end_sessions_of(connection, [found.id], self.clock.now())
            self.outbox.put(connection, CredentialsChanged(advertiser_ids=[found.id]))


def existing(row: Any) -> Any:
    """The advertiser's row; another partner's is as absent as none."""
    if row is None:
        raise NotFound("There is no such advertiser.")
    return row


def _check_manager(connection: Any, partner_id: str, manager_id: str) -> None:
    if manager_id and not store.has_manager(connection, partner_id, manager_id):
        raise malformed("/manager_id", "manager_unknown")


def _changed_meanwhile(row: Any) -> Conflict:
    """Who was faster, and when: the page shows it beside what was typed."""
    detail = PROBLEMS["changed_meanwhile"]
    problem = {"pointer": "/version", "code": "changed_meanwhile", "detail": detail}
    who = {"changed_by": row.changed_by, "changed_at": maybe_rfc3339(row.changed_at)}
    return Conflict(detail, {"errors": [problem], **who})
