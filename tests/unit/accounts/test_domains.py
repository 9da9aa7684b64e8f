"""Names of domains, what looks at the DNS mean, and the states that follow."""

import socket
from collections.abc import Iterator

import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import eventlet
import pytest

from contracts.accounts_domains import ACTIVE, CERTIFICATE, DNS_VERIFIED, REQUESTED
from kit.settings import Settings
from services.accounts import domains
from services.accounts.dns_lookup import DnsResolver
from services.accounts.domains import ELSEWHERE, NO_ANSWER, NOTHING, OURS, PARTLY, Found, Targets

TARGETS = Targets(frozenset({"in.golub.example"}), frozenset({"198.51.100.7", "2001:db8::7"}))


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("sms.example.ru", "sms.example.ru"),
        ("  SMS.Example.RU. ", "sms.example.ru"),
        ("смс.Пример.рф", "xn--l1ajb.xn--e1afmkfd.xn--p1ai"),
        ("xn--l1ajb.xn--e1afmkfd.xn--p1ai", "xn--l1ajb.xn--e1afmkfd.xn--p1ai"),
    ],
)
def test_a_name_is_kept_in_one_spelling(typed: str, host: str) -> None:
    assert domains.read_host(typed) == (host, "")


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "required"),
        ("localhost", "domain_invalid"),
        ("https://sms.example.ru", "domain_invalid"),
        ("sms.example.ru/x", "domain_invalid"),
        ("a@example.ru", "domain_invalid"),
        ("*.example.ru", "domain_invalid"),
        ("<b>.example.ru", "domain_invalid"),
        ("sms..ru", "domain_invalid"),
        ("-a.example.ru", "domain_invalid"),
        ("a.example.1", "domain_invalid"),
        ("x" * 64 + ".ru", "domain_invalid"),
        ("x." * 200 + "ru", "domain_invalid"),
        ("sms\0.example.ru", "domain_invalid"),
        ("sms.example.ru:443", "domain_has_port"),
        ("203.0.113.7", "domain_is_address"),
        ("203.0.113.7:80", "domain_is_address"),
        ("2001:db8::7", "domain_is_address"),
        ("[2001:db8::7]:443", "domain_is_address"),
    ],
)
def test_what_is_no_domain_name_is_told_why(typed: str, code: str) -> None:
    assert domains.read_host(typed) == ("", code)


def test_names_are_shown_as_people_write_them() -> None:
    assert domains.shown_host("xn--l1ajb.xn--e1afmkfd.xn--p1ai") == "смс.пример.рф"
    assert domains.shown_host("xn--a-.example") == "xn--a-.example"


def test_the_settings_name_the_targets_and_a_wrong_address_ends_the_start() -> None:
    given = Settings(public_names="In.Golub.Example., b.example", public_addresses="198.51.100.7, 2001:DB8:0::7")
    assert domains.targets_of(given).addresses == TARGETS.addresses
    assert domains.targets_of(given).names == {"in.golub.example", "b.example"}
    assert not domains.targets_of(Settings())
    with pytest.raises(SystemExit, match="GOLUB_PUBLIC_ADDRESSES"):
        domains.targets_of(Settings(public_addresses="here"))


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (Found(("in.golub.example",), ("203.0.113.9",)), OURS),
        (Found(("cdn.example", "in.golub.example")), OURS),
        (Found((), ("198.51.100.7",)), OURS),
        (Found((), ("198.51.100.7", "2001:db8::7")), OURS),
        (Found((), ("203.0.113.7",)), ELSEWHERE),
        (Found((), ("198.51.100.7", "203.0.113.7")), PARTLY),
        (Found(("nowhere.example",)), NOTHING),
        (Found(), NOTHING),
        (Found(answered=False), NO_ANSWER),
    ],
)
def test_a_look_at_the_dns_is_judged(found: Found, verdict: str) -> None:
    assert domains.verdict_of(found, TARGETS) == verdict


