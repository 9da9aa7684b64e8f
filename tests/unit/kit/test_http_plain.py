"""A request that comes in one piece is served as one that comes in two: the application is told the same, and so is the client."""

import re
import socket
from typing import Any

import eventlet
import pytest

from kit.http import WsgiServer
from tests.unit.kit.test_http import ask, connect

#: What a server keeps for itself, and what only one of the ways has: nobody asks for it.
OWN = frozenset(
    ("wsgi.input", "eventlet.input", "eventlet.posthooks", "eventlet.set_idle", "headers_raw", "REMOTE_PORT")
)
seen: list[dict[str, Any]] = []


def app(environ: dict[str, Any], start_response: Any) -> Any:
    body = environ["wsgi.input"].read()
    seen.append({name: value for name, value in environ.items() if name not in OWN} | {"body": body})
    environ["test.mark"] = "written by the application"
    path = environ["PATH_INFO"]
    if path == "/fails":
        raise ZeroDivisionError
    octets = b"said " + path.encode() + b" " + body
    status, headers = "200 OK", [("X-Words", "é"), ("Content-Length", str(len(octets)))]
    if path == "/nothing":
        status, headers, octets = "204 NO CONTENT", [], b""
    if path == "/unknown-length":
        headers = []
    if path == "/dated":
        headers.append(("Date", "Thu, 01 Jan 1970 00:00:00 GMT"))
    if path == "/unwritable":
        headers.append(("X-Name", "Ж"))
    write = start_response(status, headers)
    if path == "/written":
        write(octets)
        return []
    if path == "/streamed":
        return iter([octets[:3], octets[3:]])
    return [octets[:3], octets[3:]] if path == "/pieces" else [octets]


@pytest.fixture
def application() -> Any:
    seen.clear()
    return app


def in_two(server: WsgiServer, head: bytes, body: bytes) -> bytes:
    """The answer to the same request, whose last octet comes later."""
    with connect(server) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        whole = head + body
        connection.sendall(whole[:-1])
        eventlet.sleep(0.03)
        connection.sendall(whole[-1:])
        return until_closed(connection)


def in_one(server: WsgiServer, head: bytes, body: bytes) -> bytes:
    with connect(server) as connection:
        connection.sendall(head + body)
        return until_closed(connection)


def until_closed(connection: socket.socket) -> bytes:
    connection.shutdown(socket.SHUT_WR)
    received = b""
    while octets := connection.recv(65536):
        received += octets
    return re.sub(rb"Date: (?!Thu, 01 Jan 1970)[^\r]*", b"Date: now", received)


@pytest.mark.parametrize("method", [b"POST", b"HEAD"])
@pytest.mark.parametrize("connected", [b"", b"Connection: close\r\n", b"Connection: Keep-Alive\r\n"])
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/a%20b?x=%41&y",
        "/fails",
        "/nothing",
        "/unknown-length",
        "/dated",
        "/written",
        "/streamed",
        "/pieces",
        "/unwritable",
    ],
)
def test_both_are_told_the_same(server: WsgiServer, path: str, connected: bytes, method: bytes) -> None:
    head = (
        b"%s %s HTTP/1.1\r\nhost: a\r\n%sX-Odd:  \t a , b \t\r\nContent-Type: text/x ; a=b \r\ncontent-length: 5\r\n\r\n"
    ) % (method, path.encode(), connected)
    assert in_one(server, head, b"hello") == in_two(server, head, b"hello")
    assert len(seen) == 2 and seen[0] == seen[1]


def test_requests_of_one_packet_are_answered_in_their_order(server: WsgiServer) -> None:
    requests = [b"POST /%d HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n%02d" % (n, n) for n in range(20)]
    told = in_one(server, b"", b"".join(requests))
    assert re.findall(rb"said /(\d+) \d\d", told) == [b"%d" % n for n in range(20)]


def test_an_answer_longer_than_a_socket_holds_comes_whole(server: WsgiServer) -> None:
    seen.clear()
    body = b"x" * 7_000
    told = ask(server, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 7000\r\n\r\n" + body)
    assert told.endswith(b"said / " + body)


def test_a_client_that_leaves_before_its_answer_stops_nobody(server: WsgiServer) -> None:
    for _ in range(5):
        connection = connect(server)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab" * 3)
        connection.close()
    assert b"200 OK" in ask(server, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab")


def test_requests_with_the_same_head_are_told_apart_by_their_bodies(server: WsgiServer) -> None:
    head = b"POST /same HTTP/1.1\r\nHost: a\r\nX-Word: b\r\nContent-Length: 2\r\n\r\n"
    with connect(server) as connection:
        for number in range(10):
            connection.sendall(head + b"%02d" % number)
            assert connection.recv(65536).endswith(b"said /same %02d" % number)
    assert [one.pop("body") for one in seen] == [b"%02d" % number for number in range(10)]
    assert all(one == seen[0] for one in seen)


def test_what_an_application_writes_into_its_environment_is_not_there_at_the_next_request(server: WsgiServer) -> None:
    head = b"POST /marked HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"
    in_one(server, b"", 3 * head)
    assert [one.get("test.mark") for one in seen] == [None, None, None]


@pytest.mark.parametrize(
    "other",
    [
        b"POST /b HTTP/1.1\r\nHost: a\r\nX-Word: 1\r\nContent-Length: 2\r\n\r\n",
        b"PUT /a HTTP/1.1\r\nHost: a\r\nX-Word: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST /a HTTP/1.1\r\nHost: a\r\nX-Word: 2\r\nContent-Length: 2\r\n\r\n",
        b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n",
        b"POST /a HTTP/1.1\r\nHost: a\r\nX-Word: 1\r\nContent-Length: 2\r\nX-More: 3\r\n\r\n",
        b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n",
    ],
)
def test_a_request_with_another_head_is_told_what_it_says_itself(server: WsgiServer, other: bytes) -> None:
    """Between two with the same head, in one packet or a packet each, as it is told where it comes alone."""
    same = b"POST /a HTTP/1.1\r\nHost: a\r\nX-Word: 1\r\nContent-Length: 2\r\n\r\nhi"
    whole = other + b"ho" + (b"\r\n0\r\n\r\n" if b"chunked" in other else b"")
    in_one(server, b"", same), in_one(server, b"", whole)
    alone = [seen[0], seen[1], seen[0]]
    seen.clear()
    in_one(server, b"", same + whole + same)
    assert seen == alone
    seen.clear()
    with connect(server) as connection:
        for octets in (same, whole, same):
            connection.sendall(octets)
            assert b"200 OK" in connection.recv(65536)
    assert seen == alone


def test_the_last_request_of_a_connection_closes_it_though_its_head_is_nearly_the_same(server: WsgiServer) -> None:
    head = b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n%s\r\n"
    told = in_one(server, b"", head % b"" * 2 + head % b"Connection: close\r\n" + head % b"")
    assert told.count(b"200 OK") == len(seen) == 3
    assert told.count(b"Connection: close") == 1


def test_a_second_request_whose_head_is_the_same_but_for_a_fault_is_refused(server: WsgiServer) -> None:
    good = b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"
    told = in_one(server, b"", good + good.replace(b"Host: a", b"Host: a\r\nHost: b") + good)
    assert told.count(b"200 OK") == len(seen) == 1
    assert b"400 Bad Request" in told
