"""The part of the fake of accounts that has partners' cards and domains."""

from dataclasses import replace
from typing import Any

from contracts import accounts_domains as wires
from contracts.accounts import PROBLEMS as ACCOUNT_PROBLEMS
from contracts.accounts import Partner
from contracts.accounts_partners import NewPartner, PartnerCard, RegisteredPartner
from contracts.errors import PROBLEMS, Conflict, Malformed, NotFound
from contracts.wire import from_wire, many_to_wire, to_wire

NOW = "2026-11-22T09:15:00Z"
CERTIFICATE = wires.Certificate(
    source="uploaded",
    subject="CN=sms.example.ru",
    issuer="CN=Example CA",
    names=["sms.example.ru"],
    not_before="2026-11-01T00:00:00Z",
    not_after="2026-12-10T00:00:00Z",
    fingerprint=":".join(["ab"] * 32),
    chain=2,
    days_left=17,
    author="root",
)


class FakeDomains:
    """Whatever chain holds the word `good` is a certificate, and whatever key does is its key."""

    sellers: dict[str, Partner]

    def __init__(self) -> None:
        super().__init__()
        self.registered: dict[str, wires.Domain] = {}
        self.cards: dict[str, PartnerCard] = {}
        self.public_names = ["in.golub.example"]
        self.expiring: list[wires.ExpiringCertificate] = []

    def register_partner(self, new: Any, author: str) -> Any:
        asked = from_wire(NewPartner, new)
        if "bad" in asked.hosts:
            raise Malformed("wrong", {"errors": [_problem(f"/hosts/{asked.hosts.index('bad')}", "domain_invalid")]})
        made = self.create_partner(asked.name, [], asked.login, asked.password, asked.zone, asked.email)  # type: ignore[attr-defined]
        for host in asked.hosts:
            self.add_domain(made["id"], host, author)
        return to_wire(
            RegisteredPartner(id=made["id"], login=asked.login, password="" if asked.password else "made-for-you")
        )

    def partner_card(self, partner_id: str) -> Any:
        if partner_id not in self.sellers:
            raise NotFound("There is no such partner.")
        one = self.sellers[partner_id]
        card = PartnerCard(
            id=one.id,
            name=one.name,
            email=one.email,
            login="boss",
            zone="Europe/Moscow",
            state=one.state,
            version=1,
            created_at=one.created_at,
        )
        return to_wire(self.cards.setdefault(partner_id, card))

    def change_partner(self, partner_id: str, name: str, email: str, zone: str, version: int) -> Any:
        return self._changed_card(partner_id, version, name=name, email=email, zone=zone)

    def set_partner_state(self, partner_id: str, state: str, version: int) -> Any:
        return self._changed_card(partner_id, version, state=state)

    def _changed_card(self, partner_id: str, version: int, **changes: Any) -> Any:
        self.partner_card(partner_id)
        known = self.cards[partner_id]
        if known.version != version:
            raise _changed_meanwhile()
        self.cards[partner_id] = replace(known, version=version + 1, **changes)
        return to_wire(self.cards[partner_id])

    def domains(self, partner_id: str) -> Any:
        self.partner_card(partner_id)
        return self._list([one for one in self.registered.values() if one.partner_id == partner_id])

    def all_domains(self, after: str, limit: int) -> Any:
        found = [self.registered[host] for host in sorted(self.registered) if host > after]
        shown = self._list(found[:limit])
        return shown | {"next_host": found[limit - 1].host if len(found) > limit else None}

    def _list(self, items: list[wires.Domain]) -> Any:
        return to_wire(wires.Domains(items=items, names=self.public_names, addresses=[]))

    def add_domain(self, partner_id: str, host: str, author: str) -> Any:
        if host == "bad":
            raise Malformed("wrong", {"errors": [_problem("/host", "domain_invalid")]})
        if host in self.registered:
            raise Conflict("taken", {"errors": [_problem("/host", "host_taken")]})
        self.registered[host] = wires.Domain(
            host=host,
            shown=host,
            partner_id=partner_id,
            state="requested" if self.public_names else "active",
            issuing="",
            verdict="",
            points_at=[],
            failures=0,
            checked_at=None,
            version=1,
            created_at=NOW,
            author=author,
        )
        return to_wire(self.registered[host])

    def remove_domain(self, partner_id: str, host: str, version: int) -> None:
        del self.registered[self._current(partner_id, host, version).host]

    def check_domain(self, partner_id: str, host: str) -> Any:
        found = self._current(partner_id, host, None)
        seen = {"verdict": "elsewhere", "points_at": ["203.0.113.7"], "checked_at": NOW}
        self.registered[host] = replace(found, **seen)
        return to_wire(self.registered[host])

    def serve_domain(self, partner_id: str, host: str, version: int) -> Any:
        return self._changed(partner_id, host, version, state="active")

    def put_certificate(self, partner_id: str, host: str, chain: str, key: str, version: int, author: str) -> Any:
        self._current(partner_id, host, version)
        if "good" not in key:
            code = "key_mismatch" if key else "key_required"
            raise Malformed("wrong", {"errors": [_problem("/key", code)]})
        if "good" not in chain:
            raise Malformed("wrong", {"errors": [_problem("/chain", "certificate_unreadable")]})
        return self._changed(partner_id, host, version, issuing="uploaded", certificate=CERTIFICATE)

    def leave_to_issuer(self, partner_id: str, host: str, version: int) -> Any:
        return self._changed(partner_id, host, version, issuing="acme", certificate=None)

    def certificate_issued(self, host: str, chain: str, author: str) -> Any:
        found = self._current(None, host, None)
        if found.issuing != "acme":
            raise Conflict("no", {"errors": [_problem("/host", "not_left_to_issuer")]})
        if "good" not in chain:
            raise Malformed("wrong", {"errors": [_problem("/chain", "certificate_unreadable")]})
        self.registered[host] = replace(found, certificate=replace(CERTIFICATE, source="acme"))
        return to_wire(self.registered[host])

    def certificate_files(self, host: str) -> Any:
        found = self._current(None, host, None)
        if found.certificate is None or found.issuing != "uploaded":
            raise NotFound("There is no uploaded certificate of this domain.")
        made = wires.CertificateFiles(
            host=host, fingerprint=found.certificate.fingerprint, chain="good chain", key="good key"
        )
        return to_wire(made)

    def expiring_certificates(self, partner_id: str | None) -> Any:
        return many_to_wire(one for one in self.expiring if partner_id in (None, one.partner_id))

    def _current(self, partner_id: str | None, host: str, version: int | None) -> wires.Domain:
        found = self.registered.get(host)
        if found is None or partner_id not in (None, found.partner_id):
            raise NotFound("There is no such domain.")
        if version not in (None, found.version):
            raise _changed_meanwhile()
        return found

    def _changed(self, partner_id: str, host: str, version: int, **changes: Any) -> Any:
        found = self._current(partner_id, host, version)
        self.registered[host] = replace(found, version=version + 1, **changes)
        return to_wire(self.registered[host])


def _problem(pointer: str, code: str) -> dict[str, str]:
    return {"pointer": pointer, "code": code, "detail": ACCOUNT_PROBLEMS[code]}


def _changed_meanwhile() -> Conflict:
    detail = PROBLEMS["changed_meanwhile"]
    return Conflict(detail, {"errors": [{"pointer": "", "code": "changed_meanwhile", "detail": detail}]})
