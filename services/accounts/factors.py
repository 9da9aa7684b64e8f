"""When a sign-in asks for the second step, and how its secret is kept."""

from contracts.errors import Conflict
from kit.settings import Settings
from kit.vault import Sealed, Vault, secret_of

#: Roles that may have a second step; an advertiser's cabinet has none.
OFFERED = frozenset(("operator", "partner", "manager"))
CODE, SETUP = "code", "setup"
_NAME = "secret"


def step_of(role: str, *, on: bool, required: bool) -> str:
    """What a right password leads to: empty for a session, else `CODE` or `SETUP`."""
    if role not in OFFERED:
        return ""
    if on:
        return CODE
    return SETUP if required else ""


def is_required(role: str, by_partner: bool | None, settings: Settings) -> bool:
    """Whether the partner asks this for its people, or the platform's operator for its own."""
    if role == "operator":
        return settings.operator_totp == "required"
    return role in OFFERED and bool(by_partner)


def vault_of(settings: Settings) -> Vault:
    """`Unavailable` where the process was given no secret."""
    return Vault(secret_of(settings), "accounts", "second step")


def sealed(settings: Settings, user_id: str, secret: str) -> Sealed:
    return vault_of(settings).seal(user_id, {_NAME: secret})


def opened(settings: Settings, user_id: str, key_id: str, ciphertext: str) -> str | None:
    """None where the secret of the platform has changed since: recovery codes are then what opens the account."""
    try:
        return vault_of(settings).open(user_id, Sealed(key_id, ciphertext))[_NAME]
    except Conflict:
        return None