def test_addresses_that_our_names_have_are_ours() -> None:
    apex = Found((), ("192.0.2.50",))
    assert domains.verdict_of(apex, TARGETS) == ELSEWHERE
    assert domains.verdict_of(apex, TARGETS, ["192.0.2.50"]) == OURS


def test_a_domain_goes_on_by_verification_alone_and_an_active_one_stays_whatever_the_dns_says() -> None:
    assert domains.state_after(REQUESTED, OURS, 0, certified=False) == DNS_VERIFIED
    assert domains.state_after(REQUESTED, OURS, 0, certified=True) == ACTIVE
    assert domains.state_after(REQUESTED, ELSEWHERE, 9, certified=True) == REQUESTED
    assert domains.state_certified(REQUESTED, "") == REQUESTED
    assert domains.state_certified(DNS_VERIFIED, OURS) == ACTIVE
    assert domains.state_certified(DNS_VERIFIED, NO_ANSWER) == CERTIFICATE
    for verdict in (ELSEWHERE, NOTHING, PARTLY, NO_ANSWER):
        assert domains.state_after(ACTIVE, verdict, 99, certified=False) == ACTIVE


def test_it_goes_back_after_three_looks_in_a_row_and_silence_counts_for_nothing() -> None:
    state, failures, states = CERTIFICATE, 0, []
    for verdict in (ELSEWHERE, NO_ANSWER, NOTHING, NO_ANSWER, ELSEWHERE):
        failures = domains.failures_after(failures, verdict)
        state = domains.state_after(state, verdict, failures, certified=True)
        states.append(state)
    assert states == [CERTIFICATE] * 4 + [REQUESTED]
    assert domains.failures_after(2, OURS) == 0


def test_looks_are_rarer_the_longer_nothing_changes() -> None:
    pauses = [domains.pause_after(REQUESTED, ELSEWHERE, failures) for failures in range(30)]
    assert pauses == sorted(pauses) and pauses[-1] == domains.MOST_PAUSE


class NameServer:
    """A DNS server on loopback that knows some names, fails for one and keeps silent for another."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]

    def run(self) -> None:
        while True:
            data, address = self.socket.recvfrom(4096)
            asked = dns.message.from_wire(data)
            answer = self.answer(asked)
            if answer is not None:
                self.socket.sendto(answer.to_wire(), address)

    def answer(self, asked: dns.message.Message) -> dns.message.Message | None:
        name, kind = asked.question[0].name.to_text(), asked.question[0].rdtype
        made = dns.message.make_response(asked)
        if name == "silent.example.":
            return None
        if name == "broken.example.":
            made.set_rcode(dns.rcode.SERVFAIL)
        elif name == "cname.example.":
            made.answer.append(dns.rrset.from_text(name, 60, "IN", "CNAME", "In.Golub.Example."))
            made.set_rcode(dns.rcode.NXDOMAIN)
        elif name == "here.example.":
            if kind == dns.rdatatype.A:
                made.answer.append(dns.rrset.from_text(name, 60, "IN", "A", "198.51.100.7"))
        else:
            made.set_rcode(dns.rcode.NXDOMAIN)
        return made


@pytest.fixture(scope="module")
def resolver() -> Iterator[DnsResolver]:
    server = NameServer()
    running = eventlet.spawn(server.run)
    yield DnsResolver(["127.0.0.1"], server.port)
    running.kill()
    server.socket.close()


def test_the_dns_is_asked_and_others_go_on_meanwhile(resolver: DnsResolver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.accounts.dns_lookup.LOOKUP_SECONDS", 0.4)
    turns = []

    def others() -> None:
        while True:
            turns.append(1)
            eventlet.sleep(0.01)

    running = eventlet.spawn(others)
    assert resolver.look("silent.example") == Found(answered=False)
    running.kill()
    assert len(turns) > 2
    assert resolver.look("broken.example") == Found(answered=False)
    assert resolver.look("here.example") == Found((), ("198.51.100.7",))
    assert resolver.look("nothing.example") == Found()
    assert domains.verdict_of(resolver.look("cname.example"), TARGETS) == OURS
