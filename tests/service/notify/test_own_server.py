"""Letters by a partner's own mail server, and the trial that says in words what is wrong with it."""

import ssl
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import eventlet
import pytest
from sqlalchemy import text

from contracts.errors import Conflict, GolubError, Malformed, NotFound, TooManyRequests
from contracts.notify_settings import MAIL_TROUBLES, MailChange
from services.notify import smtp
from tests.service.notify.conftest import PARTNER, MailServer, World
from tests.service.notify.mail_server import CERTIFICATE

Start = Callable[..., MailServer]
OTHER = str(uuid4())


def change(server: MailServer | None = None, **changes: Any) -> MailChange:
    port = server.port if server else 587
    known = {"sender": "sms@shop.test", "host": "mail.test", "port": port, "security": "plain", "username": ""}
    return MailChange(**{**known, **changes})


@pytest.fixture
def lan(world: World) -> World:
    """Every name leads to this machine, which the operator allows."""
    world.service.settings = replace(world.service.settings, smtp_private="1")
    world.service.mail_desk.resolve = lambda host, port: ["127.0.0.1"]
    return world


def save(world: World, wanted: MailChange, partner_id: str = PARTNER) -> Any:
    return world.client.set_mail_settings(partner_id, wanted, author="boss")


def wrong(world: World, wanted: MailChange) -> set[tuple[str, str]]:
    with pytest.raises(Malformed) as refused:
        save(world, wanted)
    return {(one["pointer"], one["code"]) for one in refused.value.data["errors"]}


def test_a_partners_letters_go_by_its_own_server_and_nobody_elses(lan: World, mail_server: Start) -> None:
    platforms, own = mail_server(), mail_server()
    lan.use(platforms)
    save(lan, change(own))
    lan.cross(lan.accounts.add("anna@x.test"))
    assert lan.service.send_due() is False
    assert lan.letters()[0].state == "waiting"
    lan.service.send_own()
    assert lan.letters()[0].state == "sent"
    assert [one["from"] for one in own.taken()] == ["sms@shop.test"]
    assert platforms.taken() == []
    save(lan, change(host="", sender="answers@shop.test", version=1))
    lan.cross(lan.accounts.add("berta@x.test"))
    lan.service.send_own()
    lan.service.send_due()
    assert [one["to"] for one in platforms.taken()] == [["berta@x.test"]]
    assert platforms.messages()[0]["Reply-To"] == "СМС-Центр <answers@shop.test>"


def test_a_password_is_sealed_for_its_partner_and_never_told(lan: World, shared_server: Start) -> None:
    server = shared_server("auth")
    made = save(lan, change(server, username="bob", password="secret"))
    assert (made.has_password, made.version, made.author) == (True, 1, "boss")
    assert "secret" not in str(made)
    with lan.db.begin() as connection:
        row = connection.execute(text("SELECT * FROM partner_mail")).one()
        connection.execute(text("INSERT INTO partner_mail SELECT :other, sender, host, port, security, username, key_id, sealed, version, author, changed_at FROM partner_mail"), {"other": OTHER})  # fmt: skip
    assert "secret" not in str(row)
    lan.cross(lan.accounts.add("anna@x.test"))
    lan.service.send_own()
    assert [one["login"] for one in server.taken()] == [True]
    trial = lan.client.try_mail(OTHER, change(server, username="bob"), recipient="anna@x.test")
    assert trial.trouble == "password_lost"


def test_a_kept_password_stays_with_the_server_it_was_entered_for(lan: World, shared_server: Start) -> None:
    server = shared_server("auth")
    save(lan, change(server, username="bob", password="secret"))
    again = change(server, username="bob", sender="new@shop.test", version=1)
    assert lan.client.try_mail(PARTNER, again, recipient="a@x.test").trouble == ""
    assert save(lan, again).has_password
    for other in ({"host": "thief.test"}, {"port": 2525}, {"username": "eve"}, {"security": "tls"}):
        moved = change(server, **{"username": "bob", "version": 2, **other})
        assert wrong(lan, moved) == {("/password", "mail_password_again")}
        with pytest.raises(Malformed):
            lan.client.try_mail(PARTNER, moved, recipient="a@x.test")
    assert save(lan, change(server, version=2)).has_password is False


