"""Partners: registered, changed and blocked by the operator."""

import secrets
import string
from datetime import datetime
from typing import Any

from contracts.accounts import AccountZone, CredentialsChanged, ZonesChanged
from contracts.accounts_domains import ACTIVE, REQUESTED
from contracts.accounts_partners import NewPartner, PartnerCard, RegisteredPartner
from contracts.errors import NotFound
from contracts.wire import from_wire, to_wire
from kit.clock import to_rfc3339
from kit.service import rpc
from services.accounts import domains, fields, partners_repository, registration
from services.accounts import domains_repository as stored
from services.accounts import repository as people
from services.accounts.problems import Problems, changed_meanwhile, conflict, malformed

#: Of a password that is made: 71 random bits, without signs that are hard to type.
PASSWORD_LENGTH = 12
MOST_PER_EVENT = 1_000
CLAIMS = {"own": "domain_own", "platform": "domain_platform", "taken": "host_taken"}

_ALPHABET = string.ascii_letters + string.digits


class PartnerEntrypoints:
    """A part of `AccountsService`, which gives it `db`, `outbox`, `clock`, `gate` and `settings`."""

    db: Any
    outbox: Any
    clock: Any
    gate: Any
    settings: Any

    @rpc
    def register_partner(self, new: dict[str, Any], author: str) -> dict[str, Any]:
        request, now = _tidied(from_wire(NewPartner, new)), self.clock.now()
        hosts = _checked(request)
        password = request.password or "".join(secrets.choice(_ALPHABET) for _ in range(PASSWORD_LENGTH))
        password_hash = self.gate.passwords.hash(password)
        partner = registration.partner_row(request.name, request.email, now)
        user = registration.user_row("partner", request.login, password_hash, request.zone, now)
        with self.db.begin() as connection:
            people.add_partner(connection, partner)
            self._claim(connection, hosts, partner["id"], author, now)
            people.add_user(connection, user | {"partner_id": partner["id"]})
            told = AccountZone(account_id=partner["id"], zone=request.zone)
            self.outbox.put(connection, ZonesChanged(items=[told]))
        made = "" if request.password else password
        return to_wire(RegisteredPartner(id=partner["id"], login=request.login, password=made))

    def _claim(self, connection: Any, hosts: list[str], partner_id: str, author: str, now: datetime) -> None:
        served = not domains.targets_of(self.settings)
        values = {"state": ACTIVE if served else REQUESTED, "created_at": now}
        values |= {"author": fields.storable(author, fields.MOST_TEXT)}
        # Always in this order, so that two registrations can't wait for each other.
        for index, host in sorted(enumerate(hosts), key=lambda one: one[1]):
            whose = stored.add(connection, host, partner_id, values, served=served)
            if whose:
                raise conflict(f"/hosts/{index}", CLAIMS[whose])

    @rpc
    def partner_card(self, partner_id: str) -> dict[str, Any]:
        with self.db.begin() as connection:
            return to_wire(_card(partners_repository.card(connection, partner_id)))

    @rpc
    def change_partner(self, partner_id: str, name: str, email: str, zone: str, version: int) -> dict[str, Any]:
        problems, name, email = Problems(), registration.one_line(name), registration.one_line(email)
        fields.check_text(problems, "/name", name, required=True)
        fields.check_email(problems, email)
        fields.check_zone(problems, "/zone", zone)
        problems.raise_if_any()
        with self.db.begin() as connection:
            found = _current(partners_repository.card(connection, partner_id, lock=True), version)
            partners_repository.change(connection, found, {"name": name, "email": email})
            if found.user_id is not None and found.zone != zone:
                partners_repository.set_zone(connection, found.user_id, zone)
                told = AccountZone(account_id=found.id, zone=zone)
                self.outbox.put(connection, ZonesChanged(items=[told]))
            return to_wire(_card(partners_repository.card(connection, partner_id)))

    @rpc
    def set_partner_state(self, partner_id: str, state: str, version: int) -> dict[str, Any]:
        if state not in {"active", "blocked"}:
            raise malformed("/state", "state_invalid")
        with self.db.begin() as connection:
            found = _current(partners_repository.card(connection, partner_id, lock=True), version)
            if found.state != state:
                partners_repository.change(connection, found, {"state": state})
                ids = list(partners_repository.with_programs(connection, partner_id))
                for start in range(0, len(ids), MOST_PER_EVENT):
                    changed = CredentialsChanged(advertiser_ids=ids[start : start + MOST_PER_EVENT])
                    self.outbox.put(connection, changed)
            if state == "blocked":
                partners_repository.end_sessions(connection, partner_id, self.clock.now())
            return to_wire(_card(partners_repository.card(connection, partner_id)))


def _tidied(new: NewPartner) -> NewPartner:
    for name in ("name", "email", "login"):
        setattr(new, name, registration.one_line(getattr(new, name)))
    return new


def _checked(new: NewPartner) -> list[str]:
    """The hosts as they are stored; `Malformed` with every wrong field."""
    problems = Problems()
    fields.check_text(problems, "/name", new.name, required=True)
    fields.check_login(problems, new.login)
    if new.password:
        fields.check_password(problems, new.password)
    fields.check_zone(problems, "/zone", new.zone)
    fields.check_email(problems, new.email)
    if not new.hosts:
        problems.add("/hosts", "required")
    if len(new.hosts) > domains.MOST_DOMAINS:
        problems.add("/hosts", "too_many_domains")
        problems.raise_if_any()
    hosts: list[str] = []
    for index, typed in enumerate(new.hosts):
        host, code = domains.read_host(typed)
        if code or host in hosts:
            problems.add(f"/hosts/{index}", code or "domains_repeated")
        hosts.append(host)
    problems.raise_if_any()
    return hosts


def _current(row: Any, version: int) -> Any:
    if row is None:
        raise NotFound("There is no such partner.")
    if row.version != version:
        raise changed_meanwhile()
    return row


def _card(row: Any) -> PartnerCard:
    if row is None:
        raise NotFound("There is no such partner.")
    return PartnerCard(
        id=row.id,
        name=row.name,
        email=row.email,
        login=row.login or "",
        zone=row.zone or "UTC",
        state=row.state,
        version=row.version,
        created_at=to_rfc3339(row.created_at),
    )
