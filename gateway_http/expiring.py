"""Certificates that end soon, remembered for a while: every page of a partner and of the operator tells of them."""

from contracts.accounts import AccountsClient
from contracts.accounts_domains import ExpiringCertificate
from contracts.errors import GolubError
from gateway_http.cache import TimedCache

#: So long a page may be behind; each page would ask otherwise.
REMEMBERED_SECONDS = 60.0
MOST_REMEMBERED = 2_000


class Expiring:
    """What accounts said of certificates that end soon, by partner (None: of all of them, for the operator)."""

    def __init__(self, accounts: AccountsClient) -> None:
        self._accounts = accounts
        self._cache: TimedCache[list[ExpiringCertificate]] = TimedCache(
            seconds=REMEMBERED_SECONDS, most=MOST_REMEMBERED
        )

    def of(self, partner_id: str | None) -> list[ExpiringCertificate]:
        """Nothing where accounts does not answer: a page is shown without them."""
        found = self._cache.get(partner_id or "")
        if found is None:
            try:
                found = self._accounts.expiring_certificates(partner_id)
            except GolubError:
                found = []
            self._cache.put(partner_id or "", found)
        return found
