"""Hosts a WSGI application inside a nameko container: bounded sockets, bodies and waits; a graceful stop."""

import io
import logging
import socket
import time
from collections.abc import Callable
from email.errors import (
    InvalidMultipartContentTransferEncodingDefect,
    MultipartInvariantViolationDefect,
    NoBoundaryInMultipartDefect,
    StartBoundaryNotFoundDefect,
)
from typing import Any

import eventlet
import eventlet.wsgi
from eventlet.hubs import IOClosed, trampoline
from nameko.extensions import DependencyProvider

from kit.http_head import plain_head, request_line
from kit.http_plain import Answer, Environ, WholeBody, environ_of, failing, with_body
from kit.http_strict import ChunkedBody, FieldReader, is_plain_line
from kit.rpc import RpcTo

log = logging.getLogger(__name__)

BACKLOG = 1024
#: Silence on an idle connection, and the longest pause of a reader of our answer.
SOCKET_TIMEOUT_SECONDS = 30
#: For the request line and the headers together, however slowly they trickle in.
HEAD_SECONDS = 15
#: For the body, likewise.
BODY_SECONDS = 120
MOST_BODY_BYTES = 32 * 1024 * 1024
MOST_CONNECTIONS = 1000
STOP_SECONDS = 10
#: A head up to this size is remembered until the next request of its connection, which is likely to have the same.
MOST_REMEMBERED_BYTES = 4096

_TOO_LARGE = (
    b"HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: 27\r\n\r\n"
    b"The request is too large.\r\n"
)


#: The head is parsed as a letter's, which misses the parts of its body: they are not there yet.
_OF_THE_BODY = (
    StartBoundaryNotFoundDefect,
    NoBoundaryInMultipartDefect,
    MultipartInvariantViolationDefect,
    InvalidMultipartContentTransferEncodingDefect,
)

_AMBIGUOUS = (
    b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: 52\r\n\r\n"
    b"The Host, length or framing headers are ambiguous.\r\n"
)


def listen(address: str, port: int) -> socket.socket:
    """A listening TCP socket; `OSError` where the port is taken. eventlet's default backlog of 50 hangs crowds."""
    return eventlet.listen((address, port), backlog=BACKLOG, reuse_port=False)


class _BoundedReader(io.RawIOBase):
    """Reads a socket until a deadline and a number of bytes; a socket's own timeout starts anew with every byte."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.allow(SOCKET_TIMEOUT_SECONDS, eventlet.wsgi.MAX_TOTAL_HEADER_SIZE)
        self.idle = True

    def allow(self, seconds: float, size: int) -> None:
        """From now on so long and so much."""
        self._deadline = time.monotonic() + seconds
        self._left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Raises `TimeoutError`, on which the server closes the connection.

        What comes without a pause must not keep others waiting, however little there is in each piece of it.
        """
        if not self.idle:
            eventlet.sleep(0)
        remaining = self._deadline - time.monotonic()
        if remaining <= 0 or self._left <= 0:
            raise TimeoutError("the request is too slow or too large")
        if self.idle and not self._comes(remaining):
            return 0
        self._connection.settimeout(remaining)
        try:
            count = self._connection.recv_into(buffer)
        finally:
            self._connection.settimeout(SOCKET_TIMEOUT_SECONDS)
        self._left -= count
        if self.idle:
            self.idle = False
            self.allow(HEAD_SECONDS, self._left)
        return count

    def _comes(self, seconds: float) -> bool:
        """Wait for something to read, of which there is nothing yet as a rule; others have their turn in any case."""
        try:
            trampoline(self._connection.fd, read=True, timeout=seconds, timeout_exc=TimeoutError("nothing came"))
        except IOClosed:
            return False
        return True


