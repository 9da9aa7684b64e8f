"""Two hundred connections that say nothing, or an octet now and then, beside a client that works."""

import contextlib
import socket
import threading
import time
from collections import deque
from collections.abc import Iterator

import pytest

from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p
from tests.e2e.platform import Platform, numbers
from tests.unit.smpp_sessions.peers import RawPeer

SOCKETS = 200
MESSAGES = 1_000
WINDOW = 50
_BIND = p.encode(p.Bind(c.BIND_TRANSCEIVER, 1, "stranger", "password"))
_LIMIT_SECONDS = 120.0


class Crowd:
    """Connections that never bind: every other one says its bind octet by octet. Whoever is closed comes again."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.opened = 0
        self._address = address
        self._sockets: list[socket.socket | None] = [None] * SOCKETS
        self._ending = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._ending = True
        self._thread.join()
        for one in self._sockets:
            if one is not None:
                one.close()

    def _run(self) -> None:
        octet = 0
        while not self._ending:
            octet = (octet + 1) % len(_BIND)
            for place in range(SOCKETS):
                if self._sockets[place] is None or (place % 2 and not self._say(place, octet)):
                    self._open(place)
            time.sleep(0.5)

    def _say(self, place: int, octet: int) -> bool:
        sock = self._sockets[place]
        try:
            return sock is not None and sock.send(_BIND[octet : octet + 1]) == 1
        except OSError:
            return False

    def _open(self, place: int) -> None:
        old = self._sockets[place]
        if old is not None:
            old.close()
        self._sockets[place] = None
        with contextlib.suppress(OSError):
            self._sockets[place] = socket.create_connection(self._address, timeout=5.0)
            self.opened += 1


@pytest.fixture
def crowd(embedded: Platform) -> Iterator[Crowd]:
    smpp = embedded.demo["smpp"]
    crowd = Crowd((smpp["host"], smpp["port"]))
    yield crowd
    crowd.stop()


def test_a_client_binds_and_submits_a_thousand_messages_beside_a_crowd(embedded: Platform, crowd: Crowd) -> None:
    deadline = time.monotonic() + _LIMIT_SECONDS
    while crowd.opened < SOCKETS:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    demo = embedded.demo
    client = _bound(embedded, deadline)
    recipients = dict(enumerate(numbers(MESSAGES, prefix="7917", endings=(0,)), start=2))
    waiting = deque(recipients)
    answered: set[str] = set()
    receipts: set[str] = set()
    for _ in range(WINDOW):
        _submit(client, demo["sender"], recipients, waiting)
    while len(answered) < MESSAGES or not receipts >= answered:
        assert time.monotonic() < deadline, (len(answered), len(receipts))
        pdu = client.receive()
        if isinstance(pdu, p.SubmitSmResp):
            if pdu.command_status == c.ESME_RTHROTTLED:
                # It has a rate; a client that is told so waits a little and says it again.
                waiting.append(pdu.sequence_number)
                time.sleep(0.02)
            else:
                assert pdu.command_status == c.ESME_ROK
                answered.add(pdu.message_id)
            _submit(client, demo["sender"], recipients, waiting)
        elif isinstance(pdu, p.DeliverSm):
            client.send(p.DeliverSmResp(pdu.sequence_number))
            receipts.add(pdu.tlvs[c.TLV_RECEIPTED_MESSAGE_ID].rstrip(b"\0").decode())
        elif isinstance(pdu, p.EnquireLink):
            client.send(p.EnquireLinkResp(pdu.sequence_number))
    assert len(answered) == MESSAGES
    client.send(p.Unbind(MESSAGES + 2))
    client.close()


def _bound(platform: Platform, deadline: float) -> RawPeer:
    """A client comes again when there is no room for strangers, as the crowd does."""
    smpp = platform.demo["smpp"]
    while True:
        assert time.monotonic() < deadline, "no room to bind"
        client = RawPeer.connect((smpp["host"], smpp["port"]))
        client.sock.settimeout(_LIMIT_SECONDS)
        try:
            assert client.bind(system_id=smpp["system_id"], password=smpp["password"]).command_status == c.ESME_ROK
        except (EOFError, OSError):
            client.close()
            time.sleep(0.05)
            continue
        return client


def _submit(client: RawPeer, sender: str, recipients: dict[int, str], waiting: deque[int]) -> None:
    if waiting:
        number = waiting.popleft()
        client.send(
            p.SubmitSm(
                number,
                source_addr=sender,
                destination_addr=recipients[number],
                registered_delivery=1,
                short_message=b"hi",
            )
        )
