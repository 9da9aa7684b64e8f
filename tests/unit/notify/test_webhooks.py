"""Webhooks: where they may lead, what they are sent, when they are tried again."""

import hashlib
import hmac
import json
import socket
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from eventlet.patcher import original

from contracts.smpp_incoming import IncomingItem
from services.notify.addresses import NotAllowed, checked, is_allowed, url_problem
from services.notify.incoming_letters import MOST_SHOWN, body_of, subject_of
from services.notify.webhook_post import post
from services.notify.webhooks import Claim, Event, Outcome, delay_after, signature
from services.notify.webhooks import body_of as webhook_body

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)

INNER = [
    "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "100.100.100.200",
    "169.254.169.254", "168.63.129.16", "192.0.0.192", "192.88.99.1", "198.18.0.1", "224.0.0.1", "240.0.0.1",
    "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "fe80::1", "fc00::1",
    "fd00:ec2::254", "ff02::1", "64:ff9b::7f00:1", "64:ff9b:1::7f00:1", "2002:7f00:1::", "2001:0:53aa::1", "2001:db8::1",
    "3fff::1",
]  # fmt: skip


@pytest.mark.parametrize("address", INNER)
def test_an_address_that_is_not_of_the_public_internet_is_denied(address: str) -> None:
    assert not is_allowed(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "193.0.0.1", "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8"])
def test_an_address_of_the_public_internet_is_allowed(address: str) -> None:
    assert is_allowed(ip_address(address))


def test_one_inner_address_of_a_name_is_enough_to_deny_it() -> None:
    with pytest.raises(NotAllowed):
        checked(["8.8.8.8", "10.0.0.1"], private=False)
    with pytest.raises(NotAllowed):
        checked(["fe80::1%eth0"], private=False)
    with pytest.raises(NotAllowed):
        checked([], private=True)
    assert checked(["8.8.8.8", "8.8.8.8"], private=False) == ["8.8.8.8"]
    assert checked(["127.0.0.1"], private=True) == ["127.0.0.1"]


def _resolved_by_the_system(host: str, port: int) -> list[str]:
    """The C library reads odd spellings of an address that a DNS resolver knows nothing of."""
    return [str(one[4][0]) for one in original("socket").getaddrinfo(host, port, type=socket.SOCK_STREAM)]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/", "http://127.1:9/", "http://2130706433:9/", "http://0x7f.0.0.1:9/", "http://0177.0.0.1:9/",
        "http://[::1]:9/", "http://[::ffff:127.0.0.1]:9/", "http://localhost:9/", "http://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/", "http://[fd00:ec2::254]/", "http://0.0.0.0:9/", "http://[::]:9/",
    ],
)  # fmt: skip
def test_however_an_inner_address_is_written_nothing_is_sent_there(url: str) -> None:
    status, error = post(url, b"{}", {}, private=False, resolve=_resolved_by_the_system)
    assert (status, error) == (0, "The address is not one of the public internet")


@pytest.mark.parametrize(
    "url",
    [
        "", "ftp://shop.test/", "file:///etc/passwd", "gopher://shop.test/", "http://", "https:///x", "shop.test",
        "http://user:password@shop.test/", "http://user@shop.test/", "http://shop.test:99999/", "http://shop.test:0/",
        "http://shop.test/ x", "http://shop.test/\r\nX: y", "http://пример.рф/", "http://a\\@shop.test/", "http://[::1/",
        "https://shop.test/" + "x" * 2_000,
    ],
)  # fmt: skip
def test_what_is_no_plain_address_of_a_web_server_is_refused(url: str) -> None:
    assert url_problem(url) == "url_invalid"


@pytest.mark.parametrize(
    "url",
    ["https://shop.test", "http://shop.test:8080/sms?key=1", "https://xn--e1afmkfd.xn--p1ai/", "https://8.8.8.8/"],
)
def test_a_plain_address_is_taken(url: str) -> None:
    assert url_problem(url) is None


