"""Secrets of webhooks and passwords of mail servers, encrypted at rest (`kit/vault.py`): a copy of the database signs and
sends nothing."""

from contracts.errors import Conflict
from kit.settings import Settings
from kit.vault import Sealed, Vault, secret_of
from services.notify.webhooks import Kept

#: Said to the advertiser's partner, and the reason why nothing is sent meanwhile.
LOST = "The secret of the webhook can't be read: make a new one"

_NAME = "secret"


def vault_of(settings: Settings) -> Vault:
    """`Unavailable` where the process was given no secret."""
    return Vault(secret_of(settings), "notify", "secret of the webhook")


def sealed(vault: Vault, advertiser_id: str, secret: str) -> Sealed:
    return vault.seal(advertiser_id, {_NAME: secret})


def opened(vault: Vault, advertiser_id: str, kept: Kept) -> str:
    """`Conflict` where the secret of the platform has changed since it was sealed, or it is another's."""
    if kept.sealed is None:
        # Of a time before they were sealed, and not for long.
        return kept.secret or ""
    try:
        return vault.open(advertiser_id, Sealed(kept.key_id or "", kept.sealed))[_NAME]
    except Conflict:
        raise Conflict(LOST) from None


def mail_vault(settings: Settings) -> Vault:
    """Each password opens for its own partner alone."""
    return Vault(secret_of(settings), "notify", "password of the mail server")


def mail_owner(partner_id: str) -> str:
    return f"mail server of {partner_id}"
