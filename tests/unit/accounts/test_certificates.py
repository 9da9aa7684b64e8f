"""What is taken as the certificate of a domain, and with which words the rest is refused."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from contracts.accounts_domains import DOMAIN_PROBLEMS
from services.accounts.certificates import Refused, checked, covers, days_left, warning_step
from tests.support.pem import Made, key_pem, make

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
HOST = "sms.example.ru"
ROOT = make(now=NOW, subject="Root", authority=True)
MIDDLE = make(now=NOW, subject="Middle", issuer=ROOT, authority=True)
LEAF = make(HOST, "www.example.ru", now=NOW, subject=HOST, issuer=MIDDLE)
CHAIN = LEAF.pem + MIDDLE.pem + ROOT.pem


def refusal(chain: str, key: str, host: str = HOST, *, with_key: bool = True) -> tuple[str, str]:
    with pytest.raises(Refused) as refused:
        checked(chain, key, host, NOW, with_key=with_key)
    assert refused.value.code in DOMAIN_PROBLEMS or refused.value.code == "required"
    assert refused.value.__suppress_context__ or refused.value.__context__ is None
    return refused.value.pointer, refused.value.code


def leaf(*names: str, **options: object) -> Made:
    return make(*(names or (HOST,)), now=NOW, issuer=MIDDLE, **options)  # type: ignore[arg-type]


def test_a_whole_chain_with_its_key_is_taken_and_described() -> None:
    found = checked(f"\n some words\n{CHAIN}", LEAF.key_pem, HOST, NOW)
    assert (found.subject, found.issuer, found.names) == (f"CN={HOST}", "CN=Middle", (HOST, "www.example.ru"))
    assert (found.length, found.not_after) == (3, NOW + timedelta(days=90))
    assert found.chain == CHAIN and found.key == LEAF.key_pem
    assert len(found.fingerprint.split(":")) == 32


def test_what_the_clusters_issuer_made_is_taken_without_a_key() -> None:
    assert checked(CHAIN, "", HOST, NOW, with_key=False).key == ""


def test_a_certificate_without_its_key_is_refused() -> None:
    assert refusal(CHAIN, " \n") == ("/key", "key_required")


def test_the_key_of_another_certificate_is_refused() -> None:
    assert refusal(CHAIN, MIDDLE.key_pem) == ("/key", "key_mismatch")


def test_keys_that_cannot_be_read_are_told_from_those_with_a_passphrase() -> None:
    assert refusal(CHAIN, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----") == ("/key", "key_unreadable")
    assert refusal(CHAIN, LEAF.pem) == ("/key", "key_unreadable")
    assert refusal(CHAIN, key_pem(LEAF.key, b"secret")) == ("/key", "key_encrypted")
    assert refusal(CHAIN, key_pem(ed25519.Ed25519PrivateKey.generate())) == ("/key", "key_kind")


def test_weak_and_uncommon_keys_are_refused() -> None:
    short = leaf(key=rsa.generate_private_key(65537, 1024))
    small = leaf(key=ec.generate_private_key(ec.SECP224R1()))
    rare = leaf(key=ec.generate_private_key(ec.SECP256K1()))
    assert refusal(short.pem, short.key_pem) == ("/chain", "key_weak")
    assert refusal(small.pem, small.key_pem) == ("/chain", "key_weak")
    assert refusal(rare.pem, rare.key_pem) == ("/chain", "key_kind")


def test_what_is_no_certificate_is_refused_at_its_field() -> None:
    assert refusal("", LEAF.key_pem) == ("/chain", "required")
    assert refusal("<script>", LEAF.key_pem) == ("/chain", "certificate_unreadable")
    broken = LEAF.pem.replace("A", "B", 40)
    assert refusal(broken, LEAF.key_pem) == ("/chain", "certificate_unreadable")
    assert refusal(LEAF.pem + LEAF.key_pem, "") == ("/chain", "certificate_holds_key")
    assert refusal(LEAF.pem * 11, LEAF.key_pem) == ("/chain", "certificate_too_large")
    assert refusal("x" * 70_000, LEAF.key_pem) == ("/chain", "certificate_too_large")


def test_the_domain_must_be_among_the_names() -> None:
    assert refusal(CHAIN, LEAF.key_pem, "lk.example.ru") == ("/chain", "certificate_other_name")
    nameless = make(now=NOW, subject=HOST, issuer=MIDDLE)
    assert refusal(nameless.pem, nameless.key_pem) == ("/chain", "certificate_other_name")
    wild = leaf("*.example.ru")
    assert checked(wild.pem, wild.key_pem, HOST, NOW).names == ("*.example.ru",)
    assert refusal(wild.pem, wild.key_pem, "a.sms.example.ru") == ("/chain", "certificate_other_name")


@pytest.mark.parametrize(
    ("name", "host", "good"),
    [
        ("sms.example.ru", "sms.example.ru", True),
        ("SMS.Example.RU", "sms.example.ru", True),
        ("*.example.ru", "sms.example.ru", True),
        ("*.example.ru", "xn--e1afmkfd.example.ru", True),
        ("*.example.ru", "example.ru", False),
        ("*.example.ru", "a.b.example.ru", False),
        ("s*.example.ru", "sms.example.ru", False),
        ("sms.*.ru", "sms.example.ru", False),
        ("*", "localhost", False),
    ],
)
def test_a_wildcard_stands_for_exactly_one_whole_label(name: str, host: str, good: bool) -> None:
    assert covers(name, host) is good


def test_certificates_that_do_not_hold_now_are_refused() -> None:
    ended, early = leaf(ends=timedelta(hours=-1)), leaf(begins=timedelta(hours=1))
    assert refusal(ended.pem, ended.key_pem) == ("/chain", "certificate_expired")
    assert refusal(early.pem, early.key_pem) == ("/chain", "certificate_early")
    old = make(now=NOW, subject="Old", issuer=ROOT, authority=True, ends=timedelta(hours=-1))
    below = make(HOST, now=NOW, issuer=old)
    assert refusal(below.pem + old.pem, below.key_pem) == ("/chain", "chain_expired")


def test_the_chain_is_in_order_and_each_is_signed_by_the_next() -> None:
    assert refusal(LEAF.pem + ROOT.pem + MIDDLE.pem, LEAF.key_pem) == ("/chain", "chain_order")
    stranger = make(now=NOW, subject="Middle", authority=True)
    assert refusal(LEAF.pem + stranger.pem, LEAF.key_pem) == ("/chain", "chain_signature")
    client = make(now=NOW, subject="Client", issuer=ROOT)
    below = make(HOST, now=NOW, issuer=client)
    assert refusal(below.pem + client.pem, below.key_pem) == ("/chain", "chain_signature")


def test_a_certificate_for_clients_serves_nobody() -> None:
    client = leaf(for_servers=False)
    assert refusal(client.pem, client.key_pem) == ("/chain", "certificate_purpose")


def test_the_end_is_warned_of_in_steps() -> None:
    steps = {days: warning_step(NOW + timedelta(days=days), NOW) for days in (31, 30, 15, 14, 7, 2, 1, -3)}
    assert steps == {31: None, 30: 30, 15: 30, 14: 14, 7: 7, 2: 7, 1: 1, -3: 1}
    assert [days_left(NOW + timedelta(hours=hours), NOW) for hours in (49, 1, -1)] == [2, 0, -1]
