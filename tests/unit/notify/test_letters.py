"""What letters say, and when they are tried again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.letters import MOST_ATTEMPTS, SMALL_BALANCE, Template, delay_after, roubles
from services.notify.mail import Letter, ascii_address, message_of
from services.notify.smtp import Server, server_of

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def test_the_letter_uses_only_placeholders_that_are_filled() -> None:
    assert SMALL_BALANCE.problems() == []
    assert Template("{LOGIN}", "{PASSWORD} {NAME} {X}", frozenset({"LOGIN", "NAME"})).problems() == ["PASSWORD", "X"]


def test_a_value_that_looks_like_a_placeholder_stays_as_it_is() -> None:
    template = Template("{NAME}", "{LOGIN} {NAME} {x} {}", frozenset({"LOGIN", "NAME"}))
    assert template.render({"NAME": "{LOGIN}", "LOGIN": r"\1"}) == ("{LOGIN}", r"\1 {LOGIN} {x} {}")


@pytest.mark.parametrize(("minor", "written"), [(1_000_000, "100,00 ₽"), (15_005_000, "1500,50 ₽"), (5, "0,0005 ₽")])
def test_money_is_written_with_a_comma(minor: int, written: str) -> None:
    assert roubles(minor) == written


def test_the_delays_grow_from_a_minute_to_six_hours_and_end() -> None:
    delays = [delay_after(attempts) for attempts in range(1, MOST_ATTEMPTS + 1)]
    minutes = [delay and delay / timedelta(minutes=1) for delay in delays]
    assert minutes == [1, 2, 4, 8, 16, 32, 64, 128, 256, None]


@given(st.text(max_size=80), st.text(max_size=80))
def test_no_field_can_add_a_header(sender_name: str, subject: str) -> None:
    letter = Letter("1", 1, sender_name + "\r\nBcc: thief@x.test", "anna@x.test", subject + "\nX-Evil: 1", "text", NOW)
    octets = message_of(letter, "noreply@golub.test")
    head = octets.partition(b"\r\n\r\n")[0]
    names = [line.partition(b":")[0] for line in head.split(b"\r\n") if not line.startswith(b" ")]
    assert sorted(names) == sorted(
        [
            *(b"From", b"To", b"Subject", b"Date", b"Message-ID", b"Auto-Submitted"),
            *(b"Content-Type", b"Content-Transfer-Encoding", b"MIME-Version"),
        ]
    )
    octets.decode("ascii")


@pytest.mark.parametrize("address", ["", "a", "@b.ru", "a@", "имя@b.ru", "a b@c.ru", "a@b.ru\r\nRCPT TO:<x@y.ru>"])
def test_what_is_no_address_cannot_be_sent_to(address: str) -> None:
    with pytest.raises(ValueError):
        ascii_address(address)


def test_a_domain_is_sent_in_its_ascii_form() -> None:
    assert ascii_address("info@почта.рф") == "info@xn--80a1acny.xn--p1ai"


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.test", Server("mail.test", 25, None, None, False, False, None)),
        ("smtps://mail.test", Server("mail.test", 465, None, None, True, False, None)),
        ("smtp://mail.test?starttls=1", Server("mail.test", 587, None, None, False, True, None)),
        (
            "smtp://a%40b:p%2Fw@mail.test:2525/?cafile=/ca.pem",
            Server("mail.test", 2525, "a@b", "p/w", False, False, "/ca.pem"),
        ),
    ],
)
def test_a_url_names_the_server(url: str, server: Server) -> None:
    assert server_of(url) == server


@pytest.mark.parametrize(
    "url", ["mail.test", "http://mail.test", "smtp://", "smtp://x:secret@m:99999", "smtp://x:secret@m?tls=1"]
)
def test_a_wrong_url_is_a_sentence_without_the_password(url: str) -> None:
    with pytest.raises(ValueError, match="GOLUB_SMTP_URL") as error:
        server_of(url)
    assert "secret" not in str(error.value)
