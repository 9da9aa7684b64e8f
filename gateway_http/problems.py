"""Errors as `application/problem+json` (RFC 9457): one mapping for the tree of contracts/errors.py and for HTTP's own."""

import re
from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, g, json, request
from flask_babel import gettext
from werkzeug.exceptions import BadRequest, HTTPException

from contracts.errors import Forbidden, GolubError, TooManyRequests, Unauthenticated, Unavailable
from gateway_http.i18n import N_, language
from gateway_http.sentences import told, told_errors
from kit.ids import uuid7_text

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 2

#: Code and sentence of what HTTP itself refuses before any code of ours is asked.
_HTTP: dict[int, tuple[str, str]] = {
    400: ("bad_request", N_("The request can't be read.")),
    403: ("forbidden", N_("This is not allowed.")),
    404: ("not_found", N_("There is nothing at this address.")),
    405: ("method_not_allowed", N_("This address doesn't know the method %(method)s.")),
    411: ("length_required", N_("Give the length of the body in the header Content-Length.")),
    412: ("changed_meanwhile", N_("Somebody has changed it since you read it, so nothing was saved: read it again.")),
    413: ("too_large", N_("The body is larger than %(most_bytes)s bytes.")),
    415: ("unsupported_media_type", N_("Send the body as application/json.")),
    428: (
        "version_missing",
        N_("Say in the header If-Match which ETag you read, or * for whichever version there is."),
    ),
}
#: What went wrong inside is told in these words only: names of our parts and their deadlines are nobody's business.
_INSIDE = {
    500: N_("Something went wrong on our side. Give us the request_id if it goes on."),
    503: N_("A part of the platform doesn't answer now. Nothing was done; send the same request again in a moment."),
    504: N_(
        "No answer came in time, so it is unknown whether the request took effect. Repeat it with the same Idempotency-Key."
    ),
}
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")


class Unreadable(BadRequest):
    """A body or header that can't be read at all, with our code and a sentence that says where and why."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.own_code = code


class MissingRight(Forbidden):
    """A manager may come here, but not do this. The detail is told in the reader's language and names the right."""

    code = "right_missing"


def request_id() -> str:
    """The caller's `X-Request-Id` where it is a plain word, else one of ours; the same for the whole request."""
    if "request_id" not in g:
        g.request_id = request_id_of(request.headers.get("X-Request-Id", ""))
    found: str = g.request_id
    return found


def request_id_of(given: str) -> str:
    """For a request whose header `X-Request-Id` is `given`."""
    return given if _REQUEST_ID.fullmatch(given) else uuid7_text()


def of_error(error: GolubError) -> Response:
    """The response for an error of ours."""
    detail = _INSIDE.get(error.http_status, error.detail)
    headers: dict[str, str] = {}
    if isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = 'Bearer realm="golub"'
    if isinstance(error, Unavailable | TooManyRequests):
        headers["Retry-After"] = str(retry_after_seconds(error))
    return response(error.http_status, error.code, error.title, detail, _who(error), error.data.get("errors"), headers)


def _who(error: GolubError) -> str:
    """On the operator's own host there is no partner to turn to."""
    owner = g.get("tenant")
    at_the_operator = owner is not None and owner.realm == "platform"
    return "operator" if at_the_operator and error.who == "partner" else error.who


def of_http(error: HTTPException) -> Response:
    """The response for what Flask or Werkzeug refused: 404, 405, 413 …"""
    status = error.code or 500
    code, sentence = _HTTP.get(status, ("http_error", f"{error.name}."))
    detail = gettext(sentence, method=request.method, most_bytes=request.max_content_length)
    if isinstance(error, Unreadable):
        code, detail = error.own_code, error.description or detail
    own = {name: value for name, value in error.get_headers() if name not in ("Content-Type", "Content-Length")}
    return response(status, code, error.name, detail, "caller", None, own)


def retry_after_seconds(error: GolubError) -> int:
    seconds = error.data.get("retry_after_seconds", RETRY_AFTER_SECONDS)
    return max(1, int(seconds)) if isinstance(seconds, int | float) else RETRY_AFTER_SECONDS


def wanted() -> bool:
    """Whether this request gets problems instead of pages: it came from a program."""
    return request.path.startswith(("/api/", "/healthz", "/readyz", "/metrics"))


def response(
    status: int, code: str, title: str, detail: str, who: str, errors: Any, headers: Mapping[str, str]
) -> Response:
    document = {
        "type": f"urn:golub:problem:{code}",
        "title": told(title),
        "status": status,
        "detail": told(detail),
        "code": code,
        "who": who,
        "request_id": request_id(),
        "errors": told_errors(errors),
    }
    made = Response(json.dumps(document), status, content_type=MEDIA_TYPE)
    made.headers.update({"Content-Language": language(), **headers})
    return made


def install(app: Flask) -> None:
    """Echo the request id on every response."""

    @app.after_request
    def _echo(response: Response) -> Response:
        response.headers["X-Request-Id"] = request_id()
        return response
