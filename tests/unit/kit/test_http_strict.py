"""What a head and chunks may be written like: what two readers could take differently is refused, and the connection ends."""

import pytest

from kit.http import WsgiServer
from tests.unit.kit.test_http import application, ask, connect

__all__ = ["application"]

HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"


def refused(server: WsgiServer, octets: bytes) -> None:
    """Answered with 400 once, and nothing of what follows is read as another request."""
    with connect(server) as connection:
        connection.sendall(octets)
        said = b""
        try:
            while part := connection.recv(65536):
                said += part
        except ConnectionResetError:
            pass
    assert said.startswith(b"HTTP/1.1 400 "), said
    assert said.count(b"HTTP/1.1 ") == 1
    assert b"connection: close" in said.lower()


@pytest.mark.parametrize("octet", [0, 1, 7, 8, 11, 12, 13, 27, 31, 127])
@pytest.mark.parametrize("place", [b"X-One: a%sb\r\n", b"X-One: %s\r\n", b"X-%sOne: a\r\n", b"X_1: %sa\r\n"])
def test_control_characters_in_fields_are_refused(server: WsgiServer, place: bytes, octet: int) -> None:
    refused(server, b"GET / HTTP/1.1\r\nHost: a\r\n" + place % bytes((octet,)) + b"\r\n" + HIDDEN)


@pytest.mark.parametrize(
    "field",
    [
        b"X-One: a\r\n folded\r\n",
        b"X-One: a\r\n\tContent-Length: 5\r\n",
        b"X-One : a\r\n",
        b"X One: a\r\n",
        b": a\r\n",
        b"no colon\r\n",
        b"X-One: a\rTransfer-Encoding: chunked\r\n",
    ],
)
def test_fields_that_are_folded_or_have_no_plain_name_are_refused(server: WsgiServer, field: bytes) -> None:
    refused(server, b"POST / HTTP/1.1\r\nHost: a\r\n" + field + b"\r\n" + HIDDEN)


@pytest.mark.parametrize("line", [b"GET\x0b/ HTTP/1.1\r\n", b"GET /\x00 HTTP/1.1\r\n", b"GET /\x1f HTTP/1.1\r\n"])
def test_control_characters_in_the_first_line_are_refused(server: WsgiServer, line: bytes) -> None:
    refused(server, line + b"Host: a\r\n\r\n" + HIDDEN)


@pytest.mark.parametrize(
    "field",
    [b"X-One: a\tb\r\n", b"X-One:\r\n", "X-One: привет\r\n".encode(), b"X_under.score~: 'a'\r\n", b"X-One: a\n"],
)
def test_fields_that_are_unusual_and_clear_are_taken(server: WsgiServer, field: bytes) -> None:
    assert b"200 OK" in ask(server, b"GET / HTTP/1.1\r\nHost: a\r\n" + field + b"\r\n")


@pytest.mark.parametrize(
    "size",
    [
        *(b"+5", b"-5", b"0x5", b"0X5", b" 5", b"5 ", b"\t5", b"5_0", b"", b"000000005", b"fffffffff", b"7fffffff"),
        *(b"5\x00", b"5;a\x01", "٥".encode(), b"5\r", b"5;" + b"x" * 2000),
    ],
)
def test_sizes_of_chunks_are_hexadecimal_digits_alone(server: WsgiServer, size: bytes) -> None:
    refused(server, CHUNKED + size + b"\r\nhello\r\n0\r\n\r\n" + HIDDEN)


@pytest.mark.parametrize(
    "body",
    [
        b"5\nhello\r\n0\r\n\r\n",
        b"5\r\nhello\n0\r\n\r\n",
        b"5\r\nhelloworld\r\n0\r\n\r\n",
        b"5\r\nhello\r\n0\r\n\n\r\n",
        b"5\r\nhello\r\n0\r\nno trailer\r\n\r\n",
        b"5\r\nhello\r\n0\r\n" + b"a: b\r\n" * 200 + b"\r\n",
        b"zz",
    ],
)
def test_chunks_end_where_they_say(server: WsgiServer, body: bytes) -> None:
    refused(server, CHUNKED + body + b"\r\n" + HIDDEN)


@pytest.mark.parametrize(
    "body",
    [
        b"5\r\nhello\r\n0\r\n\r\n",
        b"00005;name=value\r\nhello\r\n0;last\r\n\r\n",
        b"2 ;a\r\nhe\r\n3\r\nllo\r\n000\r\nX-Trailer: 1\r\n\r\n",
    ],
)
def test_plain_chunks_reach_the_application_and_the_connection_goes_on(server: WsgiServer, body: bytes) -> None:
    with connect(server) as connection:
        for _ in range(2):
            connection.sendall(CHUNKED + body)
            said = b""
            while not said.endswith(b"POST 5"):
                part = connection.recv(65536)
                assert part, said
                said += part


def test_a_body_of_many_chunks_is_whole_however_it_is_read(server: WsgiServer) -> None:
    body = b"".join(b"%X\r\n%s\r\n" % (size, b"a" * size) for size in range(1, 40)) + b"0\r\n\r\n"
    assert b"POST 780" in ask(server, CHUNKED + body)
