"""What two SMPP peers said to each other: recorded by a proxy between them, written as a capture file.

A capture of the interface would need root; this needs nothing, and what is written is the same each time: the TCP around
the recorded octets is ours, in segments of sizes that the writer chooses.
"""

import bisect
import contextlib
import itertools
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from golub.local.ports import LOOPBACK

#: IANA's port of SMPP: the server's side of every recorded connection has it.
SERVER_PORT = 2775
_FIRST_CLIENT_PORT = 40_000
_CLIENT, _SERVER = bytes((10, 0, 0, 1)), bytes((10, 0, 0, 2))
_RAW_IPV4 = 101
_FIN_ACK, _SYN, _SYN_ACK, _PUSH_ACK, _ACK = 0x11, 0x02, 0x12, 0x18, 0x10
HEADER_BYTES = 16
_RECEIVE_BYTES = 65_536
_LAST_WORDS_SECONDS = 10.0


@dataclass(slots=True)
class Talk:
    """One connection: (whether the client said it, octets) in the order in which it went by."""

    said: list[tuple[bool, bytes]] = field(default_factory=list)

    def frames(self) -> Iterator[tuple[bool, bytes]]:
        """Whole PDUs in the order in which their last octets went by; at the end what was none."""
        left = {True: b"", False: b""}
        for by_client, octets in self.said:
            stream = left[by_client] + octets
            while (length := _frame_length(stream)) and length <= len(stream):
                yield by_client, stream[:length]
                stream = stream[length:]
            left[by_client] = stream
        yield from ((by_client, octets) for by_client, octets in left.items() if octets)


class Tape:
    """All the connections of all the proxies made by `between`."""

    def __init__(self) -> None:
        self.talks: list[Talk] = []

    @contextlib.contextmanager
    def between(self, server: tuple[str, int]) -> Iterator[tuple[str, int]]:
        """The address of a proxy that leads to `server` and records, until the end of the block."""
        proxy = _Proxy(server, self.talks)
        try:
            yield proxy.address
        finally:
            proxy.close()

    def frames(self, *, client: bool) -> list[bytes]:
        """The whole PDUs that clients (or servers) said, connection by connection."""
        return [frame for talk in self.talks for by_client, frame in talk.frames() if by_client is client]

    def write(self, path: Path, segment_sizes: Sequence[int] = (1_448,)) -> None:
        """Write a capture file (pcap). Segments have these sizes in turn, whatever PDUs end in them."""
        with path.open("wb") as file:
            file.write(struct.pack("<LHHlLLL", 0xA1B2C3D4, 2, 4, 0, 0, 0xFFFF, _RAW_IPV4))
            for number, packet in enumerate(self._packets(segment_sizes)):
                file.write(struct.pack("<LLLL", number // 1_000, number % 1_000 * 1_000, len(packet), len(packet)))
                file.write(packet)

    def _packets(self, segment_sizes: Sequence[int]) -> Iterator[bytes]:
        sizes = itertools.cycle(segment_sizes)
        for number, talk in enumerate(self.talks):
            connection = _Connection(_FIRST_CLIENT_PORT + number)
            yield from connection.opening()
            for by_client, frames in itertools.groupby(talk.frames(), key=lambda piece: piece[0]):
                for octets in _segments([frame for _, frame in frames], sizes):
                    yield connection.packet(by_client, _PUSH_ACK, octets)
            yield from connection.closing()


class _Proxy:
    def __init__(self, server: tuple[str, int], talks: list[Talk]) -> None:
        self._server, self._talks = server, talks
        self._listener = socket.create_server((LOOPBACK, 0))
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    @property
    def address(self) -> tuple[str, int]:
        host, port = self._listener.getsockname()
        return host, port

    def close(self) -> None:
        """Let them end what they say, as they do when one has hung up, and then end it for them.

        Whoever waits in accept or recv notices a shutdown; a close under its feet would hand its number to another.
        """
        accepting, *pumps = self._threads
        _hang_up(self._listener)
        accepting.join()
        for thread in pumps:
            thread.join(_LAST_WORDS_SECONDS)
        for sock in self._sockets:
            _hang_up(sock)
        for thread in pumps:
            thread.join()
        for sock in (self._listener, *self._sockets):
            sock.close()

    def _start(self, target: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                try:
                    server = socket.create_connection(self._server)
                except OSError:
                    client.close()
                    continue
                talk = Talk()
                self._talks.append(talk)
                self._sockets += [client, server]
                self._start(_pump, client, server, talk, True)
                self._start(_pump, server, client, talk, False)


def _hang_up(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def _pump(source: socket.socket, target: socket.socket, talk: Talk, by_client: bool) -> None:
    """Hand on what one side says and its end; a reset becomes an end."""
    with contextlib.suppress(OSError):
        while octets := source.recv(_RECEIVE_BYTES):
            talk.said.append((by_client, octets))
            target.sendall(octets)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


class _Connection:
    """IPv4 and TCP headers (RFC 791, RFC 9293) with the right numbers; checksums are left out, as hardware would add them."""

    def __init__(self, client_port: int) -> None:
        self._port = client_port
        self._next = {True: 0, False: 0}

    def opening(self) -> Iterator[bytes]:
        for by_client, flags in ((True, _SYN), (False, _SYN_ACK), (True, _ACK)):
            yield self.packet(by_client, flags)

    def closing(self) -> Iterator[bytes]:
        for by_client, flags in ((True, _FIN_ACK), (False, _FIN_ACK), (True, _ACK)):
            yield self.packet(by_client, flags)

    def packet(self, by_client: bool, flags: int, octets: bytes = b"") -> bytes:
        ports = (self._port, SERVER_PORT) if by_client else (SERVER_PORT, self._port)
        acknowledged = self._next[not by_client] if flags != _SYN else 0
        tcp = struct.pack(">HHLLBBHHH", *ports, self._next[by_client], acknowledged, 5 << 4, flags, 0xFFFF, 0, 0)
        addresses = _CLIENT + _SERVER if by_client else _SERVER + _CLIENT
        length = 20 + len(tcp) + len(octets)
        ip = struct.pack(">BBHHHBBH", 0x45, 0, length, 0, 0, 64, socket.IPPROTO_TCP, 0)
        self._next[by_client] += len(octets) + (1 if flags in (_SYN, _SYN_ACK, _FIN_ACK) else 0)
        return ip + addresses + tcp + octets


def _frame_length(stream: bytes) -> int:
    """What the first PDU says of itself, 0 where it can't be."""
    length = int.from_bytes(stream[:4], "big")
    return length if len(stream) >= HEADER_BYTES and length >= HEADER_BYTES else 0


def _segments(frames: Sequence[bytes], sizes: Iterator[int]) -> Iterator[bytes]:
    """The frames in pieces of these sizes; a piece ends within a PDU, but not within a header.

    tshark (4.0) loses the stream where one reassembled PDU is followed by less than the header of the next.
    """
    octets = b"".join(frames)
    starts = list(itertools.accumulate((len(frame) for frame in frames), initial=0))
    position = 0
    while position < len(octets):
        end = position + next(sizes)
        start = starts[bisect.bisect_left(starts, end) - 1]
        if start < end < start + HEADER_BYTES:
            end = start + HEADER_BYTES
        yield octets[position:end]
        position = end
