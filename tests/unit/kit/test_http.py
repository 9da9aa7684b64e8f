"""The WSGI server: slow, greedy and silent clients cost themselves only; a stop is graceful and bounded."""

import socket
import time
from collections.abc import Callable
from typing import Any

import eventlet
import pytest
from werkzeug.wrappers import Request, Response

from kit import http
from kit.http import WsgiServer, listen
from tests.unit.kit.running import until

HELLO = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
events: list[str] = []


@Request.application
def app(request: Request) -> Response:
    if request.path == "/slow":
        events.append("begun")
        eventlet.sleep(0.3)
        events.append("ended")
    if request.path == "/for-ever":
        events.append("begun")
        eventlet.sleep(60)
    if request.path == "/crash":
        raise ValueError("password=secret")
    request.max_content_length = 1000
    return Response(f"{request.method} {len(request.get_data())}")


@pytest.fixture
def application() -> Any:
    events.clear()
    return app


def connect(server: WsgiServer) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=5)


def answer(connection: socket.socket) -> bytes:
    """What comes until the other side pauses or closes."""
    received = b""
    while part := connection.recv(65536):
        received += part
        if b"\r\n\r\n" in received and not received.endswith(b"\r\n\r\n"):
            break
    return received


def ask(server: WsgiServer, request: bytes = HELLO) -> bytes:
    with connect(server) as connection:
        connection.sendall(request)
        return answer(connection)


def test_a_request_is_answered_and_the_connection_kept(server: WsgiServer) -> None:
    with connect(server) as connection:
        for _ in range(3):
            connection.sendall(HELLO)
            assert b"200 OK" in answer(connection)


def test_a_crowd_that_comes_at_once_is_let_in(server: WsgiServer) -> None:
    crowd = [eventlet.spawn(ask, server) for _ in range(300)]
    assert all(b"200 OK" in one.wait() for one in crowd)


def test_clients_that_trickle_their_headers_stop_nobody_and_are_cut(
    server: WsgiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "HEAD_SECONDS", 0.3)
    slow = [connect(server) for _ in range(50)]
    started = time.monotonic()
    for _ in range(5):
        for connection in slow:
            connection.sendall(b"G")
        assert b"200 OK" in ask(server)
        eventlet.sleep(0.02)
    with pytest.raises(OSError):
        trickle(slow[0])
    assert time.monotonic() - started < 9
    for connection in slow:
        connection.close()


def trickle(connection: socket.socket) -> None:
    """Send a byte now and then until the other side has had enough; `OSError` then."""
    for _ in range(100):
        connection.sendall(b"a")
        eventlet.sleep(0.05)


def pour(connection: socket.socket) -> None:
    """Send chunks as fast as they go until the other side has had enough; `OSError` then."""
    connection.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(1000):
        connection.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")


