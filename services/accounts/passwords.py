"""Passwords of people: the policy, and argon2id (RFC 9106) that never holds up the hub nor fills the memory.

A verification takes about 64 MiB and 120 ms of both cores, so it runs in a native thread, few at once, and a queue that
is too long is turned away instead of starving the service's other entrypoints.
"""

import base64
import os
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from eventlet import tpool
from eventlet.semaphore import Semaphore

from contracts.errors import Unavailable
from services.accounts.common_passwords import COMMON

T = TypeVar("T")

LEAST_LENGTH = 8
MOST_LENGTH = 128
MOST_AT_ONCE = 4
MOST_WAITING = 8
WAIT_SECONDS = 5.0

#: The profile of new hashes. Tests put a cheap one here; stored hashes of another profile are renewed at sign-in.
HASHER = PasswordHasher()


def password_problem(password: str) -> str | None:
    """The code of what is wrong with a new password, None for a good one. Any characters are allowed."""
    if len(password) < LEAST_LENGTH:
        return "password_too_short"
    if len(password) > MOST_LENGTH:
        return "password_too_long"
    if password.lower() in COMMON or len(set(password)) == 1:
        return "password_too_common"
    if "\x00" in password or not _octets(password):
        return "text_invalid"
    return None


class PasswordKeeper:
    """Hashes and verifies; `MOST_AT_ONCE` at a time in the process, `Unavailable` where too many wait."""

    def __init__(self) -> None:
        self._slots = Semaphore(MOST_AT_ONCE)
        self._waiting = 0

    def hash(self, password: str) -> str:
        return self._bounded(lambda: HASHER.hash(_octets(password)))

    def verify(self, stored: str | None, password: str) -> bool:
        """Whether it is the password; with nothing stored it is not, and that takes the same time."""
        octets = _octets(password[:MOST_LENGTH])
        matches = self._bounded(lambda: _matches(stored or _dummy(), octets))
        return matches and stored is not None and 0 < len(password) <= MOST_LENGTH

    def needs_rehash(self, stored: str) -> bool:
        return HASHER.check_needs_rehash(stored)

    def _bounded(self, work: Callable[[], T]) -> T:
        if self._waiting >= MOST_WAITING:
            raise Unavailable("Too many sign-ins at once: try again in some seconds.")
        self._waiting += 1
        try:
            acquired = self._slots.acquire(timeout=WAIT_SECONDS)
        finally:
            self._waiting -= 1
        if not acquired:
            raise Unavailable("Too many sign-ins at once: try again in some seconds.")
        try:
            return tpool.execute(work)
        finally:
            self._slots.release()


def _matches(stored: str, octets: bytes) -> bool:
    with suppress(VerificationError, InvalidHashError):
        return HASHER.verify(stored, octets)
    return False


def _octets(password: str) -> bytes:
    """The same password typed on two systems is the same octets: composed form, so that й is one character."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "replace")


def _dummy() -> str:
    """A well-formed hash of today's profile that belongs to no password."""
    salt, digest = (
        base64.b64encode(os.urandom(size)).decode().rstrip("=") for size in (HASHER.salt_len, HASHER.hash_len)
    )
    profile = f"m={HASHER.memory_cost},t={HASHER.time_cost},p={HASHER.parallelism}"
    return f"$argon2id$v=19${profile}${salt}${digest}"
