"""Domains of partners: who gets a host, when it is served, and what becomes of certificates and keys."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from contracts.accounts import AccountsClient
from contracts.accounts_domains import Domain
from contracts.errors import Conflict, Malformed, NotFound
from kit.clock import FixedClock
from kit.settings import Settings
from services.accounts.domains import Found
from tests.service.accounts.conftest import START, World, client_of, service_of
from tests.support.pem import Made, make

HOST = "sms.example.ru"
OURS, ELSEWHERE, SILENCE = Found(("in.golub.example",)), Found((), ("203.0.113.7",)), Found(answered=False)
SETTINGS = Settings(secret_key="the secret of a platform in tests", public_names="in.golub.example")


@dataclass
class Dns:
    known: dict[str, Found] = field(default_factory=dict)

    def look(self, name: str) -> Found:
        return self.known.get(name, Found())


@dataclass
class Panel:
    """The operator of a platform with a public name."""

    world: World
    service: Any
    client: AccountsClient
    dns: Dns
    clock: FixedClock

    def add(self, host: str = HOST, partner: str = "") -> Domain:
        return self.client.add_domain(partner or self.world.partner_id, host=host, author="root")

    def now(self, host: str = HOST) -> Domain:
        listed = self.client.domains(self.world.partner_id).items
        return next(one for one in listed if one.host == host)

    def upload(self, made: Made, host: str = HOST, version: int | None = None) -> Domain:
        version = self.now(host).version if version is None else version
        given = {"chain": made.pem, "key": made.key_pem, "version": version, "author": "root"}
        return self.client.put_certificate(self.world.partner_id, host, **given)

    def look(self, found: Found, after: timedelta = timedelta(hours=13)) -> str:
        """What the state is after a look that finds this."""
        self.dns.known[HOST] = found
        self.clock.advance(after.total_seconds())
        self.service.check_domains()
        return self.now().state

    def serves(self, host: str = HOST) -> bool:
        try:
            return bool(self.client.resolve_host(host).partner_id)
        except NotFound:
            return False

    def told(self) -> list[tuple[str, int]]:
        rows = self.world.query(
            "SELECT envelope -> 'data' -> 'items' FROM outbox WHERE name = 'certificate_expiry_neared' ORDER BY id"
        )
        return [(item["host"], item["days"]) for row in rows for item in row[0]]


@pytest.fixture
def panel(world: World) -> Panel:
    dns = Dns()
    service = service_of(world.db, world.clock, world.gate, settings=SETTINGS, dns=dns)
    return Panel(world, service, client_of(service), dns, world.clock)


@pytest.fixture(scope="module")
def certificate() -> Made:
    return make(HOST, now=START, subject=HOST, ends=timedelta(days=90))


def test_a_domain_is_served_after_its_dns_was_verified_and_it_has_a_certificate(
    panel: Panel, certificate: Made
) -> None:
    made = panel.add(" SMS.Example.RU. ")
    assert (made.host, made.state, made.issuing, panel.serves()) == (HOST, "requested", "", False)
    assert panel.client.check_domain(panel.world.partner_id, HOST).verdict == "nothing"
    assert panel.look(OURS) == "dns_verified"
    assert not panel.serves()
    made = panel.upload(certificate)
    assert (made.state, made.issuing, panel.serves()) == ("active", "uploaded", True)
    assert made.certificate is not None and made.certificate.names == [HOST] and made.certificate.days_left == 89


def test_without_public_names_a_domain_is_served_at_once(world: World) -> None:
    made = world.client.add_domain(world.partner_id, host=HOST, author="root")
    assert made.state == "active" and world.client.resolve_host(HOST).partner_id == world.partner_id
    listed = world.client.domains(world.partner_id)
    assert [one.host for one in listed.items] == ["one.example", HOST] and not (listed.names or listed.addresses)


def test_an_active_domain_stays_while_the_dns_fails_and_one_that_waits_goes_back(
    panel: Panel, certificate: Made
) -> None:
    panel.add()
    assert panel.look(OURS) == "dns_verified"
    assert [panel.look(found) for found in (ELSEWHERE, SILENCE, ELSEWHERE, ELSEWHERE)][1:] == [
        *("dns_verified", "dns_verified", "requested")
    ]
    panel.upload(certificate)
    assert panel.look(OURS) == "active"
    assert {panel.look(found) for found in (ELSEWHERE, Found(), SILENCE, ELSEWHERE, ELSEWHERE)} == {"active"}
    assert panel.serves() and panel.now().verdict == "elsewhere" and panel.now().points_at == ["203.0.113.7"]


def test_looks_wait_their_turn_and_two_processes_share_them(panel: Panel) -> None:
    panel.add()
    panel.service.check_domains()
    panel.dns.known[HOST] = OURS
    panel.service.check_domains()
    assert panel.now().verdict == "nothing"
    assert panel.look(OURS, timedelta(minutes=5)) == "dns_verified"


def test_a_host_belongs_to_one_and_the_refusal_does_not_tell_to_whom(panel: Panel) -> None:
    panel.add()
    refusals = []
    for host in (HOST, "SMS.EXAMPLE.RU", "two.example", "platform.example"):
        with pytest.raises(Conflict) as refused:
            panel.add(host, panel.world.other_partner_id if host.lower() == HOST else "")
        refusals.append(refused.value.data["errors"][0]["code"])
    assert refusals == ["host_taken", "host_taken", "host_taken", "domain_platform"]
    with pytest.raises(Conflict, match="has this domain already"):
        panel.add()
    with pytest.raises(Malformed, match="IP address"):
        panel.add("203.0.113.7")


def test_a_foreign_domain_is_as_absent_as_none(panel: Panel, certificate: Made) -> None:
    panel.add()
    theirs, client = panel.world.other_partner_id, panel.client
    given = {"chain": certificate.pem, "key": certificate.key_pem, "version": 1, "author": "x"}
    for call in (
        lambda host: client.check_domain(theirs, host),
        lambda host: client.remove_domain(theirs, host, version=1),
        lambda host: client.serve_domain(theirs, host, version=1),
        lambda host: client.leave_to_issuer(theirs, host, version=1),
        lambda host: client.put_certificate(theirs, host, **given),
    ):
        told = set()
        for host in (HOST, "unknown.example.ru", "no domain"):
            with pytest.raises(NotFound) as absent:
                call(host)
            told.add(str(absent.value))
        assert told == {"There is no such domain."}


def test_two_operators_at_once_the_second_is_told_and_nothing_is_kept(panel: Panel, certificate: Made) -> None:
    version = panel.add().version
    panel.client.leave_to_issuer(panel.world.partner_id, HOST, version=version)
    with pytest.raises(Conflict) as refused:
        panel.upload(certificate, version=version)
    assert refused.value.data["errors"][0]["code"] == "changed_meanwhile"
    assert panel.now().issuing == "acme" and panel.now().certificate is None


def test_a_key_is_kept_sealed_and_opens_for_its_own_host_alone(panel: Panel, certificate: Made) -> None:
    panel.add()
    panel.add("lk.example.ru")
    panel.upload(certificate)
    assert panel.client.certificate_files(HOST).key == certificate.key_pem
    [(row,)] = panel.world.query("SELECT certificates::text FROM certificates")
    assert "PRIVATE" not in row and certificate.key_pem.split("\n")[1] not in row
    panel.world.query("UPDATE certificates SET host = 'lk.example.ru' RETURNING host")
    with pytest.raises(Conflict, match="can't be read"):
        panel.client.certificate_files("lk.example.ru")
    with pytest.raises(NotFound):
        panel.client.certificate_files(HOST)


def test_a_wrong_certificate_changes_nothing(panel: Panel, certificate: Made) -> None:
    panel.add()
    panel.upload(certificate)
    other = make("other.example.ru", now=START)
    with pytest.raises(Malformed, match="other names"):
        panel.upload(other)
    with pytest.raises(Malformed) as refused:
        panel.upload(replace(certificate, key=other.key))
    assert refused.value.data["errors"][0]["pointer"] == "/key"
    assert panel.client.certificate_files(HOST).chain == certificate.pem


def test_the_clusters_issuer_reports_its_certificate_without_the_key(panel: Panel, certificate: Made) -> None:
    panel.add()
    panel.look(OURS)
    with pytest.raises(Conflict, match="not left to the issuer"):
        panel.client.certificate_issued(HOST, chain=certificate.pem, author="API: issuer")
    panel.client.leave_to_issuer(panel.world.partner_id, HOST, version=panel.now().version)
    assert panel.now().state == "dns_verified"
    made = panel.client.certificate_issued(HOST, chain=certificate.pem, author="API: issuer")
    assert made.state == "active" and panel.serves()
    with pytest.raises(NotFound):
        panel.client.certificate_files(HOST)


def test_the_operator_may_serve_it_at_once_and_taking_it_away_ends_sessions(panel: Panel, certificate: Made) -> None:
    panel.client.serve_domain(panel.world.partner_id, HOST, version=panel.add().version)
    panel.upload(certificate)
    token = panel.world.sign_in("boss", host=HOST)
    assert panel.client.session(host=HOST, token=token).login == "boss"
    panel.client.remove_domain(panel.world.partner_id, HOST, version=panel.now().version)
    assert not panel.serves() and panel.world.query("SELECT 1 FROM certificates") == []
    with pytest.raises(Exception, match="session has ended"):
        panel.client.session(host=HOST, token=token)
    assert panel.add(partner=panel.world.other_partner_id).state == "requested"


def test_each_step_before_the_end_is_told_once(panel: Panel) -> None:
    panel.client.serve_domain(panel.world.partner_id, HOST, version=panel.add().version)
    panel.upload(make(HOST, now=START, ends=timedelta(days=32)))
    for _day in range(40):
        panel.service.warn_of_certificates()
        panel.service.warn_of_certificates()
        panel.clock.advance(86_400)
    assert panel.told() == [(HOST, days) for days in (30, 14, 7, 1)]
    expiring = panel.client.expiring_certificates(panel.world.partner_id)
    assert [(one.host, one.days) for one in expiring] == [(HOST, 1)]
    assert panel.client.expiring_certificates(None) == expiring
    assert panel.client.expiring_certificates(panel.world.other_partner_id) == []
    panel.upload(make(HOST, now=panel.clock.now(), ends=timedelta(days=5)))
    panel.service.warn_of_certificates()
    assert panel.told()[4:] == [(HOST, 7)]


def test_all_domains_come_in_pages(panel: Panel) -> None:
    first = panel.client.all_domains(limit=1)
    rest = panel.client.all_domains(after=first.next_host or "", limit=5)
    assert [one.host for one in first.items + rest.items] == ["one.example", "two.example"]
    assert rest.next_host is None
