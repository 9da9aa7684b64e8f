"""What stands between a caller and a credential: verification and limits, one of each per process."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from nameko.extensions import DependencyProvider

from contracts.errors import Unavailable
from services.accounts.limits import Limits, Permit
from services.accounts.lockout import Lockout
from services.accounts.passwords import PasswordKeeper
from services.accounts.smpp_cache import VerifiedPasswords

BLOCKED = "The account is blocked: ask your manager."


class GateKeeper:
    """Verifications under limits; a limit raises `TooManyRequests`, an overload `Unavailable`."""

    def __init__(self) -> None:
        self.passwords = PasswordKeeper()
        self.limits = Limits()
        self.lockout = Lockout()
        self.smpp = VerifiedPasswords()

    def sign_in(
        self, where: tuple[str, str, str], known: bool, stored: str | None, password: str, now: datetime
    ) -> bool:
        """`where` is (host, login, address). Whoever is wrong loses a token, whoever is right gets it back."""
        return self._verify(self.limits.sign_in(*where, known, now), stored, password)

    def bind(self, system_id: str, password: str, address: str, stored: tuple[str, int] | None, now: datetime) -> bool:
        """`stored` is (password_hash, version), None for an unknown system_id."""
        hashed, version = stored or (None, 0)

        def check() -> bool:
            self.lockout.check(system_id, address, now)
            good = self.passwords.verify(hashed, password)
            if not good:
                self.lockout.failed(system_id, address, now)
            return good

        good = self.smpp.verify(system_id, password, version, now, check)
        if good:
            self.lockout.passed(system_id, address, now)
        return good

    def _verify(self, permit: Permit, stored: str | None, password: str) -> bool:
        """An overload is not the caller's fault, so it costs no token either."""
        try:
            good = self.passwords.verify(stored, password)
        except Unavailable:
            permit.refund()
            raise
        if good:
            permit.refund()
        return good

    def renewed(self, stored: str, password: str) -> str | None:
        """A hash of today's profile where the stored one is of another, else None."""
        return self.passwords.hash(password) if self.passwords.needs_rehash(stored) else None


class Gate(DependencyProvider):
    """`gate = Gate()`: the process's gate keeper."""

    def __init__(self, make: Callable[[], GateKeeper] = GateKeeper) -> None:
        self._make = make

    def setup(self) -> None:
        self.keeper = self._make()

    def get_dependency(self, worker_ctx: Any) -> GateKeeper:
        return self.keeper
