"""The manager of an advertiser, whom each page of its cabinet shows as the contact."""

from contracts.accounts import AccountsClient
from contracts.accounts_people import ManagerCard
from gateway_http.cache import TimedCache

SECONDS = 60.0
MOST = 5_000


class ManagerCards:
    """Asked of accounts once a minute for an advertiser, so that a page costs no call for it."""

    def __init__(self, accounts: AccountsClient) -> None:
        self._accounts = accounts
        # In a tuple, as an advertiser may have none and that is an answer too.
        self._known: TimedCache[tuple[ManagerCard | None]] = TimedCache(seconds=SECONDS, most=MOST)

    def card(self, partner_id: str, advertiser_id: str) -> ManagerCard | None:
        known = self._known.get((partner_id, advertiser_id))
        if known is None:
            known = (self._accounts.manager_card(partner_id, advertiser_id),)
            self._known.put((partner_id, advertiser_id), known)
        return known[0]
