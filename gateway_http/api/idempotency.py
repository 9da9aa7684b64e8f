"""The header `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07, 2.1)."""

import re

from flask import request
from flask_babel import gettext

from gateway_http.api.limits import LONGEST_IDEMPOTENCY_KEY
from gateway_http.problems import Unreadable

#: A Structured Fields string (RFC 8941, 3.3.3); many programs leave the quotation marks out, so a bare word will do too.
_QUOTED = re.compile(r'"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])+)"')
_BARE = re.compile(r"[A-Za-z0-9._:/+=*-]+")


def idempotency_key() -> str | None:
    """The key of the present request, None where there is none; 400 when the header can't be read."""
    written = request.headers.get("Idempotency-Key")
    if written is None:
        return None
    key = key_of(written)
    if key is None:
        raise Unreadable(
            "idempotency_key_malformed",
            gettext(
                'Idempotency-Key is one quoted string of 1 to %(most)s ASCII characters, such as "8e03978e-40d5".',
                most=LONGEST_IDEMPOTENCY_KEY,
            ),
        )
    return key


def key_of(written: str) -> str | None:
    """The key that the header says, None where it can't be read."""
    quoted = _QUOTED.fullmatch(written.strip())
    if quoted is not None:
        key = re.sub(r"\\(.)", r"\1", quoted[1])
    else:
        key = written.strip() if _BARE.fullmatch(written.strip()) else ""
    return key if 1 <= len(key) <= LONGEST_IDEMPOTENCY_KEY else None
