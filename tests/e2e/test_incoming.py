"""What a person writes, from the operator's SMSC to the advertiser: SMPP client, webhook, API; and what STOP does."""

import json
import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from golub.simulator import Simulator, SimulatorSettings
from golub.simulator.scenario import Incoming
from golub.simulator.scenario_file import read
from tests.e2e.platform import Platform, running, wait_until
from tests.e2e.test_foreign_smpp import SmpplibClient

NUMBER, PERSON = "1234", "79160000001"
LONG = "Очень длинное сообщение " * 6
SCENARIO = 'seed = 1\naccount = [{system_id = "golub", password = "secret"}]\nlisten = {port = 0}\n'


class Hook:
    """The web server of the advertiser; the first POST of it fails."""

    def __init__(self) -> None:
        hook = self
        self.events: list[dict[str, Any]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if hook.first:
                    hook.first = False
                    self.send_response(503)
                else:
                    hook.events += json.loads(body)["events"]
                    self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.first = True
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/sms"

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [one["data"] for one in self.events if one["type"] == kind]


@pytest.fixture
def hook() -> Iterator[Hook]:
    made = Hook()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def smsc() -> Iterator[Simulator]:
    simulator = Simulator.of(read(SCENARIO), SimulatorSettings())
    simulator.start()
    yield simulator
    simulator.stop(0.5)


def _set_up(platform: Platform, url: str) -> None:
    """As the pages of the operator and the partner do it."""
    ((advertiser, partner),) = platform.rows(
        "smpp_gateway", "SELECT DISTINCT advertiser_id::text, partner_id::text FROM message"
    )
    platform.rows(
        "smpp_gateway",
        "INSERT INTO incoming_number (number, partner_id, advertiser_id, changed_at, author) "
        "VALUES (:number, CAST(:partner AS uuid), CAST(:advertiser AS uuid), now(), 'test') RETURNING 1",
        number=NUMBER, partner=partner, advertiser=advertiser,
    )  # fmt: skip
    platform.rows(
        "smpp_gateway",
        "INSERT INTO incoming_setting VALUES (CAST(:advertiser AS uuid), true, true) RETURNING 1",
        advertiser=advertiser,
    )
    platform.rows(
        "notify",
        "INSERT INTO destination (advertiser_id, partner_id, url, secret, email, states, look_at, author, changed_at) VALUES "
        "(CAST(:advertiser AS uuid), CAST(:partner AS uuid), :url, :secret, '', true, now(), 'test', now()) RETURNING 1",
        advertiser=advertiser, partner=partner, url=url, secret=str(uuid.uuid4()),
    )  # fmt: skip


def test_what_people_write_reaches_the_advertiser_and_stop_is_kept(smsc: Simulator, hook: Hook) -> None:
    host, port = smsc.address
    with running("incoming", SMSC_URL=f"smpp://golub:secret@{host}:{port}", GOLUB_WEBHOOK_PRIVATE="1") as platform:
        platform.send([PERSON])
        _set_up(platform, hook.url)
        for text in ("Да", LONG, "СТОП"):
            smsc.send_incoming(Incoming(source=PERSON, destination=NUMBER, text=text))
        wait_until(lambda: len(_listed(platform)) == 3, 60.0, "messages in the list")
        smpp = platform.demo["smpp"]
        peer = SmpplibClient((smpp["host"], smpp["port"]))
        peer.client.bind_receiver(system_id=smpp["system_id"], password=smpp["password"])
        peer.listen()
        wait_until(lambda: len(peer.receipts) >= 3, 60.0, "messages at a client that came late")
        assert [_text(one) for one in peer.receipts[:3]] == ["Да", LONG, "СТОП"]
        wait_until(lambda: len(hook.of("incoming.received")) == 3, 60.0, "events of the webhook")
        assert [one["text"] for one in hook.of("incoming.received")] == ["Да", LONG, "СТОП"]
        assert [one["text"] for one in _listed(platform)] == ["СТОП", LONG, "Да"]
        status, listed = platform.api("GET", "/stop-list")
        assert (status, [(one["recipient"], one["reason"]) for one in listed["recipients"]]) == (
            200,
            [(PERSON, "word")],
        )
        (refused,) = platform.send([PERSON])
        platform.wait_until_final()
        assert platform.api("GET", f"/messages/{refused['id']}")[1]["reason"]["code"] == "recipient_stopped"
        wait_until(lambda: len(hook.of("message.ended")) >= 1, 60.0, "the end of the refused message")
        assert hook.of("message.ended")[-1]["reason"] == "recipient_stopped"
        wait_until(lambda: {one["smpp"] for one in _listed(platform)} == {"delivered"}, 60.0, "fates")
        peer.client.disconnect()


def _listed(platform: Platform) -> list[dict[str, Any]]:
    status, document = platform.api("GET", "/incoming")
    assert status == 200
    return document["messages"]


def _text(pdu: Any) -> str:
    octets = pdu.short_message or pdu.message_payload
    return octets.decode("utf-16-be")
