"""The fake of accounts: people, hosts, keys in memory."""

from dataclasses import replace
from typing import Any

from contracts import accounts
from contracts.accounts_rights import RIGHTS
from contracts.errors import Conflict, Malformed, NotFound, Unauthenticated
from contracts.wire import many_to_wire, to_wire
from kit.ids import uuid7
from tests.unit.gateway_api.fakes_advertisers import FakeAdvertisers
from tests.unit.gateway_api.fakes_audit import FakeJournal
from tests.unit.gateway_api.fakes_branding import FakeBranding
from tests.unit.gateway_api.fakes_domains import FakeDomains
from tests.unit.gateway_api.fakes_keys import FakeKeys
from tests.unit.gateway_api.fakes_operator import FakeOperatorKeys
from tests.unit.gateway_api.fakes_people import FakePeople
from tests.unit.gateway_api.fakes_recovery import FakeRecovery
from tests.unit.gateway_api.fakes_smpp import FakeSmppAccounts

NOW = "2026-11-22T09:15:00Z"


def new_id() -> str:
    return str(uuid7())


class FakeAccounts(
    FakeRecovery,
    FakeAdvertisers,
    FakeBranding,
    FakeJournal,
    FakeKeys,
    FakeOperatorKeys,
    FakePeople,
    FakeSmppAccounts,
    FakeDomains,
):
    def __init__(self) -> None:
        super().__init__()
        self.hosts: dict[str, accounts.HostOwner] = {}
        self.sellers: dict[str, accounts.Partner] = {}
        self.people: dict[tuple[str, str], tuple[str, accounts.Principal]] = {}
        self.sessions: dict[str, tuple[str, accounts.Principal]] = {}
        self.published: dict[str, list[accounts.Offer]] = {}
        self.accepted: dict[tuple[str, int, str], accounts.OfferAcceptance] = {}

    def resolve_host(self, host: str) -> Any:
        if host not in self.hosts:
            raise NotFound("no such host")
        return to_wire(self.hosts[host])

    def sign_in(self, host: str, login: str, password: str, address: str, user_agent: str) -> Any:
        wanted, principal = self.people.get((host, login), ("", None))
        if principal is None or wanted != password:
            raise Unauthenticated("wrong login or password")
        token = f"token-{new_id()}"
        step = self.step_of(principal)
        if step:
            self.half[token] = (host, principal, step)
        else:
            self.sessions[token] = (host, principal)
        return {"token": token, "expires_at": "2099-01-01T00:00:00Z", "principal": to_wire(principal), "step": step}

    def session(self, host: str, token: str) -> Any:
        signed_in_at, principal = self.sessions.get(token, ("", None))
        if principal is None or signed_in_at != host:
            raise Unauthenticated
        return to_wire(principal)

    def sign_out(self, token: str) -> None:
        self.sessions.pop(token, None)

    def create_operator(self, login: str, password: str, host: str) -> str:
        principal = _principal("operator", login)
        self.hosts[host] = _host(host, None)
        self.people[host, login] = (password, principal)
        return principal.user_id

    def create_partner(self, name: str, hosts: list[str], login: str, password: str, zone: str, email: str = "") -> Any:
        partner = accounts.Partner(id=new_id(), name=name, hosts=hosts, created_at=NOW, email=email)
        self.sellers[partner.id] = partner
        for host in hosts:
            self.hosts[host] = _host(host, partner.id, zone)
            self.people[host, login] = (password, _principal("partner", login, partner.id))
        return to_wire(partner)

    def hire(self, partner_id: str, login: str, password: str, rights: list[str]) -> None:
        """A manager who may sign in; what `managers` lists is filled in by `add_manager`."""
        for host in self.sellers[partner_id].hosts:
            self.people[host, login] = (password, _principal("manager", login, partner_id, rights=rights))

    def list_partners(self) -> Any:
        return many_to_wire(self.sellers.values())

    def partners(self, ids: list[str]) -> Any:
        return many_to_wire(self.sellers[one] for one in ids if one in self.sellers)

    def set_partner_email(self, partner_id: str, email: str) -> Any:
        if " " in email:
            error = {"pointer": "/email", "code": "email_invalid", "detail": "This is no e-mail address"}
            raise Malformed("One field is wrong.", {"errors": [error]})
        self.sellers[partner_id].email = email
        return to_wire(self.sellers[partner_id])

    def publish_offer(self, partner_id: str, text: str, author: str) -> Any:
        known = self.published.setdefault(partner_id, [])
        known.insert(0, accounts.Offer(version=len(known) + 1, text=text, published_at=NOW, author=author))
        return to_wire(known[0])

    def offers(self, partner_id: str) -> Any:
        known = self.published.get(partner_id, [])
        return many_to_wire(replace(one, acceptances=len(self._of(partner_id, one.version))) for one in known)

    def offer_for(self, partner_id: str, advertiser_id: str) -> Any:
        newest = next(iter(self.published.get(partner_id, [])), None)
        if newest is None:
            return None
        found = self.accepted.get((partner_id, newest.version, advertiser_id))
        return to_wire(replace(newest, accepted_at=found.accepted_at if found else None))

    def accept_offer(self, partner_id: str, advertiser_id: str, version: int, login: str, address: str) -> Any:
        newest = self.published[partner_id][0]
        if newest.version != version:
            raise Conflict("There is a newer version.")
        made = accounts.OfferAcceptance(
            version=version, advertiser_id=advertiser_id, login=login, address=address, accepted_at=NOW
        )
        return to_wire(self.accepted.setdefault((partner_id, version, advertiser_id), made))

    def offer_acceptances(self, partner_id: str, version: int) -> Any:
        return many_to_wire(self._of(partner_id, version))

    def _of(self, partner_id: str, version: int) -> list[accounts.OfferAcceptance]:
        return [one for (owner, of, _), one in self.accepted.items() if (owner, of) == (partner_id, version)]


def _principal(
    role: str, login: str, partner: str | None = None, advertiser: str | None = None, rights: list[str] | None = None
) -> accounts.Principal:
    return accounts.Principal(
        user_id=new_id(),
        role=role,
        login=login,
        display_name="",
        partner_id=partner,
        advertiser_id=advertiser,
        zone="Europe/Moscow",
        rights=list(RIGHTS) if role == "partner" else rights or [],
    )


def _host(host: str, partner: str | None, zone: str = "") -> accounts.HostOwner:
    return accounts.HostOwner(
        host=host,
        realm="partner" if partner else "platform",
        partner_id=partner,
        brand="Голубь" if partner else "Golub",
        accent_colour="f66d19",
        zone=zone,
        pressed_colour="e5b030",
    )
