"""No change is lost under another: `ETag` says the version of what is answered, `If-Match` which one a change was made from."""

import re
from collections.abc import Callable
from typing import Any

from flask import Response, jsonify, request
from werkzeug.exceptions import PreconditionFailed, PreconditionRequired

from contracts.errors import Conflict

#: Strong ones, as we write them ourselves (RFC 9110, 8.8.3 and 13.1.1).
_TAG = re.compile(r'"([0-9]{1,18})"')
#: What no version ever is.
_NEVER = -1

#: For the document: the header of each change of what has a version.
IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "schema": {"type": "string"},
    "description": "The `ETag` that was read, or `*` for whichever version there is",
    "example": '"7"',
}


def tagged(document: dict[str, Any], status: int = 200) -> Response:
    """The document as JSON, with its version as `ETag`."""
    response = jsonify(document)
    response.status_code = status
    response.headers["ETag"] = f'"{document["version"]}"'
    return response


def version_of(current: Callable[[], int]) -> int:
    """The version that the present request was made from; 428 where it says none. `current` is asked for `*` alone."""
    written = request.headers.get("If-Match", "").strip()
    if not written:
        raise PreconditionRequired
    if written == "*":
        return current()
    match = _TAG.fullmatch(written)
    return int(match[1]) if match else _NEVER


def changed(change: Callable[[], Any]) -> Any:
    """What the change gives; 412 where the service says that its version is not the present one any more."""
    try:
        return change()
    except Conflict as error:
        if any(one.get("code") == "changed_meanwhile" for one in error.data.get("errors") or ()):
            raise PreconditionFailed from None
        raise
