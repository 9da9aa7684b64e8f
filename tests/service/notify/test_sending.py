"""Letters on their way through a real mail server."""

import time
from collections.abc import Callable

import eventlet
import pytest

from services.notify import smtp
from tests.service.notify.conftest import MailServer, World
from tests.service.notify.mail_server import CERTIFICATE

Start = Callable[..., MailServer]
TRUST = f"cafile={CERTIFICATE}"
MINUTE = 60.0


def fates(world: World) -> list[tuple[str, int, str]]:
    return [(letter.state, letter.attempts, letter.error) for letter in world.letters()]


def test_a_letter_arrives_as_it_was_meant(world: World, mail_server: Start) -> None:
    server = mail_server()
    world.use(server)
    world.cross(world.accounts.add("anna@почта.рф"), level=15_005_000)
    assert world.service.send_due() is False
    (letter,) = world.letters()
    assert (letter.state, letter.attempts, letter.error, letter.sent_at) == ("sent", 1, "", "2026-11-22T09:00:00Z")
    (taken,), (message,) = server.taken(), server.messages()
    assert (taken["from"], taken["to"]) == ("noreply@golub.test", ["anna@xn--80a1acny.xn--p1ai"])
    assert message["Subject"] == "Критический уровень средств"
    assert message["From"].addresses[0].display_name == "СМС-Центр"
    assert message["Message-ID"] == f"<{letter.id}@golub.test>"
    assert message["Auto-Submitted"] == "auto-generated"
    text = message.get_content()
    assert "Здравствуйте, Анна!" in text
    assert "shop стал меньше 1500,50 ₽" in text
    assert text.splitlines()[-1] == "СМС-Центр"
    assert world.service.send_due() is False
    assert len(server.taken()) == 1


def test_many_letters_go_over_one_connection(world: World, mail_server: Start) -> None:
    server = mail_server()
    world.use(server)
    world.cross(*[world.accounts.add(f"a{number}@shop.test") for number in range(60)])
    assert world.service.send_due() is True
    assert world.service.send_due() is False
    assert len(server.taken()) == 60
    assert len({one["peer"] for one in server.taken()}) == 2
    assert {letter.state for letter in world.letters()} == {"sent"}


def test_the_hub_goes_on_while_letters_are_sent(world: World, mail_server: Start) -> None:
    world.use(mail_server())
    world.cross(*[world.accounts.add(f"a{number}@shop.test") for number in range(50)])
    sending, ticks = eventlet.spawn(world.service.send_due), 0
    while not sending.dead:
        eventlet.sleep(0.005)
        ticks += 1
    assert sending.wait() is True
    assert ticks > 5


def test_one_refused_recipient_does_not_keep_the_others_from_their_letters(world: World, mail_server: Start) -> None:
    server = mail_server()
    world.use(server)
    addresses = ["refused@x.test", "later@x.test", "spam@x.test", "not an address", "anna@x.test"]
    world.cross(*[world.accounts.add(address) for address in addresses])
    world.service.send_due()
    assert fates(world) == [
        ("failed", 1, "The mail server refused the recipient: 550 5.1.1 no such mailbox"),
        ("waiting", 1, "The mail server refused the recipient: 451 4.2.2 come back later"),
        ("failed", 1, "The mail server refused the letter: 554 5.7.1 it looks like spam"),
        ("failed", 1, "The letter can't be written: 'not an address' is no e-mail address"),
        ("sent", 1, ""),
    ]
    assert [one["to"] for one in server.taken()] == [["anna@x.test"]]


def test_a_lost_connection_costs_only_the_letter_it_was_lost_on_an_attempt(world: World, mail_server: Start) -> None:
    server = mail_server()
    world.use(server)
    world.cross(*[world.accounts.add(f"{name}@x.test") for name in ("first", "drop", "last")])
    world.service.send_due()
    assert [fate[:2] for fate in fates(world)] == [("sent", 1), ("waiting", 1), ("waiting", 0)]
    world.accounts.known.clear()
    world.clock.advance(MINUTE)
    world.service.send_due()
    world.clock.advance(MINUTE)
    world.service.send_due()
    assert [fate[0] for fate in fates(world)] == ["sent", "waiting", "sent"]
    assert [one["to"] for one in server.taken()] == [["first@x.test"], ["last@x.test"]]


def test_a_letter_outlives_a_mail_server_that_is_down(world: World, mail_server: Start) -> None:
    server = mail_server()
    world.use(server)
    server.stop()
    world.cross(world.accounts.add("anna@x.test"))
    for attempts, minutes in ((1, 1), (2, 2), (3, 4)):
        world.service.send_due()
        ((state, made, error),) = fates(world)
        assert (state, made) == ("waiting", attempts)
        assert error.startswith("The mail server can't be used: ")
        world.clock.advance(minutes * MINUTE - 1)
        world.service.send_due()
        assert fates(world)[0][1] == attempts
        world.clock.advance(1)
    again = mail_server(port=server.port)
    world.service.send_due()
    assert fates(world) == [("sent", 4, "")]
    assert len(again.taken()) == 1


