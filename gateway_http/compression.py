"""Pages and documents go out compressed to those who take that; built files have their twins (`built_files`)."""

import gzip

from flask import Flask, Response, request

#: Below this a packet holds the answer as it is.
LEAST_BYTES = 1_000
#: The quickest level: a page of 60 kB takes half a millisecond and becomes 9 kB.
LEVEL = 1
_KINDS = frozenset(("text/html", "text/css", "application/json", "application/problem+json"))
#: Programs that send thousands of messages care for our processor more than for their line.
_PLAIN_PATHS = ("/api/v1/messages",)


def install(app: Flask) -> None:
    app.after_request(_compress)


def takes_gzip() -> bool:
    """Whether the request's `Accept-Encoding` gives gzip a weight above 0 (RFC 9110, 12.5.3)."""
    return bool(request.accept_encodings["gzip"])


def _compress(response: Response) -> Response:
    if not _worth_it(response):
        return response
    response.vary.add("Accept-Encoding")
    if takes_gzip():
        response.set_data(gzip.compress(response.get_data(), compresslevel=LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response


def _worth_it(response: Response) -> bool:
    if response.direct_passthrough or response.is_streamed or "Content-Encoding" in response.headers:
        return False
    if response.mimetype not in _KINDS or (response.content_length or 0) < LEAST_BYTES:
        return False
    return not (request.method == "POST" and request.path.startswith(_PLAIN_PATHS))
