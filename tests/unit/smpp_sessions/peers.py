"""Ends of a connection for tests: a handler that remembers, an SMSC and a client that do exactly what they are told."""

import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import eventlet
from eventlet.green import socket
from eventlet.greenio import GreenSocket

from services.smpp_gateway import constants as c
from services.smpp_gateway import pdu as p
from services.smpp_gateway.framing import FrameReader
from services.smpp_gateway.link import Link, LinkSettings, LinkState, Response, Submission
from services.smpp_gateway.server import BoundAccount, ClientSubmit, SubmitAnswer
from services.smpp_gateway.session_settings import SessionSettings

QUICK_SESSION = SessionSettings(tick_seconds=0.02, linger_close_seconds=0.3, unbind_timeout_seconds=0.1)


def wait_until(condition: Callable[[], Any], timeout_seconds: float = 30.0) -> None:
    """Return once the condition holds; fails the test when it does not in time."""
    deadline = time.monotonic() + timeout_seconds
    while not condition():
        assert time.monotonic() < deadline, "what the test waits for did not happen in time"
        eventlet.sleep(0.005)


def submissions(count: int, first: int = 0, ending: str = "00") -> list[Submission]:
    return [Submission(first + n, submit_sm(destination=f"79{first + n:07d}{ending}")) for n in range(count)]


def submit_sm(sequence_number: int = 0, destination: str = "79000000000", text: bytes = b"hello") -> p.SubmitSm:
    return p.SubmitSm(
        sequence_number, source_addr="Golub", destination_addr=destination, registered_delivery=1, short_message=text
    )


def link_settings(address: tuple[str, int], **overrides: Any) -> LinkSettings:
    values: dict[str, Any] = {
        "host": address[0],
        "port": address[1],
        "system_id": "golub",
        "password": "secret",
        "reconnect_backoff_seconds_min": 0.05,
        "reconnect_backoff_seconds_max": 0.4,
        "throttle_pause_seconds_min": 0.1,
        "throttle_pause_seconds_max": 0.4,
        "drain_seconds": 0.2,
        "session": QUICK_SESSION,
    }
    return LinkSettings(**(values | overrides))


class RecordingPipeline:
    """A LinkHandler; `fail_*` make the next that many calls raise."""

    def __init__(self) -> None:
        self.responses: list[Response] = []
        self.receipts: list[p.DeliverSm] = []
        self.lost: list[Hashable] = []
        self.states: list[LinkState] = []
        self.windows: list[int] = []
        self.fail_responses = self.fail_receipts = 0
        self.gate: eventlet.event.Event | None = None

    def on_responses(self, responses: list[Response]) -> None:
        if self.gate is not None:
            self.gate.wait()
        if self.fail_responses:
            self.fail_responses -= 1
            raise ConnectionError("the database is away")
        self.responses += responses

    def on_receipts(self, pdus: list[p.DeliverSm]) -> None:
        if self.fail_receipts:
            self.fail_receipts -= 1
            raise ConnectionError("the database is away")
        self.receipts += pdus

    def on_lost(self, keys: list[Hashable]) -> None:
        self.lost += keys

    def on_state(self, state: LinkState) -> None:
        self.states.append(state)

    def on_window_changed(self, free_window: int) -> None:
        self.windows.append(free_window)


class RecordingPlatform:
    """A ServerHandler that accepts everything from the account `client`/`secret`."""

    def __init__(self, max_binds: int = 10, window: int = 100, submits_per_second: int = 0) -> None:
        self.limits = (max_binds, window, submits_per_second)
        self.submits: list[ClientSubmit] = []
        self.batches: list[int] = []
        self.bound: list[BoundAccount] = []
        self.delivered: list[Hashable] = []
        self.undelivered: list[Hashable] = []
        self.gate: eventlet.event.Event | None = None
        self.error: Exception | None = None

    def authenticate(self, system_id: str, password: str, address: str) -> BoundAccount:
        if (system_id, password) != ("client", "secret"):
            from contracts.errors import Unauthenticated

            raise Unauthenticated("wrong")
        return BoundAccount("account", *self.limits)

    def submit(self, items: list[ClientSubmit]) -> Sequence[SubmitAnswer | None]:
        self.batches.append(len(items))
        if self.gate is not None:
            self.gate.wait()
        if self.error is not None:
            raise self.error
        first = len(self.submits)
        self.submits += items
        return [SubmitAnswer(c.ESME_ROK, str(first + n)) for n in range(len(items))]

    def on_bound(self, account: BoundAccount) -> None:
        self.bound.append(account)

    def on_delivered(self, keys: list[Hashable]) -> None:
        self.delivered += keys

    def on_undelivered(self, keys: list[Hashable]) -> None:
        self.undelivered += keys