class BoundedProtocol(eventlet.wsgi.HttpProtocol):
    """A connection: idle for so long, then a head within `HEAD_SECONDS`, then a body within `BODY_SECONDS`."""

    server_version, sys_version = "golub", ""

    def setup(self) -> None:
        super().setup()
        self._reader = _BoundedReader(self.connection)
        self.rfile = io.BufferedReader(self._reader)
        #: What is left in the buffer behind the last request, None where that is not known.
        self._buffered: int | None = None
        self._common: Environ = {}
        #: The head of the last request, from its second line on, where all of it was plain and in order.
        self._known_head = self._known_line = self._plain_octets = b""
        self._known_environ: Environ = {}
        # Names of fields have no case (RFC 9110, 5.1): they go out as the application writes them.
        self.capitalize_response_headers = False

    def _read_request_line(self) -> Any:
        # A buffer does not yield: requests sent one behind the other would hold up everybody else.
        if self._buffered != 0:
            eventlet.sleep(0)
        self._buffered = None
        self._reader.allow(SOCKET_TIMEOUT_SECONDS, eventlet.wsgi.MAX_TOTAL_HEADER_SIZE)
        self._reader.idle = True
        return super()._read_request_line()

    def parse_request(self) -> bool:
        """Refuse what two readers could understand differently (RFC 9112, 3.2 and 6.3): the way of smuggled requests."""
        if self._is_repeated():
            return True
        if not self._parse_plainly() and not self._parse_strictly():
            return False
        lengths = self.headers.get_all("content-length") or []
        hosts = self.headers.get_all("host") or []
        bad_length = len(lengths) > 1 or not all(one.isascii() and one.isdigit() for one in lengths)
        bad_host = len(hosts) > 1 or (not hosts and self.request_version == "HTTP/1.1")
        bad_head = any(not isinstance(one, _OF_THE_BODY) for one in self.headers.defects)
        codings = self.headers.get_all("transfer-encoding") or []
        # Of any other coding the server would see no body, and take it for the next request.
        bad_coding = bool(codings) and (bool(lengths) or [one.strip().lower() for one in codings] != ["chunked"])
        if bad_length or bad_host or bad_head or bad_coding:
            self._refuse_head()
            return False
        self._remember()
        return True

    def _is_repeated(self) -> bool:
        """Read a head that is, to the octet, that of the last request: what was found of that one stands."""
        if not self._known_head or self.raw_requestline != self._known_line:
            return False
        buffered: io.BufferedReader = self.rfile.fp  # type: ignore[attr-defined]
        octets = buffered.peek()
        if not octets.startswith(self._known_head):
            self._known_head = b""
            return False
        buffered.read(len(self._known_head))
        self._buffered = len(octets) - len(self._known_head)
        self.close_connection = False
        return True

    def _remember(self) -> None:
        """Of a plain head that has just been read."""
        plain = self._plain_octets if self._buffered is not None and not self.close_connection else b""
        self._known_head = plain if len(plain) <= MOST_REMEMBERED_BYTES else b""
        self._known_line, self._known_environ = self.raw_requestline, {}

    def _parse_strictly(self) -> bool:
        """As the server does, without what its reader forgives."""
        fields = FieldReader(self.rfile)
        lines, self.rfile = self.rfile, fields  # type: ignore[assignment]
        try:
            read = is_plain_line(self.raw_requestline) and super().parse_request()
        finally:
            self.rfile = lines
        if not is_plain_line(self.raw_requestline) or (read and fields.odd):
            self._refuse_head()
            return False
        return read

    def _refuse_head(self) -> None:
        self.close_connection = True
        self.wfile.write(_AMBIGUOUS)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing of what a stranger sent as a request: it may be anything, the messages and keys of a broken client too."""
        log.debug("A request could not be read.")

    def _parse_plainly(self) -> bool:
        """Read a whole head that is written plainly; nothing is read and False is returned for any other."""
        line = request_line(self.raw_requestline)
        if line is None:
            return False
        # The server reads through a wrapper that counts what a head takes: what is in a buffer is less than that.
        buffered: io.BufferedReader = self.rfile.fp  # type: ignore[attr-defined]
        octets = buffered.peek()
        found = plain_head(octets)
        if found is None:
            return False
        (self.command, self.path), (self.headers, length) = line, found
        self._plain_octets = buffered.read(length)
        self._buffered = len(octets) - length
        self.request_version = "HTTP/1.1"
        self.requestline = self.raw_requestline.decode().rstrip("\r\n")
        self.close_connection = (self.headers.get("connection") or "").lower() == "close"
        return True

    def get_environ(self) -> Any:
        """The head is here. A chunked body ends by itself, which Werkzeug wants to be told."""
        self._reader.idle = False
        self._reader.allow(BODY_SECONDS, MOST_BODY_BYTES)
        body = self._whole_body()
        if body is not None:
            if not self._known_environ:
                self._known_environ = environ_of(self._of_the_connection(), self.command, self.path, self.headers)
            return with_body(self._known_environ, body)
        self._buffered = None
        environ = super().get_environ()
        environ["wsgi.input_terminated"] = environ["eventlet.input"].chunked_input
        if environ["eventlet.input"].chunked_input:
            body = ChunkedBody(environ["eventlet.input"], MOST_BODY_BYTES, self._close_after)
            environ["wsgi.input"] = environ["eventlet.input"] = body
        return environ

    def _close_after(self) -> None:
        """Where the next request begins can't be known any more."""
        self.close_connection = True

    def handle_one_response(self) -> None:
        if int(self.headers.get("content-length") or 0) > MOST_BODY_BYTES:
            self.close_connection = True
            self.wfile.write(_TOO_LARGE)
            self.wfile.flush()
            return
        if not isinstance(self.environ["wsgi.input"], WholeBody) or not self._answered():
            super().handle_one_response()

    def _whole_body(self) -> WholeBody | None:
        """The body of a request whose head is plain, where all of it has come with the head."""
        if self._buffered is None or "transfer-encoding" in self.headers:
            return None
        length = int(self.headers.get("content-length") or 0)
        if length > self._buffered:
            return None
        self._buffered -= length
        return WholeBody(self.rfile.read(length) if length else b"")

    def _of_the_connection(self) -> dict[str, Any]:
        """What the environments of all its requests have in common."""
        if not self._common:
            address, port = self.request.getsockname()[:2]
            self._common = self.server.get_environ() | {
                "SCRIPT_NAME": "",
                "SERVER_PROTOCOL": "HTTP/1.0",
                "SERVER_NAME": address,
                "SERVER_PORT": str(port),
                "REMOTE_ADDR": self.client_address[0],
                "REMOTE_PORT": str(self.client_address[1]),
                "GATEWAY_INTERFACE": "CGI/1.1",
            }
        return self._common

    def _answered(self) -> bool:
        """Ask the application, and answer what it says in one piece; whatever else it does is left to the general way."""
        answer = Answer()
        try:
            result = self.application(self.environ, answer.start)  # type: ignore[has-type]
        except (Exception, eventlet.Timeout) as error:
            self.application: Callable = failing(error)
            return False
        octets = None if self.command == "HEAD" else answer.octets(result, self._closing())
        if octets is None:
            self.application = answer.again(result)
            return False
        try:
            self.connection.sendall(octets)
        except OSError:
            self.close_connection = True
        return True

    def _closing(self) -> bytes:
        """The field that says what becomes of the connection (RFC 9112, 9.3)."""
        if self.close_connection:
            return b"Connection: close\r\n"
        asked = (self.headers.get("connection") or "").lower()
        return b"Connection: keep-alive\r\n" if asked == "keep-alive" else b""


