"""Bound SMPP sessions follow what changes of their accounts: limits at once, and who may not stay is unbound."""

import logging
from collections import defaultdict
from collections.abc import Collection
from itertools import islice

from contracts.accounts import AccountsClient
from contracts.accounts_smpp import SmppSession, SmppStanding
from services.smpp_gateway.server import SmppServer
from services.smpp_gateway.server_types import BoundAccount, SessionInfo

log = logging.getLogger(__name__)

#: The news of a change is a hint that may be lost: everybody is looked at now and then.
EVERY_SECONDS = 60.0
_AT_ONCE = 1_000

_REASONS = {
    "gone": "its login was removed",
    "password": "its password was changed",
    "blocked": "its account is blocked",
    "off": "SMPP is switched off for its account",
    "address": "it may not come from its address any more",
}


class ClientChecks:
    """`mark` what has changed, `run_once` looks at it; what could not be looked at stays marked."""

    def __init__(self, accounts: AccountsClient) -> None:
        self._accounts = accounts
        self._marked: set[str] = set()
        self._looked_at: float | None = None
        self.server: SmppServer | None = None

    def mark(self, advertiser_ids: Collection[str]) -> bool:
        """Whether any of these is bound here."""
        server = self.server
        here = {one for one in advertiser_ids if server is not None and server.binds(one)}
        self._marked |= here
        return bool(here)

    def remember(self, advertiser_id: str) -> None:
        """One that is about to be bound: to be looked at when the loop comes round."""
        self._marked.add(advertiser_id)

    def run_once(self) -> None:
        server = self.server
        if server is None:
            return
        now = server.monotonic()
        everybody = self._looked_at is None or now - self._looked_at >= EVERY_SECONDS
        marked, self._marked = self._marked, set()
        found = [pair for pair in server.bound() if everybody or pair[0].account_id in marked]
        try:
            self._look(server, found)
        except BaseException:
            self._marked |= marked
            raise
        if everybody:
            self._looked_at = now

    def _look(self, server: SmppServer, found: list[tuple[BoundAccount, SessionInfo]]) -> None:
        sessions = iter(found)
        gone: dict[str, set[int]] = defaultdict(set)
        while chunk := list(islice(sessions, _AT_ONCE)):
            standings = self._accounts.smpp_standings([_asked(account, info) for account, info in chunk])
            for (account, info), standing in zip(chunk, standings, strict=True):
                if standing.refusal:
                    gone[standing.refusal].add(info.number)
                else:
                    server.accounts.change(_changed(account, standing))
        for refusal, numbers in gone.items():
            server.unbind(numbers, _REASONS.get(refusal, refusal))


def _asked(account: BoundAccount, info: SessionInfo) -> SmppSession:
    return SmppSession(
        system_id=info.system_id, advertiser_id=account.account_id, version=account.version, address=info.address
    )


def _changed(account: BoundAccount, now: SmppStanding) -> BoundAccount:
    limits = now.max_binds, now.window, now.submits_per_second
    return BoundAccount(account.account_id, *limits, account.version, now.highest_priority)