def test_who_saves_what_somebody_else_has_changed_is_told_who(lan: World) -> None:
    save(lan, change())
    for version in (0, 2):
        with pytest.raises(Conflict) as refused:
            save(lan, change(sender="late@shop.test", version=version))
        assert refused.value.data["author"] == "boss"
    assert lan.client.mail_settings(PARTNER).sender == "sms@shop.test"
    assert lan.client.mail_settings(OTHER).version == 0


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"sender": ""}, "/sender"),
        ({"sender": "a@b.ru\r\nBcc: x@y.ru"}, "/sender"),
        ({"sender": "<b>@b.ru"}, "/sender"),
        ({"host": "a b"}, "/host"),
        ({"host": "http://x.ru"}, "/host"),
        ({"host": "169.254.169.254"}, "/host"),
        ({"host": "127.0.0.1"}, "/host"),
        ({"host": "::1"}, "/host"),
        ({"host": "2130706433"}, "/host"),
        ({"host": "localhost"}, "/host"),
        ({"port": 0}, "/port"),
        ({"port": 22}, "/port"),
        ({"port": 65536}, "/port"),
        ({"security": "none"}, "/security"),
        ({"username": "a\nb"}, "/username"),
        ({"password": "x"}, "/username"),
        ({"username": "a", "password": "x" * 201}, "/password"),
    ],
)
def test_what_is_no_mail_server_is_told_at_its_field(world: World, given: dict[str, Any], field: str) -> None:
    assert {pointer for pointer, _ in wrong(world, change(**given))} == {field}
    assert world.client.mail_settings(PARTNER).version == 0


@pytest.mark.parametrize("address", ["169.254.169.254", "10.0.0.5", "127.0.0.1", "::1", "fd00::1", "::ffff:127.0.0.1"])
def test_a_name_that_leads_into_our_network_is_not_connected_to(
    world: World, shared_server: Start, address: str
) -> None:
    server = shared_server()
    world.service.mail_desk.resolve = lambda host, port: ["93.184.216.34", address]
    assert world.client.try_mail(PARTNER, change(server), recipient="a@x.test").trouble == "address_denied"
    save(world, change(server))
    world.cross(world.accounts.add("anna@x.test"))
    world.service.send_own()
    (letter,) = world.letters()
    assert (letter.state, letter.attempts, letter.error) == ("waiting", 1, MAIL_TROUBLES["address_denied"])
    assert server.taken() == []


@pytest.mark.parametrize(
    ("mode", "given", "trouble"),
    [
        ("plain", {}, ""),
        ("plain", {"security": "starttls"}, "starttls_missing"),
        ("plain", {"security": "tls"}, "tls"),
        ("plain", {"username": "bob", "password": "x"}, "auth_missing"),
        ("auth", {"username": "bob", "password": "x"}, "auth_refused"),
        ("auth", {"username": "bob", "password": "secret"}, ""),
        ("auth", {}, "auth_needed"),
        ("tls", {"security": "tls"}, "certificate"),
        ("starttls", {"security": "starttls"}, "certificate"),
        ("tls", {"security": "plain"}, "timeout"),
    ],
)
def test_a_trial_says_what_is_wrong(
    lan: World, shared_server: Start, monkeypatch: pytest.MonkeyPatch, mode: str, given: dict[str, Any], trouble: str
) -> None:
    monkeypatch.setattr("services.notify.mail_trial.STEP_SECONDS", 1.0)
    server = shared_server(mode)
    found = lan.client.try_mail(PARTNER, change(server, **given), recipient="anna@x.test")
    assert found.trouble == trouble, found
    assert len(server.taken()) == (not trouble)


