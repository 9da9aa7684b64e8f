"""A head that is read plainly says what the general reader would have read in it; all others are left to that."""

import http.client
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.http_head import plain_head, request_line

NAMES = st.one_of(
    st.sampled_from(
        ["Host", "host", "Content-Length", "content-type", "Connection", "X-Request-Id", "Transfer-Encoding"]
    ),
    st.text("aB0-_ :\t\r\n\x00é", max_size=4),
)
VALUES = st.one_of(st.sampled_from(["", " ", "a", "5", "close", " a b\t", "a: b"]), st.text(max_size=6))
LINES = st.tuples(
    NAMES, st.sampled_from([":", ": ", ":\t", " :", ""]), VALUES, st.sampled_from(["\r\n"] * 8 + ["\n", "\r", ""])
)


@given(st.lists(LINES, max_size=5), st.binary(max_size=20))
def test_the_general_reader_would_have_read_the_same(lines: list[tuple[str, ...]], body: bytes) -> None:
    octets = "".join(map("".join, lines)).encode("latin-1", "replace") + b"\r\n" + body
    found = plain_head(octets)
    if found is None:
        return
    head, length = found
    stream = BytesIO(octets)
    general = http.client.parse_headers(stream)
    assert stream.tell() == length
    assert head._headers == general.items() == general._headers  # type: ignore[attr-defined]
    assert list(head.defects) == general.defects
    for name in (*general.keys(), "HOST", "connection", "nothing"):
        assert head.get(name) == general.get(name)
        assert head.get_all(name) == general.get_all(name)
        assert (name in head) == (name in general)


def test_a_head_without_a_type_has_the_one_of_the_general_reader() -> None:
    found = plain_head(b"Host: a\r\n\r\n")
    assert found is not None
    assert found[0].get_content_type() == http.client.parse_headers(BytesIO(b"Host: a\r\n\r\n")).get_content_type()


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\r\n",
        b"Host: a\r\n",
        b"Host: a\n\n",
        b"Host: a\r\nhost: b\r\n\r\n",
        b"Content-Length: 1\r\nContent-Length: 1\r\n\r\n",
        b"Host: a\r\n folded\r\n\r\n",
        b"Host : a\r\n\r\n",
        b"Ho_st: a\r\n\r\n",
        b"Host: \x0ba\r\n\r\n",
        b"Host: \xe9\r\n\r\n",
        b"Host: a\r\nExpect: 100-continue\r\n\r\n",
        b"".join(b"A%d: 1\r\n" % number for number in range(101)) + b"\r\n",
    ],
)
def test_a_head_that_is_not_plain_or_not_whole_is_left_to_the_general_reader(octets: bytes) -> None:
    assert plain_head(octets) is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"GET / HTTP/1.1\r\n", ("GET", "/")),
        (b"POST /api/v1/messages?a=%20 HTTP/1.1\r\n", ("POST", "/api/v1/messages?a=%20")),
        (b"GET // HTTP/1.1\r\n", None),
        (b"GET //evil.example HTTP/1.1\r\n", None),
        (b"GET http://a/ HTTP/1.1\r\n", None),
        (b"GET / HTTP/1.0\r\n", None),
        (b"GET / HTTP/1.1\n", None),
        (b"GET  / HTTP/1.1\r\n", None),
        (b"get / HTTP/1.1\r\n", None),
        (b"GET /\xa0 HTTP/1.1\r\n", None),
        (b"GET /\r\n", None),
    ],
)
def test_only_a_plain_line_of_today_is_read_plainly(line: bytes, expected: tuple[str, str] | None) -> None:
    assert request_line(line) == expected
