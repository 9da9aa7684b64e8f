"""Domains of partners: added, looked up in the DNS, given certificates, served, removed."""

from datetime import datetime, timedelta
from typing import Any

from eventlet import GreenPool, tpool

from contracts.accounts import CertificateExpiryNeared
from contracts.accounts_domains import (
    ACTIVE,
    DNS_VERIFIED,
    REQUESTED,
    CertificateFiles,
    Domains,
    ExpiringCertificate,
)
from contracts.accounts_domains import CERTIFICATE as CERTIFIED
from contracts.errors import NotFound
from contracts.wire import many_to_wire, to_wire
from kit.clock import to_rfc3339
from kit.service import loop, rpc
from kit.vault import Sealed, Vault, secret_of
from services.accounts import certificates, domain_answers, domains, fields
from services.accounts import domains_repository as stored
from services.accounts import repository as people
from services.accounts.problems import changed_meanwhile, conflict, malformed
from services.accounts.service_partners import CLAIMS

CHECK_BATCH = 20
CHECKS_AT_ONCE = 5
#: Longer than a batch of look-ups takes.
CHECK_LEASE = timedelta(minutes=5)
WARN_BATCH = 100
MOST_PAGE_SIZE = 1_000

_KEY = "key"


class DomainEntrypoints:
    """A part of `AccountsService`, which gives it `db`, `outbox`, `clock`, `settings` and `dns`."""

    db: Any
    outbox: Any
    clock: Any
    settings: Any
    dns: Any

    @rpc
    def domains(self, partner_id: str) -> dict[str, Any]:
        with self.db.begin() as connection:
            if not people.has_partner(connection, partner_id):
                raise NotFound("There is no such partner.")
            rows = stored.of_partner(connection, partner_id)
        return to_wire(self._list(rows))

    @rpc
    def all_domains(self, after: str = "", limit: int = 100) -> dict[str, Any]:
        if not 1 <= limit <= MOST_PAGE_SIZE:
            raise malformed("/limit", "page_size_invalid")
        with self.db.begin() as connection:
            rows = stored.page(connection, fields.storable(after, fields.MOST_TEXT), limit + 1)
        shown = self._list(rows[:limit])
        shown.next_host = rows[limit - 1].host if len(rows) > limit else None
        return to_wire(shown)

    def _list(self, rows: Any) -> Domains:
        targets, now = domains.targets_of(self.settings), self.clock.now()
        items = [domain_answers.domain(row, now) for row in rows]
        return Domains(items=items, names=sorted(targets.names), addresses=sorted(targets.addresses))

    @rpc
    def add_domain(self, partner_id: str, host: str, author: str) -> dict[str, Any]:
        name, code = domains.read_host(host)
        if code:
            raise malformed("/host", code)
        now, served = self.clock.now(), not domains.targets_of(self.settings)
        values = {"state": ACTIVE if served else REQUESTED, "created_at": now}
        values |= {"author": fields.storable(author, fields.MOST_TEXT)}
        with self.db.begin() as connection:
            if not people.has_partner(connection, partner_id):
                raise NotFound("There is no such partner.")
            if stored.count(connection, partner_id) >= domains.MOST_DOMAINS:
                raise conflict("/host", "too_many_domains")
            whose = stored.add(connection, name, partner_id, values, served=served)
            if whose:
                raise conflict("/host", CLAIMS[whose])
            return self._told(connection, name)

    @rpc
    def remove_domain(self, partner_id: str, host: str, version: int) -> None:
        with self.db.begin() as connection:
            stored.remove(connection, _current(connection, partner_id, host, version))

    @rpc
    def serve_domain(self, partner_id: str, host: str, version: int) -> dict[str, Any]:
        with self.db.begin() as connection:
            found = _current(connection, partner_id, host, version)
            stored.change(connection, found, {"state": ACTIVE})
            return self._told(connection, found.host)

    def _told(self, connection: Any, host: str) -> dict[str, Any]:
        return to_wire(domain_answers.domain(_existing(stored.find_any(connection, host)), self.clock.now()))

    # The DNS

    @rpc
    def check_domain(self, partner_id: str, host: str) -> dict[str, Any]:
        with self.db.begin() as connection:
            found = _existing(stored.find(connection, partner_id, domains.read_host(host)[0]))
        if domains.targets_of(self.settings):
            self._look([(found.partner_id, found.host)])
        with self.db.begin() as connection:
            return self._told(connection, found.host)

    @loop(every_seconds=30.0)
    def check_domains(self) -> bool:
        """Look at those that are due; no transaction is open meanwhile."""
        if not domains.targets_of(self.settings):
            return False
        with self.db.begin() as connection:
            due = stored.claim_due(connection, self.clock.now(), CHECK_LEASE, CHECK_BATCH)
        self._look(due)
        return len(due) == CHECK_BATCH

    def _look(self, which: list[tuple[str, str]]) -> None:
        targets, pool = domains.targets_of(self.settings), GreenPool(CHECKS_AT_ONCE)
        looks = list(pool.imap(self.dns.look, [host for _, host in which]))
        own: set[str] = set()
        if any(domains.verdict_of(found, targets) in (domains.ELSEWHERE, domains.PARTLY) for found in looks):
            own = {address for found in pool.imap(self.dns.look, sorted(targets.names)) for address in found.addresses}
        now = self.clock.now()
        with self.db.begin() as connection:
            for (partner_id, host), found in sorted(zip(which, looks, strict=True), key=lambda one: one[0][1]):
                _record(connection, partner_id, host, found, domains.verdict_of(found, targets, own), now)

    # Certificates

    @rpc
    def put_certificate(
        self, partner_id: str, host: str, chain: str, key: str, version: int, author: str
    ) -> dict[str, Any]:
        vault, name = self._vault(), domains.read_host(host)[0]
        with self.db.begin() as connection:
            _existing(stored.find(connection, partner_id, name))
        good = self._checked(chain, key, name)
        sealed = vault.seal(_owner(partner_id, name), {_KEY: good.key})
        with self.db.begin() as connection:
            found = _current(connection, partner_id, name, version)
            row = domain_answers.certificate_row(found, good, "uploaded", author, self.clock.now())
            stored.put_certificate(connection, row | {"key_id": sealed.key_id, "sealed_key": sealed.ciphertext})
            state = domains.state_certified(found.state, found.verdict)
            stored.change(connection, found, {"issuing": "uploaded", "state": state})
            return self._told(connection, name)

    @rpc
    def leave_to_issuer(self, partner_id: str, host: str, version: int) -> dict[str, Any]:
        with self.db.begin() as connection:
            found = _current(connection, partner_id, host, version)
            if found.issuing != "acme":
                stored.drop_certificate(connection, found.host)
                state = DNS_VERIFIED if found.state == CERTIFIED else found.state
                stored.change(connection, found, {"issuing": "acme", "state": state})
            return self._told(connection, found.host)

    @rpc
    def certificate_issued(self, host: str, chain: str, author: str) -> dict[str, Any]:
        name = domains.read_host(host)[0]
        with self.db.begin() as connection:
            _existing(stored.find_any(connection, name))
        good = self._checked(chain, "", name, with_key=False)
        with self.db.begin() as connection:
            found = _existing(stored.find_any(connection, name, lock=True))
            if found.issuing != "acme":
                raise conflict("/host", "not_left_to_issuer")
            row = domain_answers.certificate_row(found, good, "acme", author, self.clock.now())
            stored.put_certificate(connection, row | {"key_id": None, "sealed_key": None})
            state = domains.state_certified(found.state, found.verdict)
            # A program reports it, so whoever has the domain's page open is not told that somebody changed it.
            stored.change(connection, found, {"state": state}, by_people=False)
            return self._told(connection, name)

    @rpc
    def certificate_files(self, host: str) -> dict[str, Any]:
        vault, name = self._vault(), domains.read_host(host)[0]
        with self.db.begin() as connection:
            found = stored.files(connection, name)
        if found is None:
            raise NotFound("There is no uploaded certificate of this domain.")
        opened = vault.open(_owner(found.partner_id, name), Sealed(found.key_id, found.sealed_key))
        files = CertificateFiles(host=name, fingerprint=found.fingerprint, chain=found.chain, key=opened[_KEY])
        return to_wire(files)

    @rpc
    def expiring_certificates(self, partner_id: str | None) -> list[dict[str, Any]]:
        if partner_id is not None and not people.is_id(partner_id):
            raise NotFound("There is no such partner.")
        now = self.clock.now()
        with self.db.begin() as connection:
            rows = stored.expiring(connection, partner_id, now)
        return many_to_wire(_expiring(row, certificates.warning_step(row.not_after, now) or 0) for row in rows)

    @loop(every_seconds=3600.0)
    def warn_of_certificates(self) -> bool:
        """Tell of each step before a certificate's end once, in the transaction that notes it."""
        with self.db.begin() as connection:
            rows = stored.claim_unwarned(connection, self.clock.now(), WARN_BATCH)
            if rows:
                items = [_expiring(row, row.step) for row in rows]
                self.outbox.put(connection, CertificateExpiryNeared(items=items))
        return len(rows) == WARN_BATCH

    def _vault(self) -> Vault:
        return Vault(secret_of(self.settings), "accounts", "certificate and its key")

    def _checked(self, chain: str, key: str, host: str, *, with_key: bool = True) -> certificates.Checked:
        try:
            return tpool.execute(certificates.checked, chain, key, host, self.clock.now(), with_key=with_key)
        except certificates.Refused as refused:
            problem = malformed(refused.pointer, refused.code)
        # Outside of the handler: the traceback of what was refused may hold the key.
        raise problem


