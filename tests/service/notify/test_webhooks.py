"""Webhooks against a real HTTP server: each event at least once, in order, whatever dies; and nobody holds up others."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from contracts.errors import Malformed, NotFound
from contracts.events import Envelope
from contracts.notify import DestinationChange
from contracts.smpp_gateway import EndedMessage, IncomingReceived, MessagesEnded
from contracts.smpp_incoming import IncomingItem
from kit.clock import to_rfc3339
from kit.ids import uuid7
from kit.vault import Vault
from services.notify.secrets import LOST, vault_of
from services.notify.webhook_sending import FAILING_AT_ONCE, Webhooks
from tests.service.notify.conftest import PARTNER, World


class Receiver:
    """A web server; `answers` are the statuses of the next POSTs, then 200. What it was sent is in `taken` by path."""

    def __init__(self) -> None:
        receiver = self
        self.answers: list[int] = []
        self.hang_seconds = 0.0
        self.posts: list[tuple[str, dict[str, str], bytes]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                time.sleep(receiver.hang_seconds)
                receiver.posts.append((self.path, dict(self.headers), body))
                status = receiver.answers.pop(0) if receiver.answers else 200
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def texts(self, path: str = "/sms") -> list[str]:
        return [
            one["data"]["text"] for where, _, body in self.posts if where == path for one in json.loads(body)["events"]
        ]

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.stop()


def vault_in(world: World) -> Callable[[], Vault]:
    """Of the settings as they are when it is asked for."""
    return lambda: vault_of(world.service.settings)


class Desk:
    def __init__(self, world: World) -> None:
        self.world = world
        with world.db.begin() as connection:
            connection.execute(text("TRUNCATE webhook_event, destination"))
        world.service.webhooks = Webhooks(world.clock, vault_in(world), private=True)

    def lead(self, url: str, email: str = "", states: bool = False) -> str:
        advertiser = str(uuid7())
        change = DestinationChange(url=url, email=email, states=states)
        self.world.client.set_destination(PARTNER, advertiser, change, author="anna")
        return advertiser

    def write(self, advertiser: str, *texts: str, event_id: str = "") -> list[str]:
        items = [
            IncomingItem(
                id=str(uuid7()), advertiser_id=advertiser, number="1234", sender="79030000001", text=one, keyword="",
                kind="message", parts=1, parts_total=1, received_at=to_rfc3339(self.world.clock.now()),
            )
            for one in texts
        ]  # fmt: skip
        envelope = Envelope(id=event_id or str(uuid4()), name="x", version=1, occurred_at="", data={})
        for _ in range(2):
            self.world.service.incoming_received(envelope, IncomingReceived(items=items))
        return [one.id for one in items]

    def send(self, seconds: float = 0.0, times: int = 1) -> None:
        for _ in range(times):
            self.world.clock.advance(seconds)
            self.world.service.send_webhooks()
            self.world.service.webhooks.wait()

    def fates(self, advertiser: str, ids: list[str]) -> list[str]:
        found = {one.id: one for one in self.world.client.webhook_fates(advertiser, ids)}
        return [found[one].state for one in ids]


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def test_an_event_is_sent_once_and_signed(desk: Desk, receiver: Receiver) -> None:
    advertiser = desk.lead(f"{receiver.url}/sms?key=1")
    ids = desk.write(advertiser, "Да")
    desk.send(times=2)
    ((path, headers, body),) = receiver.posts
    (event,) = json.loads(body)["events"]
    assert (path, event["id"], event["type"], event["data"]["text"]) == (
        "/sms?key=1",
        ids[0],
        "incoming.received",
        "Да",
    )
    assert "advertiser_id" not in event["data"]
    secret = desk.world.client.destination(PARTNER, advertiser).secret  # type: ignore[union-attr]
    given = dict(one.split("=", 1) for one in headers["Golub-Signature"].split(","))
    expected = hmac.new(secret.encode(), given["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
    assert given["v1"] == expected
    assert desk.fates(advertiser, ids) == ["sent"]


def test_events_come_in_order_and_again_until_they_are_taken(desk: Desk, receiver: Receiver) -> None:
    advertiser = desk.lead(f"{receiver.url}/sms")
    receiver.answers = [500, 503, 302, 404]
    ids = desk.write(advertiser, *"abc")
    desk.send()
    assert desk.fates(advertiser, ids) == ["waiting"] * 3
    desk.send(4.0)
    assert len(receiver.posts) == 1, "a pause of five seconds"
    desk.send(60.0, times=6)
    assert receiver.texts()[-3:] == ["a", "b", "c"]
    assert desk.fates(advertiser, ids) == ["sent"] * 3
    found = desk.world.client.destination(PARTNER, advertiser)
    assert found is not None and (found.failures, found.error) == (0, "")


def test_a_redirect_is_not_followed(desk: Desk, receiver: Receiver) -> None:
    advertiser = desk.lead(f"{receiver.url}/sms")
    receiver.answers = [302]
    desk.write(advertiser, "a")
    desk.send()
    assert [path for path, _, _ in receiver.posts] == ["/sms"]
    found = desk.world.client.destination(PARTNER, advertiser)
    assert found is not None and found.error == "HTTP 302: redirects are not followed"


def test_private_addresses_are_not_knocked_at_unless_the_operator_allows_it(desk: Desk, receiver: Receiver) -> None:
    desk.world.service.webhooks = Webhooks(desk.world.clock, vault_in(desk.world), private=False)
    advertiser = desk.lead(f"{receiver.url}/sms")
    desk.write(advertiser, "a")
    desk.send()
    assert receiver.posts == []
    found = desk.world.client.destination(PARTNER, advertiser)
    assert found is not None and found.error == "The address is not one of the public internet"


def test_a_name_is_resolved_once_and_the_connection_goes_where_was_checked(desk: Desk, receiver: Receiver) -> None:
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    desk.world.service.webhooks.resolve = resolve
    advertiser = desk.lead(receiver.url.replace("127.0.0.1", "rebinding.invalid") + "/sms")
    desk.write(advertiser, "a")
    desk.send()
    assert asked == ["rebinding.invalid"]
    assert receiver.posts[0][1]["Host"].startswith("rebinding.invalid:")


def test_a_process_that_dies_before_it_wrote_down_what_it_sent_sends_it_again(desk: Desk, receiver: Receiver) -> None:
    advertiser = desk.lead(f"{receiver.url}/sms")
    ids = desk.write(advertiser, "a")

    class Dead(Webhooks):
        def _send(self, db: Any, claim: Any) -> None:
            self._outcome(claim)

    desk.world.service.webhooks = Dead(desk.world.clock, vault_in(desk.world), private=True)
    desk.send()
    desk.world.service.webhooks = Webhooks(desk.world.clock, vault_in(desk.world), private=True)
    desk.send(59.0)
    assert receiver.texts() == ["a"]
    desk.send(2.0)
    assert receiver.texts() == ["a", "a"]
    assert [json.loads(body)["events"][0]["id"] for *_, body in receiver.posts] == ids * 2


def test_a_receiver_that_is_silent_does_not_hold_up_others(desk: Desk, receiver: Receiver) -> None:
    silent = Receiver()
    silent.hang_seconds = 5.0
    try:
        desk.world.service.webhooks.timeout_seconds = 0.3
        slow, quick = desk.lead(f"{silent.url}/sms"), desk.lead(f"{receiver.url}/sms")
        desk.write(slow, "a")
        desk.write(quick, "b")
        desk.send()
        found = desk.world.client.destination(PARTNER, slow)
        assert found is not None and found.error == "No answer within 0.3 seconds"
        assert receiver.texts() == ["b"]
    finally:
        silent.stop()


def test_destinations_that_fail_get_a_part_of_the_places(desk: Desk, receiver: Receiver) -> None:
    dead = [desk.lead("http://127.0.0.1:1/") for _ in range(FAILING_AT_ONCE + 4)]
    for one in dead:
        desk.write(one, "x")
    desk.send()
    under_way: list[int] = []

    class Counting(Webhooks):
        def _send(self, db: Any, claim: Any) -> None:
            under_way.append(claim.failures)

    desk.world.service.webhooks = Counting(desk.world.clock, vault_in(desk.world), private=True)
    quick = desk.lead(f"{receiver.url}/sms")
    desk.write(quick, "b")
    desk.send(30.0)
    assert sorted(under_way) == [0] + [1] * FAILING_AT_ONCE


def test_an_event_that_is_refused_by_itself_lets_the_next_ones_by(desk: Desk, receiver: Receiver) -> None:
    advertiser = desk.lead(f"{receiver.url}/sms")
    receiver.answers = [400] * 12
    ids = desk.write(advertiser, "bad", "good")
    desk.send(901.0, times=30)
    assert desk.fates(advertiser, ids) == ["failed", "sent"]


def test_what_nobody_takes_for_three_days_has_failed(desk: Desk) -> None:
    advertiser = desk.lead("http://127.0.0.1:1/")
    ids = desk.write(advertiser, "a")
    desk.send()
    desk.world.clock.advance(3 * 86_400 - 60)
    desk.world.service.look_after_webhooks()
    assert desk.fates(advertiser, ids) == ["waiting"]
    desk.world.clock.advance(120)
    desk.world.service.look_after_webhooks()
    assert desk.fates(advertiser, ids) == ["failed"]


def test_a_new_secret_signs_what_is_sent_from_then_on(desk: Desk, receiver: Receiver) -> None:
    advertiser = desk.lead(f"{receiver.url}/sms")
    before = desk.world.client.destination(PARTNER, advertiser)
    after = desk.world.client.new_webhook_secret(PARTNER, advertiser, author="anna")
    assert before is not None and after == replace(before, secret=after.secret)
    assert after.secret != before.secret
    changed = desk.world.client.set_destination(
        PARTNER, advertiser, DestinationChange(url="", email="", states=False), author="anna"
    )
    assert changed.secret == after.secret


def test_another_partners_destination_is_not_there(desk: Desk) -> None:
    advertiser, other = desk.lead("https://shop.test/"), str(uuid4())
    assert desk.world.client.destination(other, advertiser) is None
    with pytest.raises(NotFound):
        desk.world.client.new_webhook_secret(other, advertiser, author="x")
    with pytest.raises(NotFound):
        change = DestinationChange(url="https://other.test/", email="", states=False)
        desk.world.client.set_destination(other, advertiser, change, author="x")


@pytest.mark.parametrize(
    ("url", "email", "states", "pointer"),
    [("ftp://x", "", False, "/url"), ("", "nobody", False, "/email"), ("", "a@shop.test", True, "/states")],
)
def test_what_can_be_no_destination_is_refused(desk: Desk, url: str, email: str, states: bool, pointer: str) -> None:
    with pytest.raises(Malformed) as refused:
        desk.lead(url, email, states)
    assert refused.value.data["errors"][0]["pointer"] == pointer


def test_ends_of_messages_go_to_who_wants_them(desk: Desk, receiver: Receiver) -> None:
    wants, wants_not = desk.lead(f"{receiver.url}/a", states=True), desk.lead(f"{receiver.url}/b")
    items = [
        EndedMessage(
            id=str(uuid7()), message_id=str(uuid7()), advertiser_id=owner, recipient="79030000001", sender="SHOP",
            state="delivered", reason=None, error_code="", parts=1, final_at=to_rfc3339(desk.world.clock.now()),
        )
        for owner in (wants, wants_not, wants)
    ]  # fmt: skip
    envelope = Envelope(id=str(uuid4()), name="x", version=1, occurred_at="", data={})
    for _ in range(2):
        desk.world.service.messages_ended(envelope, MessagesEnded(items=items))
    desk.send(times=2)
    ((path, _, body),) = receiver.posts
    events = json.loads(body)["events"]
    assert path == "/a"
    assert [(one["type"], one["data"]["message_id"]) for one in events] == [
        ("message.ended", items[0].message_id), ("message.ended", items[2].message_id),
    ]  # fmt: skip


def test_messages_of_one_event_make_one_letter_of_each_advertiser(desk: Desk) -> None:
    world = desk.world
    advertiser = desk.lead("", "anna@shop.test")
    desk.write(advertiser, "Да", "Нет")
    desk.write(desk.lead(""), "nobody reads this")
    ((letter),) = world.letters()
    assert (letter.kind, letter.recipient, letter.subject) == ("incoming", "anna@shop.test", "Входящие SMS: 2")


def _stored(desk: Desk) -> tuple[str | None, str | None, str | None]:
    with desk.world.db.begin() as connection:
        row = connection.execute(text("SELECT secret, key_id, sealed FROM destination")).one()
    return row[0], row[1], row[2]


def _secret(desk: Desk, advertiser: str) -> str:
    found = desk.world.client.destination(PARTNER, advertiser)
    assert found is not None
    return found.secret


def _signed(receiver: Receiver, secret: str) -> bool:
    _, headers, body = receiver.posts[-1]
    given = dict(one.split("=", 1) for one in headers["Golub-Signature"].split(","))
    return given["v1"] == hmac.new(secret.encode(), given["t"].encode() + b"." + body, hashlib.sha256).hexdigest()


def test_the_database_does_not_tell_the_secret(desk: Desk) -> None:
    advertiser = desk.lead("https://example.org/sms")
    plain, key_id, sealed = _stored(desk)
    secret = _secret(desk, advertiser)
    assert secret.startswith("whsec_") and plain is None and key_id
    assert secret not in str(sealed) and secret[6:] not in str(sealed)


def test_a_secret_of_before_signs_and_is_sealed_without_a_change(desk: Desk, receiver: Receiver) -> None:
    advertiser = desk.lead(f"{receiver.url}/sms")
    with desk.world.db.begin() as connection:
        connection.execute(text("UPDATE destination SET secret = 'whsec_old', key_id = NULL, sealed = NULL"))
    desk.write(advertiser, "Да")
    desk.send()
    assert _signed(receiver, "whsec_old") and _secret(desk, advertiser) == "whsec_old"
    assert desk.world.service.seal_secrets() is False
    plain, _, sealed = _stored(desk)
    assert plain is None and sealed and "whsec_old" not in sealed
    assert _secret(desk, advertiser) == "whsec_old"
    desk.write(advertiser, "Нет")
    desk.send()
    assert receiver.texts() == ["Да", "Нет"] and _signed(receiver, "whsec_old")


def test_a_sealed_secret_moved_to_another_row_does_not_open_there(desk: Desk) -> None:
    first, second = desk.lead("https://example.org/1"), desk.lead("https://example.org/2")
    moved = text(
        "UPDATE destination AS d SET sealed = o.sealed FROM destination AS o "
        "WHERE d.advertiser_id = CAST(:to AS uuid) AND o.advertiser_id = CAST(:of AS uuid)"
    )
    with desk.world.db.begin() as connection:
        connection.execute(moved, {"to": second, "of": first})
    found = desk.world.client.destination(PARTNER, second)
    assert found is not None and (found.secret, found.error) == ("", LOST)


def test_after_the_key_of_the_platform_has_changed_events_wait_for_a_new_secret(desk: Desk, receiver: Receiver) -> None:
    advertiser = desk.lead(f"{receiver.url}/sms")
    ids = desk.write(advertiser, "Да")
    service = desk.world.service
    service.settings = replace(service.settings, secret_key="another secret of the platform, as long")
    desk.send()
    assert receiver.posts == [] and desk.fates(advertiser, ids) == ["waiting"]
    found = desk.world.client.destination(PARTNER, advertiser)
    assert found is not None and (found.secret, found.error, found.failures) == ("", LOST, 1)
    secret = desk.world.client.new_webhook_secret(PARTNER, advertiser, author="anna").secret
    desk.send(seconds=60)
    assert receiver.texts() == ["Да"] and _signed(receiver, secret)
    assert desk.fates(advertiser, ids) == ["sent"]
