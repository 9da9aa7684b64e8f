"""What a request must be written like to be read at all: fields without control characters, chunks with plain sizes.

The server's own readers forgive more than the grammar lets them, and others in front of us forgive other things: of what
is left to interpretation a second request can be made.
"""

import re
from collections.abc import Callable
from typing import Any

import eventlet.wsgi
from werkzeug.exceptions import BadRequest

#: RFC 9112, 5: a name that is a token, a colon, a value without control characters; never folded. Or the empty line.
_FIELD = re.compile(rb"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*)?\r?\n")
_LINE = re.compile(rb"[\x20-\x7e\x80-\xff]*\r?\n")
#: RFC 9112, 7.1: hexadecimal digits, and extensions, which nobody reads.
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})(?:[\t ]*;[\t\x20-\x7e]*)?\r\n")
MOST_CHUNK_LINE_BYTES = 1024
MOST_TRAILER_LINES = 100


class FieldReader:
    """Stands before the reader of a head; `odd`: whether a line of it was none that it may have."""

    def __init__(self, lines: Any) -> None:
        self._lines = lines
        self.odd = False

    def readline(self, size: int = -1) -> bytes:
        line: bytes = self._lines.readline(size)
        self.odd = self.odd or _FIELD.fullmatch(line) is None
        return line


def is_plain_line(line: bytes) -> bool:
    """Whether the first line of a request is free of control characters, any of which some reader takes for a space."""
    return _LINE.fullmatch(line) is not None


class BadChunk(eventlet.wsgi.ChunkReadError, BadRequest):
    """To the server the end of the connection, to an application of Werkzeug's the answer 400."""

    description = "The chunks of the body can't be read."


class ChunkedBody(eventlet.wsgi.Input):
    """A chunked body, read to the letter of RFC 9112, 7.1. `BadChunk` at what is none, and ever after.

    `most_bytes`: of one chunk. `on_bad` is called once, before the first `BadChunk`.
    """

    def __init__(self, given: eventlet.wsgi.Input, most_bytes: int, on_bad: Callable[[], None]) -> None:
        super().__init__(
            given.rfile, None, given.get_socket(), wfile=given.wfile, wfile_line=given.wfile_line, chunked_input=True
        )
        self._most_bytes, self._on_bad = most_bytes, on_bad
        self._is_bad = False
        self.position: int = 0
        self.chunk_length: int = -1

    def _chunked_read(self, rfile: Any, length: int | None = None, use_readline: bool = False) -> bytes:
        if self._is_bad:
            raise BadChunk
        if self.should_send_hundred_continue:
            self.send_hundred_continue_response()
            self.is_hundred_continue_response_sent = True
        left = None if length is None or length < 0 else length
        read = rfile.readline if use_readline else rfile.read
        found = []
        while left != 0 and self._more(rfile):
            here = self.chunk_length - self.position
            octets = read(here if left is None else min(here, left))
            self._count(rfile, octets)
            found.append(octets)
            left = left if left is None else left - len(octets)
            if use_readline and octets.endswith(b"\n"):
                break
        return b"".join(found)

    def _more(self, rfile: Any) -> bool:
        """Whether there is something to read; begins the next chunk where the last one has ended."""
        if 0 < self.position == self.chunk_length or self.chunk_length < 0:
            line = rfile.readline(MOST_CHUNK_LINE_BYTES)
            size = _CHUNK.fullmatch(line)
            if size is None or int(size[1], 16) > self._most_bytes:
                self._refuse()
            else:
                self.chunk_length, self.position = int(size[1], 16), 0
                if self.chunk_length == 0:
                    self._read_trailers(rfile)
        return self.chunk_length > 0

    def _count(self, rfile: Any, octets: bytes) -> None:
        if not octets:
            self.chunk_length = 0
            raise OSError("the connection ended within a chunk")
        self.position += len(octets)
        if self.position == self.chunk_length and rfile.read(2) != b"\r\n":
            self._refuse()

    def _read_trailers(self, rfile: Any) -> None:
        """They mean nothing to us."""
        for _ in range(MOST_TRAILER_LINES):
            line = rfile.readline(eventlet.wsgi.MAX_HEADER_LINE)
            if line == b"\r\n":
                return
            if _FIELD.fullmatch(line) is None or line == b"\n":
                break
        self._refuse()

    def _refuse(self) -> None:
        self._is_bad = True
        self._on_bad()
        raise BadChunk
