"""Encryption at rest of passwords that are needed as they are, because a payment system or an SMSC asks for them.

Fernet (AES-128-CBC with HMAC-SHA-256) under a key that HKDF (RFC 5869) derives from the secret of the platform, apart for
each owner: a ciphertext that is moved to another row does not open there. Beside the ciphertext stands the id of the
secret it was made under, so that after a change of the secret it is known to be lost rather than taken for broken.
"""

import base64
import json
from dataclasses import dataclass
from typing import NoReturn

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from contracts.errors import Conflict, Unavailable
from kit.settings import Settings

KEY_BYTES = 32
KEY_ID_BYTES = 8


@dataclass(slots=True, frozen=True)
class Sealed:
    """`ciphertext` is a Fernet token in ASCII; `key_id` names the secret of the platform, 16 hexadecimal digits."""

    key_id: str
    ciphertext: str


class Vault:
    """Seals and opens small sets of names and passwords; `owner` says whose they are and opens nobody else's.

    `service`: whose vault it is, no two have a key in common. `things` are the passwords in the words of an error, as
    "passwords of the payment system".
    """

    def __init__(self, secret: bytes, service: str, things: str) -> None:
        self._secret, self._service, self._things = secret, service, things
        self.key_id = self._derive("key id", KEY_ID_BYTES).hex()

    def seal(self, owner: str, passwords: dict[str, str]) -> Sealed:
        return Sealed(self.key_id, self._fernet(owner).encrypt(json.dumps(passwords).encode()).decode())

    def opens(self, sealed: Sealed) -> bool:
        """Whether it was made under the secret that the platform has now."""
        return sealed.key_id == self.key_id

    def open(self, owner: str, sealed: Sealed) -> dict[str, str]:
        """`Conflict` where the secret of the platform has changed, or where the ciphertext is damaged or another's."""
        if not self.opens(sealed):
            _lost(f"The secret key of the platform was changed: enter the {self._things} again")
        try:
            found: dict[str, str] = json.loads(self._fernet(owner).decrypt(sealed.ciphertext.encode()))
        except InvalidToken:
            _lost(f"The stored {self._things} can't be read: enter them again")
        return found

    def _fernet(self, owner: str) -> Fernet:
        return Fernet(base64.urlsafe_b64encode(self._derive(f"passwords of {owner}", KEY_BYTES)))

    def _derive(self, purpose: str, length: int) -> bytes:
        info = f"golub {self._service}: {purpose}".encode()
        return HKDF(SHA256(), length, salt=None, info=info).derive(self._secret)


def secret_of(settings: Settings) -> bytes:
    """`Unavailable` where the process was given no secret: that ends a call, not the process."""
    try:
        return settings.secret
    except (SystemExit, OSError) as absent:
        raise Unavailable("The platform has no secret key to keep passwords with.") from absent


def letters_vault(settings: Settings) -> Vault:
    """Of what accounts has to say in a letter that notify sends, and nobody in between may read."""
    return Vault(secret_of(settings), "letters", "contents of the letter")


def letter_owner(letter_id: str) -> str:
    return f"letter {letter_id}"


def _lost(sentence: str) -> NoReturn:
    # Without a cause: what was to be opened stays out of every traceback.
    raise Conflict(sentence) from None
