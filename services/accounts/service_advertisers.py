"""Advertisers: made, found and changed by their partner."""

from typing import Any

from contracts.accounts import AccountZone, CredentialsChanged, LettersAsked, ZonesChanged
from contracts.accounts_advertisers import AdvertiserPage, NewAdvertiser
from contracts.errors import NotFound
from contracts.wire import from_wire, many_to_wire, to_wire
from kit.service import rpc
from kit.vault import letters_vault
from services.accounts import advertisers as rules
from services.accounts import advertisers_repository as store
from services.accounts import answers, fields, recovery, registration
from services.accounts import credentials_repository as credentials
from services.accounts import recovery_repository as recovery_store
from services.accounts import repository as people
from services.accounts.problems import Problems, conflict, malformed
from services.accounts.search import needle_of

MOST_IDS = 1_000
MOST_PAGE = 10_000
MOST_PAGE_SIZE = 200


class AdvertiserEntrypoints:
    """A part of `AccountsService`, which gives it `db`, `outbox`, `clock` and `gate`."""

    db: Any
    outbox: Any
    clock: Any
    gate: Any
    settings: Any

    @rpc
    def create_advertiser(self, partner_id: str, new: dict[str, Any]) -> dict[str, Any]:
        request, now = rules.tidied(from_wire(NewAdvertiser, new)), self.clock.now()
        rules.check(request)
        password_hash = self.gate.passwords.hash(request.password)
        with self.db.begin() as connection:
            if not people.has_partner(connection, partner_id):
                raise NotFound("There is no such partner.")
            row = rules.advertiser_row(partner_id, request, now)
            store.add_advertiser(connection, row)
            user = registration.user_row("advertiser", request.login, password_hash, request.zone, now)
            if not people.add_user(connection, user | {"partner_id": partner_id, "advertiser_id": row["id"]}):
                raise conflict("/login", "login_taken")
            self.outbox.put(connection, ZonesChanged(items=[AccountZone(account_id=row["id"], zone=request.zone)]))
            if request.send_letter:
                person, secrets = recovery_store.person(connection, user["id"]), {"PASSWORD": request.password}
                ends, vault = now + recovery.REGISTRATION_KEPT, letters_vault(self.settings)
                letter = recovery.letter_of("registration", person, vault, secrets, now, ends)
                self.outbox.put(connection, LettersAsked(items=[letter]))
            return to_wire(answers.advertiser(existing(store.advertiser(connection, partner_id, row["id"]))))

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
    def list_advertisers(self, partner_id: str, search: str = "", page: int = 1, page_size: int = 50) -> dict[str, Any]:
        if not 1 <= page_size <= MOST_PAGE_SIZE:
            raise malformed("/page_size", "page_size_invalid")
        if not 1 <= page <= MOST_PAGE:
            raise malformed("/page", "page_invalid")
        if not people.is_id(partner_id):
            raise NotFound("There is no such partner.")
        needle = needle_of(partner_id, search)
        with self.db.begin() as connection:
            rows, total = store.page_of(connection, partner_id, needle, (page - 1) * page_size, page_size)
        return to_wire(AdvertiserPage(items=[answers.advertiser(row) for row in rows], total=total))

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
                credentials.end_sessions_of(connection, before.id, self.clock.now())
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
            credentials.end_sessions_of(connection, found.id, self.clock.now())
            self.outbox.put(connection, CredentialsChanged(advertiser_ids=[found.id]))


def existing(row: Any) -> Any:
    """The advertiser's row; another partner's is as absent as none."""
    if row is None:
        raise NotFound("There is no such advertiser.")
    return row