class RawPeer:
    """A connected socket that speaks PDUs by hand."""

    def __init__(self, sock: GreenSocket) -> None:
        self.sock = sock
        self.sock.settimeout(5.0)
        self._frames = FrameReader()
        self._waiting: list[p.Pdu] = []
        self._sequence = 0

    @classmethod
    def connect(cls, address: tuple[str, int]) -> "RawPeer":
        return cls(socket.create_connection(address))

    def send(self, *pdus: p.Pdu) -> None:
        self.sock.sendall(b"".join(p.encode(pdu) for pdu in pdus))

    def receive(self) -> Any:
        """The next PDU. Raises EOFError at the end of the stream."""
        while not self._waiting:
            data = self.sock.recv(65536)
            if not data:
                raise EOFError
            self._waiting = [p.decode(frame) for frame in self._frames.feed(data)]
        return self._waiting.pop(0)

    def receive_many(self, count: int) -> list[Any]:
        return [self.receive() for _ in range(count)]

    def at_end(self) -> bool:
        """Whether the stream ends with nothing more said."""
        try:
            pdu = self.receive()
        except (EOFError, ConnectionError):
            return True
        raise AssertionError(f"the peer still said {pdu}")

    def next_sequence(self) -> int:
        self._sequence += 1
        return self._sequence

    def bind(
        self,
        command_id: int = c.BIND_TRANSCEIVER,
        system_id: str = "client",
        password: str = "secret",
        interface_version: int = 0x34,
    ) -> p.BindResp:
        request = p.Bind(command_id, self.next_sequence(), system_id, password, interface_version=interface_version)
        self.send(request)
        response = self.receive()
        assert isinstance(response, p.BindResp), response
        return response

    def close(self) -> None:
        self.sock.close()


class ScriptedSmsc:
    """Listens, answers binds, and leaves everything else to the test; `wrap` makes of each socket what it speaks with."""

    def __init__(
        self, bind_status: int = c.ESME_ROK, wrap: Callable[[GreenSocket], GreenSocket] = lambda sock: sock
    ) -> None:
        self.bind_status = bind_status
        self.bind_tlvs: Mapping[int, bytes] = p.NO_TLVS
        self._wrap = wrap
        self.binds: list[p.Bind] = []
        self.peers: list[RawPeer] = []
        self._listener = eventlet.listen(("127.0.0.1", 0))
        self._greenlet = eventlet.spawn(self._accept)

    @property
    def address(self) -> tuple[str, int]:
        host, port = self._listener.getsockname()
        return host, port

    def peer(self, number: int = 0) -> RawPeer:
        """The numbered connection, once its bind was answered."""
        wait_until(lambda: len(self.peers) > number)
        return self.peers[number]

    def close(self) -> None:
        self._greenlet.kill()
        self._listener.close()
        for peer in self.peers:
            peer.close()

    def _accept(self) -> None:
        while True:
            sock, _ = self._listener.accept()
            try:
                peer = RawPeer(self._wrap(sock))
                bind = peer.receive()
            except (OSError, EOFError):
                continue
            assert isinstance(bind, p.Bind), bind
            self.binds.append(bind)
            command_id = bind.command_id | c.RESPONSE_BIT
            peer.send(p.BindResp(command_id, bind.sequence_number, self.bind_status, "smsc", self.bind_tlvs))
            self.peers.append(peer)


def bound(link: Link) -> Link:
    wait_until(lambda: link.state.name == "bound")
    return link


def answer(peer: RawPeer, count: int, status: int = c.ESME_ROK) -> list[Any]:
    requests = peer.receive_many(count)
    peer.send(*(p.SubmitSmResp(r.sequence_number, status, f"id{r.sequence_number}") for r in requests))
    return requests


def receipt(sequence_number: int) -> p.DeliverSm:
    return p.DeliverSm(sequence_number, esm_class=4, short_message=b"id:1 stat:DELIVRD")
