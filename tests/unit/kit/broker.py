"""A broker that only takes what is published to it: AMQP 0-9-1 as far as a publisher speaks it, with its connections told apart.

Frames and methods: AMQP 0-9-1, sections 2.3 and 1.4 to 1.8; confirms: the extension `publisher_confirms` of RabbitMQ.
"""

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import eventlet
from amqp.serialization import dumps, loads

_METHOD, _HEADER, _BODY = 1, 2, 3
_HEADER_OF_PROTOCOL = 8
_START_OK, _TUNE_OK, _OPEN, _CLOSE = (10, 11), (10, 31), (10, 40), (10, 50)
_CHANNEL_OPEN, _CHANNEL_CLOSE, _DECLARE, _SELECT, _PUBLISH = (20, 10), (20, 40), (40, 10), (85, 10), (60, 40)
_CAPABILITIES = {"publisher_confirms": True, "consumer_cancel_notify": True}
_FRAME_MOST = 131_072


@dataclass(slots=True, frozen=True)
class Published:
    """`connection`: its number, from 1; `confirmed`: on a channel whose publisher waits for the broker's word."""

    connection: int
    route: str
    body: bytes
    mandatory: bool
    confirmed: bool


@dataclass
class Broker:
    """`unknown`: routes without a queue; `deaf`: it lets nobody connect."""

    port: int = 0
    published: list[Published] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)
    deaf: bool = False
    made: int = 0
    refused: int = 0
    open: dict[int, Any] = field(default_factory=dict)

    @property
    def uri(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    def cut(self, number: int) -> None:
        """End a connection as a broker that dies does."""
        self.open[number].shutdown(socket.SHUT_RDWR)

    def serve(self, client: Any) -> None:
        if self.deaf:
            self.refused += 1
            client.close()
            return
        self.made += 1
        number = self.made
        self.open[number] = client
        try:
            _Talk(self, number, client).run()
        except (OSError, EOFError):
            pass
        finally:
            del self.open[number]
            client.close()


@contextmanager
def running_broker() -> Iterator[Broker]:
    listening = eventlet.listen(("127.0.0.1", 0))
    broker = Broker(port=listening.getsockname()[1])
    serving = eventlet.spawn(_accept, listening, broker)
    try:
        yield broker
    finally:
        serving.kill()
        listening.close()
        for number in list(broker.open):
            broker.cut(number)


def _accept(listening: Any, broker: Broker) -> None:
    while True:
        client, _ = listening.accept()
        eventlet.spawn(broker.serve, client)


class _Talk:
    """One connection. A publish on it is complete with its last frame of the body."""

    def __init__(self, broker: Broker, number: int, client: Any) -> None:
        self._broker, self._number, self._client = broker, number, client
        self._confirming: dict[int, int] = {}
        self._coming: dict[int, tuple[str, str, bool]] = {}
        self._frames: list[tuple[int, bytes]] = []
        self._left = 0

    def run(self) -> None:
        self._read(_HEADER_OF_PROTOCOL)
        self._say(0, (10, 10), "ooFSS", (0, 9, {"capabilities": _CAPABILITIES}, "PLAIN AMQPLAIN", "en_US"))
        while True:
            kind, channel, size = struct.unpack(">BHI", self._read(7))
            payload = self._read(size + 1)[:-1]
            if kind == _METHOD:
                self._told(channel, payload)
            elif kind in (_HEADER, _BODY):
                self._content(kind, channel, payload)

    def _told(self, channel: int, payload: bytes) -> None:
        method, arguments = struct.unpack(">HH", payload[:4]), payload[4:]
        if method == _START_OK:
            self._say(0, (10, 30), "BlB", (2047, _FRAME_MOST, 0))
        elif method == _OPEN:
            self._say(0, (10, 41), "s", ("",))
        elif method == _CHANNEL_OPEN:
            self._say(channel, (20, 11), "S", ("",))
        elif method == _SELECT:
            self._confirming[channel] = 0
            self._say(channel, (85, 11), "", ())
        elif method == _PUBLISH:
            values, _ = loads("Bssbb", arguments, 0)
            self._coming[channel] = values[1], values[2], values[3]
        elif method in (_DECLARE, _CHANNEL_CLOSE, _CLOSE):
            self._say(channel, (method[0], method[1] + 1), "", ())

    def _content(self, kind: int, channel: int, payload: bytes) -> None:
        if kind == _HEADER:
            self._frames, self._left = [], struct.unpack(">Q", payload[4:12])[0]
        else:
            self._left -= len(payload)
        self._frames.append((kind, payload))
        if self._left == 0:
            self._published(channel, *self._coming.pop(channel))

    def _published(self, channel: int, exchange: str, route: str, mandatory: bool) -> None:
        body = b"".join(payload for kind, payload in self._frames if kind == _BODY)
        confirmed = channel in self._confirming
        if route not in self._broker.unknown:
            self._broker.published.append(Published(self._number, route, body, mandatory, confirmed))
        elif mandatory:
            self._say(channel, (60, 50), "Bsss", (312, "NO_ROUTE", exchange, route))
            for kind, payload in self._frames:
                self._frame(kind, channel, payload)
        if confirmed:
            self._confirming[channel] += 1
            self._say(channel, (60, 80), "Lb", (self._confirming[channel], False))

    def _say(self, channel: int, method: tuple[int, int], shape: str, values: tuple[Any, ...]) -> None:
        self._frame(_METHOD, channel, struct.pack(">HH", *method) + dumps(shape, values))

    def _frame(self, kind: int, channel: int, payload: bytes) -> None:
        self._client.sendall(struct.pack(">BHI", kind, channel, len(payload)) + payload + b"\xce")

    def _read(self, size: int) -> bytes:
        found = b""
        while len(found) < size:
            came = self._client.recv(size - len(found))
            if not came:
                raise EOFError
            found += came
        return found