def _owner(partner_id: str, host: str) -> str:
    """Whose key it is: moved to another row, it does not open."""
    return f"{partner_id} at {host}"


def _record(connection: Any, partner_id: str, host: str, found: domains.Found, verdict: str, now: datetime) -> None:
    row = stored.find(connection, partner_id, host, lock=True)
    if row is None:
        return  # It was removed meanwhile.
    failures = domains.failures_after(row.failures, verdict)
    certified = row.not_after is not None and row.not_before <= now < row.not_after
    state = domains.state_after(row.state, verdict, failures, certified)
    values = {"verdict": verdict, "points_at": domains.points_at(found), "failures": failures, "checked_at": now}
    values |= {"state": state, "next_check_at": now + domains.pause_after(state, verdict, failures)}
    stored.change(connection, row, values, by_people=False)


def _expiring(row: Any, days: int) -> ExpiringCertificate:
    return ExpiringCertificate(
        partner_id=row.partner_id,
        host=row.host,
        shown=domains.shown_host(row.host),
        not_after=to_rfc3339(row.not_after),
        days=days,
        source=row.source,
    )


def _current(connection: Any, partner_id: str, host: str, version: int) -> Any:
    """The locked row; `Conflict` where it is not the version any more that whoever asks has seen."""
    found = _existing(stored.find(connection, partner_id, domains.read_host(host)[0] or host, lock=True))
    if found.version != version:
        raise changed_meanwhile()
    return found


def _existing(row: Any) -> Any:
    if row is None:
        raise NotFound("There is no such domain.")
    return row
