"""Bearer keys of the API: checked by accounts, and a positive answer remembered for some seconds."""

import hashlib
import re

from contracts.accounts import AccountsClient, ApiPrincipal
from contracts.errors import Unauthenticated
from gateway_http.asking import Asking
from gateway_http.cache import TimedCache
from gateway_http.i18n import N_

REMEMBERED_SECONDS = 10.0
MOST_KEYS = 10_000
LONGEST_KEY = 256

_BEARER = re.compile(r"Bearer +(?P<key>[A-Za-z0-9._~+/=-]+) *", re.IGNORECASE)


def bearer_key(authorization: str | None) -> str:
    """The key of an `Authorization: Bearer …` header (RFC 6750, 2.1); `Unauthenticated` when there is none."""
    match = _BEARER.fullmatch(authorization or "")
    if match is None:
        raise Unauthenticated(N_("Give an API key in the header Authorization: Bearer golub_…"))
    key = match["key"]
    if len(key) > LONGEST_KEY or not key.startswith("golub_"):
        raise Unauthenticated(N_("This is not an API key of this platform."))
    return key


class ApiKeys:
    """Remembers whose a key is for `REMEMBERED_SECONDS`, by its SHA-256: the keys themselves are not kept."""

    def __init__(self, accounts: AccountsClient) -> None:
        self._accounts = accounts
        self._cache: TimedCache[ApiPrincipal] = TimedCache(seconds=REMEMBERED_SECONDS, most=MOST_KEYS)
        self._asking: Asking[ApiPrincipal] = Asking()
        self._forgotten = 0

    def principal(self, key: str, address: str) -> ApiPrincipal:
        """Who may act with this key from this address; `Unauthenticated` or `TooManyRequests`."""
        remembered = _question(key, address)
        found = self._cache.get(remembered)
        if found is None:
            found = self._asking.ask(remembered, lambda: self._asked(key, address))
        assert found is not None
        return found

    def _asked(self, key: str, address: str) -> ApiPrincipal:
        forgotten_before = self._forgotten
        found = self._accounts.authenticate_api_key(key=key, address=address)
        # An answer that was on its way when credentials changed may be the old one.
        if forgotten_before == self._forgotten:
            self._cache.put(_question(key, address), found)
        return found

    def remembered(self, key: str, address: str) -> ApiPrincipal | None:
        """Who may act with this key from this address, if that is remembered; asks nobody."""
        return self._cache.get(_question(key, address))

    def forget(self, advertiser_ids: list[str]) -> None:
        """Ask accounts again for every key of these advertisers."""
        self._forgotten += 1
        self._asking.forget()
        changed = frozenset(advertiser_ids)
        self._cache.drop(lambda principal: principal.advertiser_id in changed)


def _question(key: str, address: str) -> tuple[bytes, str]:
    """The address belongs to the question: accounts may allow a key from some addresses only."""
    return hashlib.sha256(key.encode()).digest(), address
