"""Who is bound now, and how fast each account may submit."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from services.smpp_gateway.server_types import BoundAccount, Outgoing

if TYPE_CHECKING:
    from services.smpp_gateway.server_session import ServerSession


class TokenBucket:
    """At most `per_second` tokens a second, up to one second's worth at once; 0 gives whatever is asked for."""

    def __init__(self, per_second: int, monotonic: Callable[[], float]) -> None:
        self._per_second = per_second
        self._monotonic = monotonic
        self._tokens = float(per_second)
        self._filled_at = monotonic()

    def take(self, wanted: int) -> int:
        """Return how many of `wanted` there are, and take them."""
        if not self._per_second:
            return wanted
        now = self._monotonic()
        self._tokens = min(self._per_second, self._tokens + (now - self._filled_at) * self._per_second)
        self._filled_at = now
        taken = min(wanted, int(self._tokens))
        self._tokens -= taken
        return taken


class _Binds:
    def __init__(self, account: BoundAccount, monotonic: Callable[[], float]) -> None:
        self.account = account
        self.sessions: list[ServerSession] = []
        self.bucket = TokenBucket(account.submits_per_second, monotonic)


class AccountRegistry:
    """The bound sessions by account. An account without sessions is forgotten, its bucket with it."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._binds: dict[str, _Binds] = {}

    def add(self, account: BoundAccount, session: "ServerSession") -> bool:
        """False when the account has all the sessions it may have."""
        binds = self._binds.get(account.account_id)
        if binds is None:
            binds = _Binds(account, self._monotonic)
        if len(binds.sessions) >= account.max_binds:
            return False
        if binds.account.submits_per_second != account.submits_per_second:
            binds.bucket = TokenBucket(account.submits_per_second, self._monotonic)
        binds.account = account
        binds.sessions.append(session)
        self._binds[account.account_id] = binds
        return True

    def remove(self, account_id: str, session: "ServerSession") -> None:
        binds = self._binds.get(account_id)
        if binds is None or session not in binds.sessions:
            return
        binds.sessions.remove(session)
        if not binds.sessions:
            del self._binds[account_id]

    def count(self, account_id: str) -> int:
        binds = self._binds.get(account_id)
        return len(binds.sessions) if binds else 0

    def take_tokens(self, account_id: str, wanted: int) -> int:
        """How many of `wanted` submits the account may make now."""
        binds = self._binds.get(account_id)
        return binds.bucket.take(wanted) if binds else 0

    def receivers(self) -> dict[str, BoundAccount]:
        """Accounts that have a session for receipts."""
        return {
            account_id: binds.account
            for account_id, binds in self._binds.items()
            if any(session.can_receive for session in binds.sessions)
        }

    def deliver_room(self, account_id: str) -> int:
        binds = self._binds.get(account_id)
        return sum(session.deliver_room for session in binds.sessions) if binds else 0

    def deliver(self, account_id: str, items: Sequence[Outgoing]) -> int:
        """Hand `items`, from their start, to the sessions with the most room; return how many were taken."""
        binds = self._binds.get(account_id)
        sessions = [s for s in binds.sessions if s.deliver_room] if binds else []
        sessions.sort(key=lambda session: session.deliver_room, reverse=True)
        taken = 0
        for position, session in enumerate(sessions):
            left = len(items) - taken
            # An even share of what is left, so that one slow client program does not sit on all of it.
            share = min(session.deliver_room, -(-left // (len(sessions) - position)))
            if share:
                session.deliver(items[taken : taken + share])
                taken += share
        return taken
