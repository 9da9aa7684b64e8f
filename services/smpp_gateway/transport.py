"""One socket as frames: whoever calls `read` is its only reader, a greenlet of its own is its only writer."""

import logging
import time
from collections import deque
from collections.abc import Callable

import eventlet
from eventlet import patcher
from eventlet.green import socket, ssl
from eventlet.greenio import GreenSocket
from eventlet.greenthread import GreenThread

from services.smpp_gateway.framing import HEADER_BYTES, FrameReader
from services.smpp_gateway.session_settings import SessionSettings
from services.smpp_gateway.session_signal import Signal

_log = logging.getLogger(__name__)
_plain_shutdown = patcher.original("socket").socket.shutdown


class Transport:
    """Frames in and out of a connected socket, with the timers that need no knowledge of SMPP.

    `closed` is None while open, then the sentence that says why it ended; the first reason stays.
    """

    def __init__(
        self, sock: GreenSocket, settings: SessionSettings, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        _tune(sock)
        self._sock = sock
        self._settings = settings
        self._monotonic = monotonic
        self.frames = FrameReader(settings.max_frame_bytes)
        self.closed: str | None = None
        self.last_received = self.last_resumed = self._last_progress = monotonic()
        self._partial_bytes = 0
        self._partial_since: float | None = None
        self._outbound: deque[bytes] = deque()
        self._outbound_bytes = 0
        self._ending = False
        self._drop_reason: str | None = None
        self._wake, self._drained, self._flushed = Signal(), Signal(), Signal()
        self._paused = False
        self._paused_since = 0.0
        #: How long nothing was read in all, but for the pause of now.
        self.paused_seconds = 0.0
        self._writer: GreenThread = eventlet.spawn(self._write_loop)

    @property
    def outbound_bytes(self) -> int:
        return self._outbound_bytes

    @property
    def ended(self) -> bool:
        """True once nothing more can be written."""
        return self._ending or self.closed is not None

    @property
    def reading_paused(self) -> bool:
        """True while the owner works on a batch or the peer takes nothing: silence then is not the peer's fault."""
        return self._paused

    def read(self) -> list[bytes] | None:
        """Wait for the next whole frames; None when the stream has ended. Raises the fatal PduError."""
        self._wait_drained()
        # recv does not yield while there is data, and one busy peer must not keep the others waiting.
        eventlet.sleep(self._pause_seconds())
        self._resume()
        while self.closed is None:
            if self.frames.error is not None:
                raise self.frames.error
            data = self._receive()
            if not data:
                self.close("the peer closed the connection")
                return None
            frames = self._cut(data)
            if frames:
                self._paused, self._paused_since = True, self._monotonic()
                return frames
        return None

    def write(self, frames: list[bytes]) -> None:
        """Queue the frames for one joined send; never blocks. What comes after the end is dropped."""
        if self.closed is not None or self._ending:
            return
        if not self._outbound_bytes:
            self._last_progress = self._monotonic()
        self._flushed.clear()
        data = b"".join(frames)
        self._outbound.append(data)
        self._outbound_bytes += len(data)
        self._wake.set()

    def finish(self, reason: str) -> None:
        """Send what is queued, then close as `reason`; bounded by `linger_close_seconds`.

        The sending half is shut first and input is thrown away until the peer closes too, since a close with unread
        input resets the connection and can take the last answer with it. Only the reader may call this.
        """
        if self.closed is None:
            deadline = self._monotonic() + self._settings.linger_close_seconds
            self._ending = True
            self._wake.set()
            self._flushed.wait(self._settings.linger_close_seconds)
            self._discard_input(deadline)
        self.close(reason)

    def drop(self, reason: str) -> None:
        """Close as `reason` after what is queued was sent; unlike `finish` for any greenlet, and without a wait."""
        if self.closed is None and not self._ending:
            self._ending = True
            self._drop_reason = reason
            self._wake.set()

    def close(self, reason: str) -> None:
        """End the stream now, from any greenlet: the reader's `read` returns None."""
        if self.closed is not None:
            return
        self.closed = reason
        self._wake.set()
        self._drained.set()
        try:
            _shut(self._sock, socket.SHUT_RDWR)
        except OSError as error:
            _log.debug("The connection was gone before it was shut: %s", error)

    def release(self) -> None:
        """Give the socket back to the system; the reader's last act."""
        self.close("released")
        self._writer.kill()
        self._sock.close()

    def tick(self, now: float) -> None:
        """Close where a frame or a write takes too long."""
        settings = self._settings
        if self._outbound_bytes and now - self._last_progress > settings.write_stall_seconds:
            self.close("slow reader: the peer took nothing for too long")
        if self._partial_since is None or self._paused:
            return
        waited = now - max(self._partial_since, self.last_resumed)
        header_whole = self._partial_bytes >= HEADER_BYTES
        if waited > (settings.pdu_timeout_seconds if header_whole else settings.header_timeout_seconds):
            self.close("a PDU began and did not end in time")

    def _resume(self) -> None:
        if self._paused:
            self._paused = False
            self.last_resumed = self._monotonic()
            self.paused_seconds += self.last_resumed - self._paused_since

    def _pause_seconds(self) -> float:
        interval = self._settings.read_interval_seconds
        since_last_read = self._monotonic() - self.last_received
        # Where the work on the last batch took longer than that, the next one has grown meanwhile.
        return max(0.0, interval - since_last_read)

    def _receive(self) -> bytes:
        try:
            data: bytes = self._sock.recv(self._settings.receive_bytes)
        except (OSError, EOFError) as error:
            # eventlet says EOFError for a socket that was closed under its reader.
            self.close(f"the connection broke: {getattr(error, 'strerror', None) or error}")
            return b""
        self.last_received = self._monotonic()
        return data

    def _cut(self, data: bytes) -> list[bytes]:
        frames = self.frames.feed(data)
        self._partial_bytes += len(data) - sum(map(len, frames))
        if not self.frames.pending:
            self._partial_since = None
        elif frames or self._partial_since is None:
            self._partial_since = self.last_received
        return frames

    def _wait_drained(self) -> None:
        while self.closed is None and self._outbound_bytes > self._settings.outbound_high_bytes:
            self._drained.clear()
            self._drained.wait()

    def _discard_input(self, deadline: float) -> None:
        try:
            _shut(self._sock, socket.SHUT_WR)
            while (left := deadline - self._monotonic()) > 0:
                self._sock.settimeout(left)
                if not self._sock.recv(self._settings.receive_bytes):
                    return
                eventlet.sleep(0)
        except OSError as error:
            _log.debug("The peer did not take the end of the connection: %s", error)

    def _write_loop(self) -> None:
        try:
            while self.closed is None:
                if self._outbound:
                    self._send_queued()
                    continue
                self._flushed.set()
                if self._drop_reason is not None:
                    self.close(self._drop_reason)
                if self._ending:
                    return
                self._wake.clear()
                self._wake.wait()
        except OSError as error:
            self.close(f"the connection broke: {error.strerror or error}")

    def _send_queued(self) -> None:
        data = memoryview(b"".join(self._outbound))
        self._outbound.clear()
        while data and self.closed is None:
            sent = self._sock.send(data)
            data = data[sent:]
            self._outbound_bytes -= sent
            self._last_progress = self._monotonic()
            if self._outbound_bytes <= self._settings.outbound_high_bytes:
                self._drained.set()


def _tune(sock: GreenSocket) -> None:
    if sock.family in (socket.AF_INET, socket.AF_INET6):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


def _shut(sock: GreenSocket, how: int) -> None:
    """Shut the connection under a TLS socket: its own `shutdown` forgets the encryption while a greenlet reads with it."""
    if isinstance(sock, ssl.SSLSocket):
        _plain_shutdown(sock, how)
    else:
        sock.shutdown(how)
