"""Serves the built front-end files: kept for ever by browsers, compressed for those who take that."""

import mimetypes

from flask import Flask, Response, abort, send_file

from gateway_http import static_files
from gateway_http.compression import takes_gzip

_YEAR_SECONDS = 31_536_000


def install(app: Flask) -> None:
    app.add_url_rule(f"{static_files.URL_PREFIX}<name>", "static", serve)


def serve(name: str) -> Response:
    """A file of the present build and nothing else of the folder; compressed where the browser takes that."""
    if name not in static_files.built_names():
        abort(404)
    compressed = static_files.is_text(name) and takes_gzip()
    path = static_files.MANIFEST.parent / (f"{name}.gz" if compressed else name)
    # The name carries the hash, so it is the tag; each encoding is a representation of its own (RFC 9110, 8.8.3.3).
    tag = f"{name}.gz" if compressed else name
    response = send_file(path, mimetypes.guess_type(name)[0] or "application/octet-stream", etag=tag, conditional=True)
    if compressed:
        response.headers["Content-Encoding"] = "gzip"
    if static_files.is_text(name):
        response.vary.add("Accept-Encoding")
    response.headers["Cache-Control"] = f"public, max-age={_YEAR_SECONDS}, immutable"
    return response
