"""The accounts service: entrypoints only."""

from datetime import datetime
from typing import Any

from contracts.accounts import (
    AccountZone,
    Partner,
    ZonesChanged,
)
from contracts.accounts_audit import REFUSED, SIGN_IN_REFUSED, SIGNED_IN, SIGNED_OUT
from contracts.errors import NotFound, Unauthenticated
from contracts.wire import many_to_wire, to_wire
from kit.clock import to_rfc3339
from kit.service import ClockProvider, Database, Drain, Outbox, SettingsProvider, loop, rpc
from services.accounts import answers, fields, journal, registration, sessions
from services.accounts import credentials_repository as credentials
from services.accounts import domains_repository as domain_store
from services.accounts import repository as people
from services.accounts.dns_lookup import Dns
from services.accounts.gate import Gate
from services.accounts.problems import Problems, conflict, malformed
from services.accounts.service_advertiser_lists import AdvertiserListEntrypoints
from services.accounts.service_advertisers import AdvertiserEntrypoints
from services.accounts.service_audit import AuditEntrypoints
from services.accounts.service_branding import BrandingEntrypoints
from services.accounts.service_cabinet import CabinetEntrypoints
from services.accounts.service_domains import DomainEntrypoints
from services.accounts.service_exports import ExportEntrypoints
from services.accounts.service_factors import FactorEntrypoints
from services.accounts.service_files import FileEntrypoints
from services.accounts.service_keys import KeyEntrypoints
from services.accounts.service_offers import OfferEntrypoints
from services.accounts.service_operator import OperatorKeyEntrypoints
from services.accounts.service_own import OwnEntrypoints
from services.accounts.service_partners import PartnerEntrypoints
from services.accounts.service_people import PeopleEntrypoints
from services.accounts.service_recovery import RecoveryEntrypoints
from services.accounts.service_smpp import SmppEntrypoints
from services.accounts.service_zones import ZoneEntrypoints

MOST_IDS = 1_000
OPERATOR_ZONE = "UTC"

WRONG_SIGN_IN = "The login or the password is wrong."


