"""Who is bound now, and how much each account may do."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from services.smpp_gateway.server_rate import Asked, Buckets, TokenBucket
from services.smpp_gateway.server_types import BoundAccount, Outgoing

if TYPE_CHECKING:
    from services.smpp_gateway.server_session import ServerSession


class _Binds:
    def __init__(self, account: BoundAccount, bucket: TokenBucket) -> None:
        self.account = account
        self.sessions: list[ServerSession] = []
        self.bucket = bucket


class AccountRegistry:
    """The bound sessions by account. An account without sessions is forgotten; what it has used up of its rate is not."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._binds: dict[str, _Binds] = {}
        self._buckets = Buckets(monotonic)

    def add(self, account: BoundAccount, session: "ServerSession") -> bool:
        """False when the account has all the sessions it may have."""
        binds = self._binds.get(account.account_id)
        if len(binds.sessions if binds else ()) >= account.max_binds:
            return False
        if binds is None:
            bucket = self._buckets.of(account.account_id, account.submits_per_second)
            binds = self._binds[account.account_id] = _Binds(account, bucket)
        binds.sessions.append(session)
        self.change(account)
        return True

    def change(self, account: BoundAccount) -> None:
        """Limits that hold from now on, for all sessions of the account."""
        binds = self._binds.get(account.account_id)
        if binds is not None:
            binds.account = account
            binds.bucket = self._buckets.of(account.account_id, account.submits_per_second)

    def set_share(self, account_id: str, share: float) -> None:
        """What part of the account's rate is this process's: 0.0 to 1.0."""
        binds = self._binds.get(account_id)
        if binds is not None:
            binds.bucket.share = share

    def remove(self, account_id: str, session: "ServerSession") -> bool:
        """False when it was not there."""
        binds = self._binds.get(account_id)
        if binds is None or session not in binds.sessions:
            return False
        binds.sessions.remove(session)
        if not binds.sessions:
            del self._binds[account_id]
        return True

    def tidy(self) -> None:
        self._buckets.tidy(self._binds.__contains__)

    def count(self, account_id: str) -> int:
        binds = self._binds.get(account_id)
        return len(binds.sessions) if binds else 0

    def counts(self) -> dict[str, int]:
        """Sessions of each account."""
        return {account_id: len(binds.sessions) for account_id, binds in self._binds.items()}

    def sessions(self) -> Iterator["ServerSession"]:
        for binds in list(self._binds.values()):
            yield from list(binds.sessions)

    def limits(self, account_id: str) -> BoundAccount | None:
        """What holds for the account now, None when none of its sessions is here."""
        binds = self._binds.get(account_id)
        return binds.account if binds else None

    def admit(self, account_id: str, pdus: Sequence[Asked]) -> list[bool]:
        """Which of these requests the account may make now."""
        binds = self._binds.get(account_id)
        return binds.bucket.admit(pdus) if binds else [False] * len(pdus)

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
