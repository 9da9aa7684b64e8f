"""The form of an API key: `golub_<live|test|operator>_<keyid>_<secret><crc>`; the operator's manage the platform.

keyid: 12 characters, found in the database. secret: 256 bits as 43 characters of base62. crc: CRC-32 of all before it as
6 characters, so that a mistyped or cut key is told apart without a query, and secret scanners can be sure of a find.
"""

import hashlib
import re
import secrets
import zlib
from dataclasses import dataclass

OPERATOR = "operator"
KEY_ID_LENGTH = 12
SECRET_LENGTH = 43
CRC_LENGTH = 6

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_FORM = re.compile(
    rf"golub_(live|test|operator)_([0-9A-Za-z]{{{KEY_ID_LENGTH}}})_([0-9A-Za-z]{{{SECRET_LENGTH}}})([0-9A-Za-z]{{{CRC_LENGTH}}})"
)


@dataclass(slots=True, frozen=True)
class ApiKey:
    """`text` is given out once; `secret_hash` (SHA-256) is what is stored. `kind`: live, test or operator."""

    key_id: str
    text: str
    secret_hash: bytes
    kind: str


def base62(number: int, length: int) -> str:
    """The number in base 62, most significant first, padded with zeros to `length`."""
    digits = ""
    while number:
        number, digit = divmod(number, 62)
        digits = _DIGITS[digit] + digits
    return digits.rjust(length, "0")


def new_key(*, test: bool) -> ApiKey:
    """An advertiser's."""
    return _new_key("test" if test else "live")


def new_operator_key() -> ApiKey:
    return _new_key(OPERATOR)


def _new_key(kind: str) -> ApiKey:
    key_id = "".join(secrets.choice(_DIGITS) for _ in range(KEY_ID_LENGTH))
    secret = base62(secrets.randbits(256), SECRET_LENGTH)
    body = f"golub_{kind}_{key_id}_{secret}"
    return ApiKey(key_id, body + _crc(body), hash_of(secret), kind)


def parse_key(text: str) -> ApiKey | None:
    """The key as it was made, or None where its form or its check sum is wrong."""
    form = _FORM.fullmatch(text)
    if form is None or _crc(text[:-CRC_LENGTH]) != form[4]:
        return None
    return ApiKey(form[2], text, hash_of(form[3]), form[1])


def hash_of(secret: str) -> bytes:
    """SHA-256 is enough for 256 random bits: there is nothing to guess."""
    return hashlib.sha256(secret.encode()).digest()


def _crc(body: str) -> str:
    return base62(zlib.crc32(body.encode()), CRC_LENGTH)