@pytest.mark.parametrize(
    ("head", "endless"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"a: b\r\n"),
    ],
)
def test_a_receiver_that_never_stops_answering_is_left_after_some_kilobytes(head: bytes, endless: bytes) -> None:
    """Not at the end of the time: while data comes nobody else in the process runs, so that nothing would look at it."""
    plain, threading = original("socket"), original("threading")
    taken: list[str] = []

    def answer() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65_536)
            try:
                connection.sendall(head)
                for _ in range(200):
                    connection.sendall(endless * 5_000)
                taken.append("all")
            except OSError:
                taken.append("cut")

    with plain.create_server(("127.0.0.1", 0)) as listener:
        receiver = threading.Thread(target=answer, daemon=True)
        receiver.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        outcome = post(url, b"{}", {}, private=True, resolve=lambda host, port: ["127.0.0.1"])
        receiver.join(30)
    assert (outcome, taken) == ((0, "The answer is too long"), ["cut"])


def test_the_signature_is_of_the_time_and_the_body() -> None:
    body = b'{"events":[]}'
    given = dict(one.split("=", 1) for one in signature("whsec_1", body, NOW).split(","))
    assert given["t"] == str(int(NOW.timestamp()))
    assert given["v1"] == hmac.new(b"whsec_1", given["t"].encode() + b"." + body, hashlib.sha256).hexdigest()


def test_the_body_has_the_events_with_their_ids() -> None:
    event = Event("1", "incoming.received", {"text": "Да"}, NOW, 0)
    assert json.loads(webhook_body([event])) == {
        "events": [
            {"id": "1", "type": "incoming.received", "created_at": "2026-11-22T10:00:00Z", "data": {"text": "Да"}}
        ]
    }


def test_pauses_grow_to_a_quarter_of_an_hour() -> None:
    seconds = [delay_after(failures).total_seconds() for failures in (1, 2, 3, 8, 9, 1_000)]
    assert seconds == [5, 10, 20, 640, 900, 900]


def _outcome(status: int, events: int, attempts: int = 0) -> Outcome:
    listed = tuple(Event(str(number), "x", {}, NOW, attempts) for number in range(events))
    return Outcome(Claim("a", "http://x", "s", 0, 10, listed), status, "")


def test_a_destination_that_fails_gets_fewer_events_and_one_that_takes_them_more() -> None:
    assert [_outcome(500, number).next_batch for number in (100, 10, 3, 1)] == [25, 2, 1, 1]
    assert [_outcome(200, number).next_batch for number in (1, 10, 90)] == [20, 20, 100]


@pytest.mark.parametrize(
    ("status", "events", "attempts", "gives_up"),
    [(400, 1, 9, True), (422, 1, 30, True), (400, 1, 8, False), (400, 2, 20, False), (404, 1, 99, False),
     (500, 1, 99, False), (0, 1, 99, False), (429, 1, 99, False)],
)  # fmt: skip
def test_only_an_event_that_is_refused_by_itself_is_given_up(
    status: int, events: int, attempts: int, gives_up: bool
) -> None:
    assert _outcome(status, events, attempts).gives_up is gives_up


def _item(text: str = "Да", sender: str = "79030000001") -> IncomingItem:
    at = (NOW + timedelta(0)).isoformat().replace("+00:00", "Z")
    return IncomingItem(
        id="1", advertiser_id="a", number="1234", sender=sender, text=text, keyword="", kind="message", parts=1,
        parts_total=1, received_at=at,
    )  # fmt: skip


def test_a_letter_says_who_wrote_what_to_which_number() -> None:
    assert subject_of([_item()]) == "Входящее SMS от +79030000001"
    assert body_of([_item()], "СМС-Центр") == (
        "22.11.2026 10:00 UTC\nОт: +79030000001\nНа номер: 1234\nДа\n\nСМС-Центр\n"
    )


def test_a_letter_of_many_messages_says_how_many_more_there_are() -> None:
    many = [_item(str(number)) for number in range(MOST_SHOWN + 5)]
    assert subject_of(many) == f"Входящие SMS: {MOST_SHOWN + 5}"
    assert "И ещё 5" in body_of(many, "")