@pytest.mark.parametrize(
    ("recipient", "trouble", "words"),
    [
        ("refused@x.test", "recipient_refused", "550 5.1.1 no such mailbox"),
        ("spam@x.test", "letter_refused", "554 5.7.1 it looks like spam"),
        ("drop@x.test", "not_smtp", ""),
    ],
)
def test_a_trial_tells_the_words_of_the_server(
    lan: World, shared_server: Start, recipient: str, trouble: str, words: str
) -> None:
    found = lan.client.try_mail(PARTNER, change(shared_server()), recipient=recipient)
    assert (found.trouble, found.words) == (trouble, words)


@pytest.mark.parametrize(("mode", "security"), [("tls", "tls"), ("starttls", "starttls")])
def test_the_certificate_has_to_be_that_of_the_name_not_of_the_address(
    lan: World, shared_server: Start, monkeypatch: pytest.MonkeyPatch, mode: str, security: str
) -> None:
    trusting, server = ssl.create_default_context(cafile=str(CERTIFICATE)), shared_server(mode)
    monkeypatch.setattr(smtp.ssl, "create_default_context", lambda: trusting)
    right = change(server, host="localhost", security=security)
    assert lan.client.try_mail(PARTNER, right, recipient="anna@x.test").trouble == ""
    assert [one["tls"] for one in server.taken()] == [True]
    wrong_name = change(server, security=security)
    assert lan.client.try_mail(PARTNER, wrong_name, recipient="anna@x.test").trouble == "certificate"


def test_a_closed_port_and_an_unknown_name_are_told_apart(lan: World, mail_server: Start) -> None:
    server = mail_server()
    server.stop()
    assert lan.client.try_mail(PARTNER, change(server), recipient="a@x.test").trouble == "refused"

    def unknown(host: str, port: int) -> list[str]:
        raise OSError(-2, "no such name")

    lan.service.mail_desk.resolve = unknown
    assert lan.client.try_mail(PARTNER, change(server), recipient="a@x.test").trouble in ("name_unknown", "refused")
    assert lan.client.try_mail(PARTNER, change(server, host=""), recipient="a@x.test").trouble == "no_server"
    with pytest.raises(Malformed):
        lan.client.try_mail(PARTNER, change(server), recipient="a@x.test\r\nBcc: b@x.test")


def test_a_partner_tries_ten_times_in_ten_minutes(lan: World) -> None:
    for _ in range(10):
        lan.client.try_mail(PARTNER, change(host=""), recipient="a@x.test")
    with pytest.raises(TooManyRequests):
        lan.client.try_mail(PARTNER, change(host=""), recipient="a@x.test")
    lan.client.try_mail(OTHER, change(host=""), recipient="a@x.test")
    lan.clock.advance(600)
    lan.client.try_mail(PARTNER, change(host=""), recipient="a@x.test")


def test_a_server_that_says_nothing_holds_up_nobody_elses_letters(
    lan: World, shared_server: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.notify.own_server.STEP_SECONDS", 0.5)
    silent, platforms = eventlet.listen(("127.0.0.1", 0)), shared_server()
    lan.use(platforms)
    save(lan, change(port=silent.getsockname()[1]))
    lan.cross(lan.accounts.add("anna@x.test"))
    sending = eventlet.spawn(lan.service.send_own)
    with lan.db.begin() as connection:
        connection.execute(text("INSERT INTO letters (id, partner_id, kind, sender_name, recipient, subject, body, state, attempts, error, created_at, due_at) SELECT gen_random_uuid(), :other, kind, sender_name, 'b@x.test', subject, body, 'waiting', 0, '', created_at, created_at FROM letters"), {"other": OTHER})  # fmt: skip
    lan.service.send_due()
    assert [one["to"] for one in platforms.taken()] == [["b@x.test"]]
    sending.wait()
    (letter,) = lan.letters()
    assert (letter.state, letter.attempts) == ("waiting", 1)
    silent.close()


def test_ids_that_are_none_belong_to_nobody(world: World) -> None:
    for call in (world.client.mail_settings, world.client.notices, world.client.letter_texts):
        with pytest.raises(NotFound):
            call("'; DROP TABLE letters")
    with pytest.raises(GolubError):
        world.client.send_again(PARTNER, "x")