def test_an_error_of_the_application_tells_nothing_of_itself(server: WsgiServer) -> None:
    told = ask(server, b"GET /crash HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert told.startswith(b"HTTP/1.1 500")
    assert b"secret" not in told


def test_a_silent_connection_is_cut(monkeypatch: pytest.MonkeyPatch, server: WsgiServer) -> None:
    monkeypatch.setattr(http, "SOCKET_TIMEOUT_SECONDS", 0.2)
    with connect(server) as connection:
        assert connection.recv(1) == b""


def test_a_body_that_trickles_is_cut(monkeypatch: pytest.MonkeyPatch, server: WsgiServer) -> None:
    monkeypatch.setattr(http, "BODY_SECONDS", 0.3)
    with connect(server) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\n")
        with pytest.raises(OSError):
            trickle(connection)


def test_a_body_that_says_it_is_too_large_is_not_read(server: WsgiServer) -> None:
    head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % (http.MOST_BODY_BYTES + 1)
    assert b"413" in ask(server, head)


def test_a_chunked_body_without_end_is_cut(monkeypatch: pytest.MonkeyPatch, server: WsgiServer) -> None:
    monkeypatch.setattr(http, "MOST_BODY_BYTES", 100_000)
    with connect(server) as connection, pytest.raises(OSError):
        pour(connection)


def test_a_chunked_body_reaches_the_application(server: WsgiServer) -> None:
    chunked = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    assert b"POST 5" in ask(server, chunked)


def test_a_form_with_files_reaches_the_application(server: WsgiServer) -> None:
    """Its body has parts, which the head alone has not."""
    head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 5\r\n\r\n"
    assert ask(server, head + b"--x--").endswith(b"POST 5")


@pytest.mark.parametrize("junk", [b"\x16\x03\x01\x02\x00" * 50, b"\x00" * 300 + b"\r\n\r\n", b"G" * 20_000, b"\r\n"])
def test_junk_does_not_disturb(server: WsgiServer, junk: bytes) -> None:
    with connect(server) as connection:
        connection.sendall(junk)
        assert b"200 OK" in ask(server)


def test_a_stop_lets_requests_end_closes_idle_connections_and_takes_no_new_ones(server: WsgiServer) -> None:
    idle = connect(server)
    idle.sendall(HELLO)
    answer(idle)
    slow = eventlet.spawn(ask, server, b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
    until(lambda: events == ["begun"])
    port = server.port
    server.stop()
    assert events == ["begun", "ended"]
    assert b"200 OK" in slow.wait()
    assert idle.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)


def test_a_stop_is_bounded(server: WsgiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "STOP_SECONDS", 0.3)
    hanging = eventlet.spawn(failing(ask), server, b"GET /for-ever HTTP/1.1\r\nHost: a\r\n\r\n")
    until(lambda: events)
    started = time.monotonic()
    server.stop()
    assert time.monotonic() - started < 9
    assert b"200 OK" not in hanging.wait()


def failing(action: Callable[..., bytes]) -> Callable[..., bytes]:
    def quiet(*args: Any) -> bytes:
        try:
            return action(*args)
        except OSError:
            return b""

    return quiet


@pytest.mark.parametrize(
    "head",
    [
        b"Host: a\r\nContent-Length: 0\r\nContent-Length: 44\r\n",
        b"Host: a\r\nContent-Length: +5\r\n",
        b"Host: a\r\nContent-Length: 1_0\r\n",
        b"Host: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Host: a\r\nHost: b\r\n",
        b"X-Nothing: 1\r\n",
    ],
)
def test_a_head_that_two_readers_could_take_differently_is_refused(server: WsgiServer, head: bytes) -> None:
    said = ask(server, b"POST / HTTP/1.1\r\n" + head + b"\r\nGET /crash HTTP/1.1\r\nHost: a\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 400 ")
    assert b"Connection: close" in said
    assert b"Python" not in said


@pytest.mark.parametrize(
    ("without_pause", "requests"),
    [
        (HELLO * 300, 300),
        (
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            + (b"1;" + b"x" * 200 + b"\r\na\r\n") * 900
            + b"0\r\n\r\n",
            1,
        ),
    ],
    ids=["requests", "chunks"],
)
def test_who_sends_without_a_pause_keeps_nobody_waiting(without_pause: bytes, requests: int) -> None:
    """Another client's request comes while the first one's is being served."""
    ended: list[str] = []

    @Request.application
    def note(request: Request) -> Response:
        if request.path == "/" and not ended:
            other.sendall(b"GET /other HTTP/1.1\r\nHost: a\r\n\r\n")
        request.get_data()
        ended.append(request.path)
        return Response("ok")

    served = WsgiServer(note, listen("127.0.0.1", 0))
    served.start()
    try:
        with connect(served) as greedy, connect(served) as other:
            other.sendall(b"GET /first HTTP/1.1\r\nHost: a\r\n\r\n")
            answer(other)
            ended.clear()
            greedy.sendall(without_pause)
            until(lambda: len(ended) == requests + 1)
    finally:
        served.stop()
    assert ended[-1] != "/other"


@pytest.mark.parametrize(
    "coding", ["identity", "xchunked", "gzip, chunked", "chunked, chunked", "chunked\r\nTransfer-Encoding: x"]
)
def test_a_body_in_a_coding_that_is_not_known_is_never_taken_for_the_next_request(
    server: WsgiServer, coding: str
) -> None:
    hidden = b"GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"
    told = ask(server, f"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: {coding}\r\n\r\n".encode() + hidden)
    assert told.startswith(b"HTTP/1.1 400 ") and told.count(b"HTTP/1.1 ") == 1


def test_nothing_of_what_is_no_request_is_written_down(
    server: WsgiServer, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    ask(server, b'{"text": "the code is 1234"}\r\n\r\n')
    assert "the code is" not in "".join([*capfd.readouterr(), caplog.text])
