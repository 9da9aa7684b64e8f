"""The head of a request that is written plainly, read in one go.

The general reader takes a head for a letter's, of any age and shape, and costs more than all else that is done for a small
request. A head that this one does not know goes there.
"""

import re
from collections.abc import Sequence

_LINE = re.compile(rb"([A-Z]{1,16}) (/(?!/)[\x21-\x7e]*|/) HTTP/1\.1\r\n")
#: Fields of visible ASCII, each in one line (RFC 9112, 5), to the empty line; what is folded or odd is not plain.
_FIELDS = re.compile(rb"((?:[A-Za-z0-9-]+:[\t\x20-\x7e]*\r\n)+)\r\n")
_FIELD = re.compile(r"([^:]+):[\t ]*([^\r]*)\r\n")
#: As many as the general reader takes.
MOST_FIELDS = 100


class PlainHead:
    """The fields of a head, each of another name; as the server asks an `email.message.Message`."""

    defects: Sequence[Exception] = ()

    def __init__(self, fields: list[tuple[str, str]]) -> None:
        # The server reads them from here, as they were written.
        self.fields = self._headers = fields
        self._values = {name.lower(): value for name, value in fields}

    def get(self, name: str, default: str | None = None) -> str | None:
        return self._values.get(name.lower(), default)

    def get_all(self, name: str) -> list[str] | None:
        value = self._values.get(name.lower())
        return None if value is None else [value]

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._values

    def get_content_type(self) -> str:
        """Of a request that says none (RFC 2045, 5.2)."""
        return "text/plain"


def request_line(line: bytes) -> tuple[str, str] | None:
    """(method, target) of a plain line of HTTP/1.1, else None."""
    found = _LINE.fullmatch(line)
    return None if found is None else (found[1].decode(), found[2].decode())


def plain_head(octets: bytes) -> tuple[PlainHead, int] | None:
    """The head that `octets` begin with, and its length with the empty line; None for one that is not plain or not whole."""
    found = _FIELDS.match(octets)
    if found is None:
        return None
    fields = _FIELD.findall(found[1].decode())
    head = PlainHead(fields)
    if len(head._values) != len(fields) or len(fields) >= MOST_FIELDS or "expect" in head:
        return None
    return head, found.end()
