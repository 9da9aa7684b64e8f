"""Answers that a browser keeps as a file."""

from collections.abc import Iterable
from urllib.parse import quote

from flask import Response

#: What RFC 8187 lets stand for itself in a name, beside letters and digits.
_PLAIN = "!#$&+-.^_`|~"


def attachment(content: bytes | Iterable[bytes], media_type: str, name: str) -> Response:
    """A file of that name, which no cache keeps. The name may be in any script: header fields are Latin-1 (RFC 6266, 4.3)."""
    response = Response(content, mimetype=media_type)
    response.headers["Content-Disposition"] = f"attachment; {_named(name)}"
    response.headers["Cache-Control"] = "no-store"
    return response


def _named(name: str) -> str:
    kept = "".join(one if one.isalnum() or one in "-_ ." else "_" for one in name)
    if kept.isascii():
        return f'filename="{kept}"'
    extension = kept.rpartition(".")[2]
    return f"filename=\"file.{extension}\"; filename*=UTF-8''{quote(kept, safe=_PLAIN)}"