class WsgiServer:
    """Serves `app` on a socket until stopped; slow, silent and greedy connections are cut."""

    def __init__(self, app: Callable, sock: socket.socket) -> None:
        self._app, self._socket = app, sock
        self._pool = eventlet.GreenPool(MOST_CONNECTIONS)
        self._acceptor: Any = None

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    def start(self) -> None:
        self._acceptor = eventlet.spawn(self._serve)

    def _serve(self) -> None:
        eventlet.wsgi.server(
            self._socket,
            self._app,
            protocol=BoundedProtocol,
            custom_pool=self._pool,
            socket_timeout=SOCKET_TIMEOUT_SECONDS,
            log=logging.getLogger("golub.http"),
            log_output=False,
            debug=False,
            url_length_limit=8192,
            capitalize_response_headers=True,
        )

    def stop(self) -> None:
        """No new connections, idle ones are closed; requests at work have `STOP_SECONDS` to end, then are cut."""
        if self._acceptor is None:
            self._socket.close()
            return
        acceptor, self._acceptor = self._acceptor, None
        # The server closes idle connections when it is killed, and ends when the last request has.
        eventlet.spawn(acceptor.kill)
        give_up_at = time.monotonic() + STOP_SECONDS
        while not acceptor.dead and time.monotonic() < give_up_at:
            eventlet.sleep(0.02)
        for connection in list(self._pool.coroutines_running):
            connection.kill()
        self._socket.close()


class FlaskHost(DependencyProvider):
    """`web = FlaskHost(create_app, "http_port")`: builds the app with the container's RPC clients and serves it.

    `create_app(settings, clients)` gets a dict of typed clients by attribute name of the service class.
    """

    def __init__(self, create_app: Callable[[Any, dict[str, Any]], Callable], port_setting: str) -> None:
        self.create_app = create_app
        self.port_setting = port_setting

    def start(self) -> None:
        settings = self.container.config["settings"]
        clients = {one.attr_name: one.bound() for one in self.container.dependencies if type(one) is RpcTo}
        self.app = self.create_app(settings, clients)
        self.server = WsgiServer(self.app, listen(settings.bind, settings.number(self.port_setting)))
        self.server.start()
        log.info("HTTP on %s:%s", settings.bind, self.server.port)

    def stop_serving(self) -> None:
        """Called by the container before anything else stops: requests at work still get their answers."""
        if hasattr(self, "server"):
            self.server.stop()

    def stop(self) -> None:
        self.stop_serving()

    def kill(self) -> None:
        self.stop_serving()

    def get_dependency(self, worker_ctx: Any) -> Any:
        return self.app
