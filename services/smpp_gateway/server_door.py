"""A listening socket of the SMPP server: takes connections in, after the handshake where they are encrypted."""

import errno
import logging
from collections.abc import Callable
from typing import Protocol

import eventlet
from eventlet.green import socket
from eventlet.greenio import GreenSocket
from eventlet.greenthread import GreenThread

from services.smpp_gateway import server_metrics
from services.smpp_gateway.server_tls import Certificate

_log = logging.getLogger(__name__)
_ACCEPT_PAUSE_SECONDS = 0.1


class Newcomer(Protocol):
    """A connection that is not bound yet."""

    address: str
    started_at: float
    at_the_door: bool

    def send_away(self) -> None: ...


class Handshake:
    """A connection that is not encrypted yet: counted and sent away as those that are not bound."""

    at_the_door = True

    def __init__(
        self, sock: GreenSocket, address: str, started_at: float, forget: Callable[["Handshake"], None]
    ) -> None:
        self.sock, self.address, self.started_at = sock, address, started_at
        self.greenlet: GreenThread | None = None
        self._forget = forget

    def send_away(self) -> None:
        self.end()
        if self.greenlet is not None:
            self.greenlet.kill()

    def end(self) -> None:
        self._forget(self)
        self.sock.close()


class Guests(Protocol):
    """Who decides whether somebody more comes in, and takes them over."""

    def make_room(self, address: str) -> bool: ...

    def serve(self, sock: GreenSocket, address: str, *, secure: bool = False) -> None: ...


class Door:
    """`open` listens and returns; with a `certificate` each connection begins with a TLS handshake in a greenlet of its own."""

    def __init__(
        self,
        listen: GreenSocket | tuple[str, int],
        guests: Guests,
        *,
        backlog: int,
        monotonic: Callable[[], float],
        certificate: Certificate | None = None,
        handshake_seconds: float = 5.0,
    ) -> None:
        self._listen, self._guests, self._backlog = listen, guests, backlog
        self._monotonic = monotonic
        self._certificate = certificate
        self._handshake_seconds = handshake_seconds
        self._listener: GreenSocket | None = None
        self._greenlet: GreenThread | None = None
        self.handshakes: set[Handshake] = set()

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens: host and port."""
        if self._listener is None:
            raise RuntimeError("the server is not started")
        host, port = self._listener.getsockname()[:2]
        return host, port

    def open(self) -> None:
        """Raises OSError when the port can't be had."""
        if isinstance(self._listen, tuple):
            family = socket.AF_INET6 if ":" in self._listen[0] else socket.AF_INET
            # eventlet would share a taken port with whoever has it (SO_REUSEPORT), and half the clients with it.
            self._listener = eventlet.listen(self._listen, family, self._backlog, reuse_port=False)
        else:
            self._listener = self._listen
        self._greenlet = eventlet.spawn(self._accept_loop, self._listener)

    def close(self) -> None:
        if self._greenlet is not None:
            self._greenlet.kill()
        if self._listener is not None:
            self._listener.close()
        for handshake in list(self.handshakes):
            handshake.send_away()

    def _accept_loop(self, listener: GreenSocket) -> None:
        while True:
            try:
                sock, address = listener.accept()
            except OSError as error:
                if error.errno == errno.EBADF:
                    return
                # Out of file descriptors, or the peer is gone already: the next one may fare better.
                _log.warning("A connection could not be accepted: %s", error)
                eventlet.sleep(_ACCEPT_PAUSE_SECONDS)
                continue
            self._take(sock, address[0])
            # accept does not yield while connections wait, and a flood of them must not keep the bound clients waiting.
            eventlet.sleep(0)

    def _take(self, sock: GreenSocket, address: str) -> None:
        if not self._guests.make_room(address):
            server_metrics.connections.labels("no room").inc()
            sock.close()
            return
        if self._certificate is None:
            self._hand_over(sock, address, secure=False)
            return
        handshake = Handshake(sock, address, self._monotonic(), self.handshakes.discard)
        self.handshakes.add(handshake)
        handshake.greenlet = eventlet.spawn(self._shake_hands, self._certificate, handshake)

    def _shake_hands(self, certificate: Certificate, handshake: Handshake) -> None:
        """One clock for all of it: a timeout of the socket would begin anew with each octet of a slow peer."""
        done = False
        try:
            handshake.sock = certificate.wrap(handshake.sock)
            with eventlet.Timeout(self._handshake_seconds, False):
                handshake.sock.do_handshake()
                done = True
        except (OSError, EOFError, ValueError) as error:
            _log.info("A TLS handshake with %s failed: %s", handshake.address, error)
        finally:
            self.handshakes.discard(handshake)
            if not done:
                server_metrics.connections.labels("no TLS").inc()
                handshake.end()
        if done:
            self._hand_over(handshake.sock, handshake.address, secure=True)

    def _hand_over(self, sock: GreenSocket, address: str, *, secure: bool) -> None:
        try:
            self._guests.serve(sock, address, secure=secure)
            server_metrics.connections.labels("TLS" if secure else "plain").inc()
        except OSError as error:
            _log.debug("A connection was gone before it was served: %s", error)
            sock.close()
