"""Passwords of payment systems, encrypted at rest (`kit/vault.py`)."""

import kit.vault
from kit.settings import Settings
from kit.vault import Sealed, secret_of

__all__ = ["Sealed", "Vault", "vault_of"]


class Vault(kit.vault.Vault):
    """Billing's: `owner` is a partner's payment system."""

    def __init__(self, secret: bytes) -> None:
        super().__init__(secret, "billing", "passwords of the payment system")


def vault_of(settings: Settings) -> Vault:
    """`Unavailable` where the process was given no secret: that ends a call, not the process."""
    return Vault(secret_of(settings))
