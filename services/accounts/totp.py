"""Codes of the second step: RFC 6238 with SHA-1, 30 seconds and 6 digits, which every authenticator knows; recovery codes."""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from urllib.parse import quote, urlencode

STEP_SECONDS = 30
DIGITS = 6
#: A clock may be a step off, to either side (RFC 6238, section 5.2).
SKEW_STEPS = 1
#: 160 bits, what RFC 4226 recommends (section 4, R6).
SECRET_BYTES = 20

RECOVERY_CODES = 10
#: 80 bits in base32.
_RECOVERY_BYTES = 10
_GROUP = 4


def new_secret() -> str:
    """In base32, as authenticators take it."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def step_at(now: datetime) -> int:
    return int(now.timestamp()) // STEP_SECONDS


def code_at(secret: str, step: int) -> str:
    """HOTP of the step: RFC 4226, section 5.3."""
    digest = hmac.new(base64.b32decode(secret), step.to_bytes(8, "big"), hashlib.sha1).digest()
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def accepted_step(secret: str, code: str, now: datetime, last_step: int) -> int | None:
    """The step whose code it is; None for a wrong one, and for one of a step that was accepted before, or an older one."""
    present = step_at(now)
    for step in range(present - SKEW_STEPS, present + SKEW_STEPS + 1):
        if step > last_step and hmac.compare_digest(code_at(secret, step).encode(), code.encode("utf-8", "replace")):
            return step
    return None


def plain(code: str) -> str:
    """The code without the blanks and dashes that people write for reading, recovery codes in capitals."""
    return "".join(code.split()).replace("-", "").upper()


def new_recovery_codes() -> list[str]:
    """Ten different ones, such as `ABCD-EFGH-IJKL-MNOP`."""
    made: set[str] = set()
    while len(made) < RECOVERY_CODES:
        text = base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode()
        made.add("-".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP)))
    return sorted(made)


def recovery_hash(code: str) -> bytes:
    """A fast hash is enough: the code is no word but 80 random bits."""
    return hashlib.sha256(plain(code)[:64].encode("utf-8", "replace")).digest()


def otpauth(secret: str, issuer: str, login: str) -> str:
    """What the picture for an authenticator says."""
    label = quote(f"{issuer}:{login}", safe="")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': issuer})}"
