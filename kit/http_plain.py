"""The usual request and answer without the general machinery: a body that came with its head, an answer in one piece.

Most of what the server costs for a small request is what it does for the sake of others: bodies that trickle, answers that
stream, lengths that nobody knows. What is not usual goes the general way, from where it stands.
"""

import io
import time
from collections.abc import Callable, Iterable
from email.utils import formatdate
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from kit.http_head import PlainHead

Environ = dict[str, Any]
Application = Callable[[Environ, Callable], Iterable[bytes]]

#: Statuses whose answers have no body, or have a say in how it is sent.
_BODYLESS = ("1", "204", "304")


class WholeBody(io.BytesIO):
    """A body that is here already; the general way of answering asks it what it asks of one that has to be read."""

    chunked_input = should_send_hundred_continue = False
    position = content_length = 0
    headers_sent: Any = None


@lru_cache(maxsize=1024)
def _variable(name: str) -> str:
    """Of a field's name in a WSGI environment (PEP 3333)."""
    return f"HTTP_{name.replace('-', '_').upper()}"


def environ_of(connection: Environ, method: str, target: str, head: PlainHead) -> Environ:
    """As the general way makes it, without the body; `connection`: what all requests of a connection have in common."""
    path, question, query = target.partition("?")
    environ = connection | {
        "REQUEST_METHOD": method,
        "RAW_PATH_INFO": path,
        "PATH_INFO": unquote(path, encoding="latin1"),
        "wsgi.input_terminated": False,
    }
    if question:
        environ["QUERY_STRING"] = query
    for name, value in head.fields:
        environ[_variable(name)] = value.rstrip(" \t")
    kind, length = environ.pop("HTTP_CONTENT_TYPE", None), environ.pop("HTTP_CONTENT_LENGTH", None)
    environ["CONTENT_TYPE"] = head.get_content_type() if kind is None else head.get("content-type")
    if length:
        environ["CONTENT_LENGTH"] = head.get("content-length")
    return environ


def with_body(environ: Environ, body: WholeBody) -> Environ:
    """A copy for one request: applications write into theirs."""
    return environ | {"wsgi.input": body, "eventlet.input": body, "eventlet.posthooks": []}


class Answer:
    """What an application says to a request."""

    def __init__(self) -> None:
        self._started: tuple[Any, ...] = ()
        self._early: list[bytes] = []

    def start(self, *said: Any) -> Callable[[bytes], None]:
        """`start_response(status, headers)` of WSGI."""
        self._started = said
        return self._early.append

    def octets(self, result: Iterable[bytes], closing: bytes) -> bytes | None:
        """All of it with its head, `closing` being what the server adds there; None for what is not in one piece."""
        if type(result) is not list or len(result) != 1 or len(self._started) != 2 or self._early or not result[0]:
            return None
        status, headers = self._started
        names = {name.lower() for name, _ in headers}
        if status.startswith(_BODYLESS) or "content-length" not in names or "date" in names:
            return None
        lines = "".join([f"{name}: {value}\r\n" for name, value in headers])
        try:
            head = f"HTTP/1.1 {status}\r\n{lines}Date: {_date(int(time.time()))}\r\n".encode("latin-1")
        except UnicodeEncodeError:
            return None
        return b"".join((head, closing, b"\r\n", result[0]))

    def again(self, result: Iterable[bytes]) -> Application:
        """An application that says the same once more, for the general way."""

        def serve(_environ: Environ, start_response: Callable) -> Iterable[bytes]:
            if self._started:
                write = start_response(*self._started)
                for octets in self._early:
                    write(octets)
            return result

        return serve


def failing(error: BaseException) -> Application:
    """An application that failed like this, for the general way."""

    def serve(_environ: Environ, _start_response: Callable) -> Iterable[bytes]:
        raise error

    return serve


@lru_cache(maxsize=2)
def _date(second: int) -> str:
    """RFC 9110, 5.6.7."""
    return formatdate(second, usegmt=True)
