"""What stands between a caller and a credential: verification and limits, one of each per process."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from nameko.extensions import DependencyProvider

from contracts.errors import Unavailable
from services.accounts.limits import Limits, Permit
from services.accounts.passwords import PasswordKeeper
from services.accounts.smpp_cache import VerifiedPasswords

BLOCKED = "The account is blocked: ask your manager."


class Attempt(Protocol):
    """A bind under the lock-out, which all processes share."""

    def check(self) -> None:
        """Before the password is looked at: `TooManyRequests` while it is kept out."""

    def failed(self) -> None: ...

    def passed(self) -> None: ...


class GateKeeper:
    """Verifications under limits; a limit raises `TooManyRequests`, an overload `Unavailable`."""

    def __init__(self) -> None:
        self.passwords = PasswordKeeper()
        self.limits = Limits()
        self.smpp = VerifiedPasswords()

    def sign_in(
        self, where: tuple[str, str, str], known: bool, stored: str | None, password: str, now: datetime
    ) -> bool:
        """`where` is (host, login, address). Whoever is wrong loses a token, whoever is right gets it back."""
        return self._verify(self.limits.sign_in(*where, known, now), stored, password)

    def bind(
        self, system_id: str, password: str, stored: tuple[str, int] | None, now: datetime, attempt: Attempt
    ) -> bool:
        """`stored` is (password_hash, version), None for an unknown system_id.

        A password that was right some minutes ago is let in at once, whoever fails beside it.
        """
        hashed, version = stored or (None, 0)

        def check() -> bool:
            attempt.check()
            good = self.passwords.verify(hashed, password)
            (attempt.passed if good else attempt.failed)()
            return good

        return self.smpp.verify(system_id, password, version, now, check)

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