class AccountsService(
    AdvertiserEntrypoints,
    AuditEntrypoints,
    AdvertiserListEntrypoints,
    ExportEntrypoints,
    BrandingEntrypoints,
    CabinetEntrypoints,
    FactorEntrypoints,
    FileEntrypoints,
    KeyEntrypoints,
    OfferEntrypoints,
    OperatorKeyEntrypoints,
    OwnEntrypoints,
    PeopleEntrypoints,
    RecoveryEntrypoints,
    SmppEntrypoints,
    PartnerEntrypoints,
    DomainEntrypoints,
    ZoneEntrypoints,
):
    name = "accounts"

    db = Database()
    outbox = Outbox()
    clock = ClockProvider()
    gate = Gate()
    settings = SettingsProvider()
    dns = Dns()
    drain = Drain()

    # Hosts, operator, partners

    @rpc
    def resolve_host(self, host: str) -> dict[str, Any]:
        with self.db.begin() as connection:
            owner = people.host_owner(connection, fields.host_key(host))
        if owner is None:
            raise NotFound("Nobody is served at this host.")
        return to_wire(answers.host_owner(fields.host_key(host), owner))

    @rpc
    def create_operator(self, login: str, password: str, host: str) -> str:
        problems, now = Problems(), self.clock.now()
        fields.check_login(problems, login)
        fields.check_password(problems, password)
        if not fields.host_key(host):
            problems.add("/host", "host_invalid")
        problems.raise_if_any()
        with self.db.begin() as connection:
            known = people.operator_id(connection, fields.login_key(login))
        user = (
            None
            if known
            else registration.user_row("operator", login, self.gate.passwords.hash(password), OPERATOR_ZONE, now)
        )
        with self.db.begin() as connection:
            if user is not None:
                people.add_user(connection, user)
            if not people.claim_host(connection, fields.host_key(host), None, now):
                raise conflict("/host", "host_taken")
            return str(people.operator_id(connection, fields.login_key(login)))

    @rpc
    def create_partner(
        self, name: str, hosts: list[str], login: str, password: str, zone: str, email: str = ""
    ) -> dict[str, Any]:
        problems, now, name = Problems(), self.clock.now(), registration.one_line(name)
        email = registration.one_line(email)
        fields.check_text(problems, "/name", name, required=True)
        fields.check_hosts(problems, hosts)
        fields.check_login(problems, login)
        fields.check_password(problems, password)
        fields.check_zone(problems, "/zone", zone)
        fields.check_email(problems, email)
        problems.raise_if_any()
        partner = registration.partner_row(name, email, now)
        user = registration.user_row("partner", login, self.gate.passwords.hash(password), zone, now)
        with self.db.begin() as connection:
            people.add_partner(connection, partner)
            decided = {"state": "active", "author": "", "created_at": now}
            for index, host in enumerate(dict.fromkeys(hosts)):
                if domain_store.add(connection, host, partner["id"], decided, served=True):
                    raise conflict(f"/hosts/{index}", "host_taken")
            people.add_user(connection, user | {"partner_id": partner["id"]})
            self.outbox.put(connection, ZonesChanged(items=[AccountZone(account_id=partner["id"], zone=zone)]))
        own_hosts = list(dict.fromkeys(hosts))
        made = Partner(id=partner["id"], name=name, hosts=own_hosts, created_at=to_rfc3339(now), email=email)
        return to_wire(made)

    @rpc
    def set_partner_email(self, partner_id: str, email: str) -> dict[str, Any]:
        problems, address = Problems(), registration.one_line(email)
        fields.check_email(problems, address)
        problems.raise_if_any()
        with self.db.begin() as connection:
            people.set_partner_email(connection, partner_id, address)
            found = people.partners_with_hosts(connection, [partner_id])
        if not found:
            raise NotFound("There is no such partner.")
        return to_wire(answers.partner(found[0]))

    @rpc
    def partners(self, ids: list[str]) -> list[dict[str, Any]]:
        if len(ids) > MOST_IDS:
            raise malformed("/ids", "too_many_ids")
        with self.db.begin() as connection:
            return many_to_wire(map(answers.partner, people.partners_with_hosts(connection, ids)))

    @rpc
    def list_partners(self) -> list[dict[str, Any]]:
        with self.db.begin() as connection:
            return many_to_wire(map(answers.partner, people.partners_with_hosts(connection)))

    # Sign-in

    @rpc
    def sign_in(self, host: str, login: str, password: str, address: str, user_agent: str) -> dict[str, Any]:
        now, place = self.clock.now(), fields.storable(address, fields.MOST_ADDRESS)
        user = self._verified(host, login, password, place, now)
        renewed = self.gate.renewed(user.password_hash, password)
        with self.db.begin() as connection:
            unchanged = people.signed_in(connection, user.id, user.password_hash, renewed, now)
            principal = people.principal(connection, user.id) if unchanged else None
            if principal is None:
                raise Unauthenticated(WRONG_SIGN_IN)
            step = self.step_of(connection, principal)
            token, session = sessions.new_session(user.id, user.partner_id, place, user_agent, now, step)
            credentials.add_session(connection, session)
            if not step:
                journal.by_session(connection, principal, SIGNED_IN, place, now)
        return to_wire(answers.signed_in(token, session, principal))

    def _verified(self, host: str, login: str, password: str, address: str, now: datetime) -> Any:
        """The user whose password it is on that host, else `Unauthenticated`; no transaction waits for the hashing."""
        user, known = None, False
        with self.db.begin() as connection:
            owner = people.host_owner(connection, fields.host_key(host))
            if owner is not None:
                user = people.user_by_login(connection, owner.partner_id, fields.login_key(login))
            if user is not None:
                known = credentials.knows_address(connection, user.id, address, now)
        where = (fields.host_key(host), login.lower()[: fields.MOST_TEXT], address)
        good = self.gate.sign_in(where, known, user.password_hash if user is not None else None, password, now)
        if user is None or not good:
            if owner is not None:
                with self.db.begin() as connection:
                    # The login as it was typed: whoever tries others' is to be seen. The password never.
                    said = {"login": login[: fields.MOST_ADDRESS], "address": address, "outcome": REFUSED}
                    journal.event(connection, owner.partner_id, now, action=SIGN_IN_REFUSED, **said)
            raise Unauthenticated(WRONG_SIGN_IN)
        return user

    @rpc
    def session(self, host: str, token: str) -> dict[str, Any]:
        now, token_hash = self.clock.now(), sessions.token_hash(token)
        with self.db.begin() as connection:
            found = credentials.live_session(connection, fields.host_key(host), token_hash, now)
            if found is None:
                raise Unauthenticated("The session has ended: sign in again.")
            if found.last_seen_at <= now - sessions.TOUCH_INTERVAL:
                credentials.touch_session(connection, token_hash, now)
        return to_wire(answers.principal(found))

    @rpc
    def sign_out(self, token: str) -> None:
        token_hash, now = sessions.token_hash(token), self.clock.now()
        with self.db.begin() as connection:
            ended = credentials.end_session(connection, token_hash, now)
            principal = people.principal(connection, ended.user_id) if ended is not None else None
            if ended is not None and principal is not None and not ended.step:
                journal.by_session(connection, principal, SIGNED_OUT, ended.address, now)

    @loop(every_seconds=3600.0)
    def purge_sessions(self) -> bool:
        with self.db.begin() as connection:
            return credentials.purge_sessions(connection, self.clock.now()) == credentials.PURGE_BATCH