def test_after_ten_attempts_a_letter_has_failed_and_says_why(world: World, mail_server: Start) -> None:
    world.use(mail_server())
    world.cross(world.accounts.add("later@x.test"))
    for _ in range(15):
        world.service.send_due()
        world.clock.advance(6 * 60 * MINUTE)
    assert fates(world) == [("failed", 10, "The mail server refused the recipient: 451 4.2.2 come back later")]


def test_a_letter_whose_sender_died_is_sent_again_with_the_same_message_id(
    world: World, mail_server: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, deliver = mail_server(), smtp.deliver
    world.use(server)
    world.cross(world.accounts.add("anna@x.test"))

    def dies(*arguments: object) -> None:
        deliver(*arguments)  # type: ignore[arg-type]
        raise RuntimeError("the process died before it could note the outcome")

    with monkeypatch.context() as patch:
        patch.setattr(smtp, "deliver", dies)
        with pytest.raises(RuntimeError):
            world.service.send_due()
    world.service.send_due()
    assert fates(world)[0][:2] == ("waiting", 1)
    world.clock.advance(5 * MINUTE)
    world.service.send_due()
    assert fates(world) == [("sent", 2, "")]
    first, second = server.messages()
    assert (first["Message-ID"], first["Date"]) == (second["Message-ID"], second["Date"])


def test_two_processes_do_not_send_the_same_letter(world: World, mail_server: Start) -> None:
    server = mail_server()
    world.use(server)
    world.cross(*[world.accounts.add(f"a{number}@x.test") for number in range(20)])
    for thread in [eventlet.spawn(world.service.send_due) for _ in range(3)]:
        thread.wait()
    assert len(server.taken()) == 20


def test_a_login_is_used_where_the_url_has_one(world: World, mail_server: Start) -> None:
    server = mail_server("auth")
    world.use(server, login="bob:secret@")
    world.cross(world.accounts.add("anna@x.test"))
    world.service.send_due()
    assert [one["login"] for one in server.taken()] == [True]
    world.use(server, login="bob:wrong%3A@")
    world.cross(world.accounts.add("anna@x.test"))
    world.service.send_due()
    state, _, error = fates(world)[1]
    assert state == "waiting"
    assert "535" in error
    assert "wrong" not in error


@pytest.mark.parametrize(
    ("mode", "scheme", "options"), [("starttls", "smtp", f"?starttls=1&{TRUST}"), ("tls", "smtps", f"?{TRUST}")]
)
def test_letters_go_encrypted_where_the_url_says_so(
    world: World, mail_server: Start, mode: str, scheme: str, options: str
) -> None:
    server = mail_server(mode)
    world.use(server, scheme=scheme, options=options)
    world.cross(world.accounts.add("anna@x.test"))
    world.service.send_due()
    assert fates(world) == [("sent", 1, "")]
    assert [one["tls"] for one in server.taken()] == [True]


@pytest.mark.parametrize(
    ("mode", "scheme", "options"),
    [("starttls", "smtp", "?starttls=1"), ("tls", "smtps", ""), ("plain", "smtp", "?starttls=1")],
)
def test_nothing_is_sent_to_a_server_that_cannot_be_trusted(
    world: World, mail_server: Start, mode: str, scheme: str, options: str
) -> None:
    server = mail_server(mode)
    world.use(server, scheme=scheme, options=options)
    world.cross(world.accounts.add("anna@x.test"))
    world.service.send_due()
    assert fates(world)[0][:2] == ("waiting", 1)
    assert server.taken() == []


def test_a_wrong_url_is_told_and_costs_no_attempt(world: World, mail_server: Start) -> None:
    world.use(mail_server(), scheme="http")
    world.cross(world.accounts.add("anna@x.test"))
    world.service.send_due()
    assert fates(world) == [("waiting", 0, "GOLUB_SMTP_URL must look like smtp://user:password@host:port or smtps://…")]


def test_a_server_that_says_nothing_is_left_after_its_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "STEP_TIMEOUT_SECONDS", 0.3)
    silent = eventlet.listen(("127.0.0.1", 0))
    world.service.settings = type(world.service.settings)(
        smtp_url=f"smtp://127.0.0.1:{silent.getsockname()[1]}", mail_from="noreply@golub.test"
    )
    world.cross(world.accounts.add("anna@x.test"))
    started = time.monotonic()
    world.service.send_due()
    assert time.monotonic() - started < 15
    assert fates(world)[0][:2] == ("waiting", 1)
    silent.close()
